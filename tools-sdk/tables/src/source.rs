//! Where a table is.

use cowork_tool::{Deserialize, Error, JsonSchema, relative};
use std::path::Path;

/// A table in a file, as a model names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub struct Source {
    /// A .csv, .tsv, .jsonl, .json, .xlsx, .xlsm, .xlsb, .xls or .ods file.
    pub path: String,
    /// Of a spreadsheet. Default: its first sheet.
    pub sheet: Option<String>,
    /// Of a spreadsheet, such as `A3:F100`, `B:D` or `3:100`. Default: all of the sheet.
    pub range: Option<String>,
    /// Whether the first row holds the columns' names. Default: true.
    pub header: Option<bool>,
}

/// How a file holds tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Cells with something between them.
    Delimited,
    /// An object for each row.
    Json,
    /// Sheets.
    Workbook,
    /// Columns, compressed. Not read here.
    Parquet,
}

impl Source {
    /// The table of a file that has one, or its first one.
    pub fn of(path: impl Into<String>) -> Self {
        Source { path: path.into(), ..Source::default() }
    }

    /// How the file holds its table, by its name.
    ///
    /// # Errors
    /// [`Error::InvalidArguments`] if no table is known to be in such files.
    pub fn format(&self) -> Result<Format, Error> {
        match extension(&self.path).as_str() {
            "csv" | "tsv" | "tab" | "txt" => Ok(Format::Delimited),
            "jsonl" | "ndjson" | "json" => Ok(Format::Json),
            "xlsx" | "xlsm" | "xlam" | "xlsb" | "xls" | "xla" | "ods" => Ok(Format::Workbook),
            "parquet" => Ok(Format::Parquet),
            _ => Err(Error::invalid(
                "no table is read from such a file; its name ends in .csv, .tsv, .jsonl, .json, .xlsx, .xlsb, .xls or .ods",
            )
            .about(relative(&self.path))),
        }
    }
}

/// Of a file's name, in lower case.
pub(crate) fn extension(path: &str) -> String {
    Path::new(path).extension().map(|end| end.to_string_lossy().to_lowercase()).unwrap_or_default()
}
