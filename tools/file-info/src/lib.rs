//! A tool that tells what files are, by their content.

mod extent;
mod inspect;
mod taken;

use cowork_tool::{Deserialize, Error, JsonSchema, Output, Serialize};

pub use inspect::FileFacts;

cowork_tool::export!(file_info {
    title: "Inspect files",
    description: "Tells size, time of modification, type by content, pages of documents, pixels of pictures and the date they were taken, and a hash that is equal for equal files. Takes many files at once.",
    annotations: [read_only, idempotent],
    output: Inspected,
});

/// Arguments of [`file_info`].
#[derive(Deserialize, JsonSchema)]
pub struct FileInfo {
    /// The files.
    #[schemars(length(min = 1, max = 1000))]
    pub paths: Vec<String>,
}

/// What the files are, in the order in which they were asked for.
#[derive(Serialize, JsonSchema)]
pub struct Inspected {
    files: Vec<FileFacts>,
}

/// Inspects files. One that cannot be read has an `error` and does not fail the others.
pub fn file_info(args: FileInfo) -> Result<Output, Error> {
    let files: Vec<_> = args.paths.iter().map(|path| inspect::inspect(path)).collect();
    let lines: Vec<_> = files.iter().map(FileFacts::to_string).collect();
    Output::text(lines.join("\n")).structured(Inspected { files })
}
