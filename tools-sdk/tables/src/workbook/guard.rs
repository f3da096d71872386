//! What a spreadsheet's archive says about itself, before a reader trusts it.

use cowork_tool::Error;
use std::io::{self, Read, Seek};
use zip::ZipArchive;

/// Of texts and styles, which the reader holds whole, in bytes.
const LARGEST_HELD: u64 = 160 * 1024 * 1024;
/// Of everything together, unpacked, in bytes.
const LARGEST_TOTAL: u64 = 4 * 1024 * 1024 * 1024;
/// Parts in one archive.
const MOST_PARTS: usize = 10_000;
/// What the reader holds whole.
const HELD: [&str; 6] = [
    "xl/sharedstrings.xml",
    "xl/styles.xml",
    "xl/workbook.xml",
    "xl/sharedstrings.bin",
    "xl/styles.bin",
    "content.xml",
];

/// Refuses an archive that unpacks to more than a reader can hold. Files that are no archives pass: they are for the
/// reader to judge.
pub(super) fn check(file: impl Read + Seek) -> Result<(), Error> {
    let Ok(mut archive) = ZipArchive::new(file) else { return Ok(()) };
    if archive.len() > MOST_PARTS {
        return Err(Error::failed(format!("has more than {MOST_PARTS} parts, which is the limit")));
    }
    let mut total = 0u64;
    for index in 0..archive.len() {
        let Ok(part) = archive.by_index_raw(index) else { continue };
        total = total.saturating_add(part.size());
        let is_held =
            part.name().is_ok_and(|name| HELD.contains(&name.replace('\\', "/").to_lowercase().as_str()));
        drop(part);
        if is_held {
            check_held(&mut archive, index)?;
        }
    }
    if total > LARGEST_TOTAL {
        return Err(Error::failed("unpacks to more than 4 GiB, which is the limit"));
    }
    Ok(())
}

/// Unpacks a part to nothing: what it says of its own size may be a lie.
fn check_held<R: Read + Seek>(archive: &mut ZipArchive<R>, index: usize) -> Result<(), Error> {
    let Ok(part) = archive.by_index(index) else { return Ok(()) };
    // A part that is broken is for the reader to report.
    let size = io::copy(&mut part.take(LARGEST_HELD + 1), &mut io::sink()).unwrap_or_default();
    if size > LARGEST_HELD {
        return Err(Error::failed(
            "holds more than 160 MiB of texts or cells in one part, which is the limit; save the sheet as CSV",
        ));
    }
    Ok(())
}
