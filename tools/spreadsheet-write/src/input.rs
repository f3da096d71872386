//! What a model asks for.

mod limits;

use cowork_tool::{Deserialize, Error, JsonSchema};
use rust_xlsxwriter::ExcelDateTime;

/// Arguments of [`spreadsheet_write`](crate::spreadsheet_write).
#[derive(Deserialize, JsonSchema)]
pub struct SpreadsheetWrite {
    /// A new file, such as `output/report.xlsx`.
    pub path: String,
    /// In their order.
    #[schemars(length(min = 1, max = 100))]
    pub sheets: Vec<Sheet>,
}

/// One sheet.
#[derive(Deserialize, JsonSchema)]
pub struct Sheet {
    /// At most 31 characters, none of `[ ] : * ? / \`.
    #[schemars(length(min = 1, max = 31))]
    pub name: String,
    /// From column A on.
    #[schemars(length(min = 1, max = 1000))]
    pub columns: Vec<Column>,
    /// From row 2 on; each row has at most as many cells as there are columns.
    pub rows: Vec<Vec<Cell>>,
}

/// One column.
#[derive(Deserialize, JsonSchema)]
pub struct Column {
    /// In row 1.
    pub header: String,
    /// How its cells are shown.
    #[serde(default)]
    pub kind: Kind,
    /// In characters. Default: as wide as what is in it.
    #[schemars(range(min = 1, max = 255))]
    pub width: Option<f64>,
}

/// How the cells of a column are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// As they are.
    #[default]
    Text,
    /// As they are, to the right.
    Number,
    /// 1,234.50
    Currency,
    /// 2026-03-14; a text of this form is a date.
    Date,
    /// 0.19 is 19.00%.
    Percent,
}

/// One cell.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(
    untagged,
    deny_unknown_fields,
    expecting = "a cell is a text, a number, true, false, null, {\"formula\": \"=SUM(C2:C9)\"} or {\"date\": \"2026-03-14\"}"
)]
pub enum Cell {
    /// Nothing.
    Empty(()),
    /// True or false.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// A formula.
    Formula {
        /// In English, with commas: `=SUM(C2:C9)`.
        formula: String,
    },
    /// A date.
    Date {
        /// Such as `2026-03-14`.
        date: String,
    },
}

/// Of all sheets together.
const MOST_CELLS: usize = 500_000;

/// What the schema cannot say.
pub(crate) fn check(sheets: &[Sheet]) -> Result<(), Error> {
    if sheets.is_empty() {
        return Err(Error::invalid("`sheets` is empty; a spreadsheet has at least one"));
    }
    let cells: usize = sheets.iter().flat_map(|sheet| &sheet.rows).map(Vec::len).sum();
    if cells > MOST_CELLS {
        return Err(Error::invalid(format!("{cells} cells are too many; the limit is {MOST_CELLS}")));
    }
    sheets.iter().try_for_each(check_rows)
}

fn check_rows(sheet: &Sheet) -> Result<(), Error> {
    for (row, cells) in sheet.rows.iter().enumerate() {
        if cells.len() > sheet.columns.len() {
            return Err(Error::invalid(format!(
                "row {} of sheet {} has {} cells and the sheet {} columns; add the missing columns",
                row + 2,
                sheet.name,
                cells.len(),
                sheet.columns.len()
            )));
        }
        for (column, cell) in cells.iter().enumerate() {
            check_cell(cell).map_err(|reason| {
                Error::invalid(format!("{}!{}: {reason}", sheet.name, cell_name(row, column)))
            })?;
        }
    }
    Ok(())
}

fn check_cell(cell: &Cell) -> Result<(), String> {
    match cell {
        Cell::Date { date } if parse_date(date).is_none() => {
            Err(format!("`{date}` is not a date like 2026-03-14"))
        }
        Cell::Formula { formula } => limits::check(formula),
        _ => Ok(()),
    }
}

/// A date like `2026-03-14`.
pub(crate) fn parse_date(text: &str) -> Option<ExcelDateTime> {
    let mut parts = text.splitn(3, '-').map(|part| part.parse::<u16>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    ExcelDateTime::from_ymd(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?).ok()
}

/// The name of a cell by its place in `rows`: (0, 0) is A2, below the header.
pub(crate) fn cell_name(row: usize, column: usize) -> String {
    let mut letters = String::new();
    let mut rest = column + 1;
    while rest > 0 {
        let digit = u8::try_from((rest - 1) % 26).unwrap_or_default();
        letters.insert(0, char::from(b'A' + digit));
        rest = (rest - 1) / 26;
    }
    format!("{letters}{}", row + 2)
}
