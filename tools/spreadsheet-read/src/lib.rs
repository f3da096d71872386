//! A tool that reads spreadsheets and CSV files, a page of rows at a time.

mod page;
mod render;

use cowork_tables::{Area, Delimited, Format, SheetFacts, Source, Workbook};
use cowork_tool::{Deserialize, Error, JsonSchema, OnPath as _, Output, Serialize, relative};

use page::Page;
pub use page::{ColumnFacts, PageRow};

cowork_tool::export!(spreadsheet_read {
    title: "Read a spreadsheet",
    description: "Reads cells of a .xlsx, .xlsm, .xlsb, .xls, .ods, .csv or .tsv file: its sheets with their sizes, and rows of one sheet with the numbers and letters by which formulas name them. Dates come as 2026-03-14. A page has at most 1000 rows; `next_row` says where to go on. To filter, sum or join many rows use data_query.",
    annotations: [read_only, idempotent],
    output: Reading,
});

/// Arguments of [`spreadsheet_read`].
#[derive(Deserialize, JsonSchema)]
pub struct SpreadsheetRead {
    /// The file.
    pub path: String,
    /// Default: the first sheet that is not hidden.
    pub sheet: Option<String>,
    /// A part of the sheet, such as `A3:F100`, `B:D` or `C7`. Default: all of it.
    pub range: Option<String>,
    /// Row to begin with, as the sheet counts them. Default: 1, or where `range` begins.
    #[schemars(range(min = 1, max = 1048576))]
    pub from_row: Option<u32>,
    /// Rows at most. Default: 100.
    #[schemars(range(min = 1, max = 1000))]
    pub rows: Option<u32>,
    /// Show formulas beside their values. Default: false.
    pub formulas: Option<bool>,
}

/// A page of one sheet.
#[derive(Serialize, JsonSchema)]
pub struct Reading {
    path: String,
    /// All sheets of the file; none for CSV.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sheets: Vec<Sheet>,
    /// The one that was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    sheet: Option<String>,
    columns: Vec<ColumnFacts>,
    /// Those that are not empty.
    rows: Vec<PageRow>,
    /// Where to go on, if there is more.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_row: Option<u32>,
}

/// One sheet.
#[derive(Serialize, JsonSchema)]
pub struct Sheet {
    name: String,
    /// Up to its last cell.
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<u32>,
    /// Up to its last cell.
    #[serde(skip_serializing_if = "Option::is_none")]
    columns: Option<u32>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    hidden: bool,
}

/// Reads a page of a sheet.
pub fn spreadsheet_read(args: SpreadsheetRead) -> Result<Output, Error> {
    let path = relative(&args.path);
    let mut page = Page::new(area(&args)?, args.rows.unwrap_or(100).clamp(1, 1000));
    let (sheets, sheet) = match Source::of(&args.path).format()? {
        Format::Delimited if args.sheet.is_some() => {
            return Err(Error::invalid("has no sheets; leave `sheet` out").about(path));
        }
        Format::Delimited => {
            read_delimited(&args.path, &mut page)?;
            (Vec::new(), None)
        }
        Format::Workbook => {
            let (sheets, sheet) = read_workbook(&args, &mut page)?;
            (sheets, Some(sheet))
        }
        Format::Json | Format::Parquet => {
            return Err(Error::invalid("is no spreadsheet; use data_query").about(path));
        }
    };
    let (columns, rows, next_row) = page.finish();
    let reading = Reading { path, sheets, sheet, columns, rows, next_row };
    Output::text(render::text(&reading)).structured(reading)
}

fn area(args: &SpreadsheetRead) -> Result<Area, Error> {
    let mut area = args.range.as_deref().map_or(Ok(Area::ALL), Area::parse)?;
    if let Some(row) = args.from_row {
        area.first.0 = area.first.0.max(row.saturating_sub(1));
        if area.first.0 > area.last.0 {
            return Err(Error::invalid(format!(
                "`from_row` {row} lies behind the range, which ends at row {}",
                area.last.0 + 1
            )));
        }
    }
    Ok(area)
}

fn read_delimited(path: &str, page: &mut Page) -> Result<(), Error> {
    Delimited::open(path)?.each_row(&mut |number, cells| {
        let area = page.area();
        let row = number - 1;
        if row < area.first.0 {
            return Ok(std::ops::ControlFlow::Continue(()));
        }
        let from = (area.first.1 as usize).min(cells.len());
        Ok(page.add(row, &cells[from..cells.len().min(area.last.1 as usize + 1).max(from)], &[]))
    })
}

fn read_workbook(args: &SpreadsheetRead, page: &mut Page) -> Result<(Vec<Sheet>, String), Error> {
    let mut workbook = Workbook::open(&args.path)?;
    let sheet = workbook.find(args.sheet.as_deref())?;
    let formulas = args.formulas.unwrap_or(false);
    let area = page.area();
    workbook
        .each_row(&sheet, area, formulas, &mut |row| Ok(page.add(row.number, row.cells, row.formulas)))
        .on_path(&args.path)?;
    let sheets = workbook.sheets().into_iter().map(|SheetFacts { name, hidden, size }| {
        let (rows, columns) = size.unzip();
        Sheet { name, rows, columns, hidden }
    });
    Ok((sheets.collect(), sheet))
}

#[cfg(test)]
mod tests;
