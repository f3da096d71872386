//! A tool that writes .xlsx spreadsheets: formulas, and the values that they have.

mod chart;
mod compute;
mod input;
mod workbook;

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use cowork_tool::{Error, JsonSchema, OnPath, Output, Serialize, relative};

pub use compute::{Formula, Value};
pub use input::SpreadsheetWrite;

cowork_tool::export!(spreadsheet_write {
    title: "Write a spreadsheet",
    description: "Writes a new .xlsx file: sheets of columns and rows, dates, number formats, formulas, totals, merged headers, Excel tables and charts. Row 1 holds the headers, so the first of `rows` is row 2 of the sheet (row 3 with `groups`). Many rows need not be typed: `rows_from` takes them from a CSV, TSV, JSON lines or spreadsheet file, such as one that data_query wrote. Formulas are computed; a wrong one is refused with its cell and its error.",
    annotations: [],
    output: Written,
});

/// What was written.
#[derive(Serialize, JsonSchema)]
pub struct Written {
    path: String,
    sheets: Vec<WrittenSheet>,
}

/// One sheet.
#[derive(Serialize, JsonSchema)]
pub struct WrittenSheet {
    name: String,
    /// Without the headers and totals.
    rows: usize,
    formulas: Vec<Formula>,
}

/// Writes a spreadsheet to a path that does not exist.
pub fn spreadsheet_write(mut args: SpreadsheetWrite) -> Result<Output, Error> {
    let path = relative(&args.path);
    check_path(&args.path)?;
    input::prepare(&mut args.sheets)?;
    let formulas = compute::compute(&args.sheets)?;
    let bytes = workbook::build(&args.sheets, &formulas)?;
    write(&args.path, &bytes)?;
    let sheets: Vec<_> = args
        .sheets
        .into_iter()
        .zip(formulas)
        .map(|(sheet, formulas)| WrittenSheet { rows: sheet.row_count(), name: sheet.name, formulas })
        .collect();
    Output::text(render(&path, &sheets)).structured(Written { path, sheets })
}

fn check_path(path: &str) -> Result<(), Error> {
    if !path.to_lowercase().ends_with(".xlsx") {
        return Err(Error::invalid(format!("the path must end in .xlsx, and {path} does not")));
    }
    if fs::symlink_metadata(path).is_ok() {
        return Err(Error::failed("exists already; choose another name").about(relative(path)));
    }
    Ok(())
}

fn write(path: &str, bytes: &[u8]) -> Result<(), Error> {
    if let Some(parent) = Path::new(path).parent().filter(|parent| !parent.as_os_str().is_empty()) {
        fs::create_dir_all(parent).on_path(parent)?;
    }
    File::create_new(path).and_then(|mut file| file.write_all(bytes)).on_path(path)
}

/// Of one sheet, in the text for the model; `structured` has them all.
const MOST_SHOWN: usize = 50;

fn render(path: &str, sheets: &[WrittenSheet]) -> String {
    let mut lines = vec![format!("wrote {path}")];
    for sheet in sheets {
        lines.push(format!("{}: {} rows", sheet.name, sheet.rows));
        let shown = sheet.formulas.iter().take(MOST_SHOWN);
        lines.extend(shown.map(|f| format!("  {} {} gives {}", f.cell, f.formula, f.value)));
        if sheet.formulas.len() > MOST_SHOWN {
            lines.push(format!("  and {} formulas more", sheet.formulas.len() - MOST_SHOWN));
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests;
