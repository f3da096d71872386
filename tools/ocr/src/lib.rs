//! A tool that reads the text of pictures and of scanned PDFs.
//!
//! A page is looked at by a model that says where text is (`detect`), cut into lines (`regions`, `strip`) and read line
//! by line by a second one (`recognise`), both in parts that run side by side. `order` makes text of the lines.

mod detect;
mod frame;
mod models;
mod order;
mod page;
mod picture;
mod range;
mod recognise;
mod rectangle;
mod regions;
mod report;
mod source;
mod strip;
mod tiff;

use cowork_tool::{Deserialize, Error, JsonSchema, Output, progress, relative};
use report::{Report, Sheet};
use source::Source;

cowork_tool::export!(ocr {
    title: "Read a picture or a scan",
    description: "Reads the text of a picture (PNG, JPEG, TIFF, WebP) or of pages of a PDF that are scans, in reading order, however the page is turned. `document_read` is quicker for a PDF that has text.",
    annotations: [read_only, idempotent],
    output: Report,
});
cowork_tool::export_parts!(models::DETECT, models::RECOGNISE);

/// Arguments of [`ocr`].
#[derive(Deserialize, JsonSchema)]
pub struct Ocr {
    /// The picture or PDF, such as `files/receipt.jpg`.
    pub path: String,
    /// Pages of a PDF or TIFF, such as `3` or `2-5`. Default: from the first, as many as are read at once.
    pub pages: Option<String>,
}

/// Pages that are read at once: each takes seconds.
const AT_ONCE: usize = 3;

/// Reads the text of a picture or a PDF.
pub fn ocr(args: Ocr) -> Result<Output, Error> {
    let path = relative(&args.path);
    let source = Source::open(&args.path)?;
    let total = source.pages();
    let wanted = range::of(args.pages.as_deref(), total).map_err(|error| error.about(&path))?;
    let mut report = Report::new(path, source.media_type(), total);
    let now = wanted.len().min(AT_ONCE);
    for (done, number) in wanted.clone().take(AT_ONCE).enumerate() {
        progress::report(done, now, "pages");
        let picture = source.page(number).map_err(|error| error.about(&report.path))?;
        let page = page::read(&picture)?;
        report.sheets.push(Sheet::new(number + 1, &picture, &page));
    }
    report.next_page = wanted.clone().nth(AT_ONCE).map(|number| number + 1);
    Output::text(report.text()).structured(report)
}
