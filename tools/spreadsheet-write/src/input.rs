//! What a model asks for.

mod chart;
mod check;
mod limits;
mod rows;

use cowork_tables::{Source, date_parts};
use cowork_tool::{Deserialize, Error, JsonSchema};
use rust_xlsxwriter::ExcelDateTime;

pub use chart::{ChartKind, SheetChart};
pub(crate) use check::prepare;
use rows::Picked;

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
    /// From column A on. With `rows_from` they choose columns of the file by `header`; without any all are taken.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub columns: Vec<Column>,
    /// Below the headers; each row has at most as many cells as there are columns.
    #[serde(default)]
    pub rows: Vec<Vec<Cell>>,
    /// Take the rows from a file in place of `rows`, however many.
    pub rows_from: Option<Source>,
    /// Texts over several headers, in a row of their own above them.
    #[serde(default)]
    pub groups: Vec<Group>,
    /// Make an Excel table of the rows, with filters and stripes.
    #[serde(default)]
    pub table: bool,
    /// Columns that stay in sight on the left; the headers always do.
    #[serde(default)]
    pub freeze_columns: u16,
    /// Charts of this sheet's columns.
    #[serde(default)]
    #[schemars(length(max = 20))]
    pub charts: Vec<SheetChart>,
    #[serde(skip)]
    pub(crate) picked: Option<Picked>,
}

/// A text over several headers.
#[derive(Deserialize, JsonSchema)]
pub struct Group {
    /// What is written.
    pub text: String,
    /// Header of its first column.
    pub from: String,
    /// Header of its last column.
    pub to: String,
}

/// One column.
#[derive(Deserialize, JsonSchema)]
pub struct Column {
    /// In the row of headers.
    pub header: String,
    /// How its cells are shown.
    #[serde(default)]
    pub kind: Kind,
    /// A number format of Excel instead of the kind's own, such as `#,##0.00 €` or `dd.mm.yyyy`.
    pub format: Option<String>,
    /// In characters. Default: as wide as what is in it.
    #[schemars(range(min = 1, max = 255))]
    pub width: Option<f64>,
    /// A formula below the last row.
    pub total: Option<Total>,
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

/// What stands below a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Total {
    /// All together.
    Sum,
    /// The mean.
    Average,
    /// How many are not empty.
    Count,
    /// The smallest.
    Min,
    /// The largest.
    Max,
}

impl Total {
    /// The function of spreadsheets.
    pub(crate) fn function(self) -> &'static str {
        match self {
            Total::Sum => "SUM",
            Total::Average => "AVERAGE",
            Total::Count => "COUNTA",
            Total::Min => "MIN",
            Total::Max => "MAX",
        }
    }
}

/// One cell.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
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

impl Sheet {
    /// The row of the headers, from 0.
    pub(crate) fn header_row(&self) -> u32 {
        u32::from(!self.groups.is_empty())
    }

    /// The place of a column by its header.
    pub(crate) fn column(&self, header: &str) -> Result<u16, Error> {
        let same = |column: &Column| column.header.to_lowercase() == header.trim().to_lowercase();
        let place = self.columns.iter().position(same).and_then(|place| u16::try_from(place).ok());
        place.ok_or_else(|| {
            let headers = || self.columns.iter().map(|column| column.header.as_str());
            let near = cowork_tables::nearest(header, headers());
            let near = near.map(|name| format!("; did you mean {name:?}?")).unwrap_or_default();
            let shown: Vec<_> = headers().take(50).map(|name| format!("{name:?}")).collect();
            let name = &self.name;
            Error::invalid(format!(
                "sheet {name} has no column {header:?}{near}; its columns are: {}",
                shown.join(", ")
            ))
        })
    }

    /// Whether its values have to be computed.
    pub(crate) fn has_formulas(&self) -> bool {
        let is_formula = |cell: &Cell| matches!(cell, Cell::Formula { .. });
        self.columns.iter().any(|column| column.total.is_some()) || self.rows.iter().flatten().any(is_formula)
    }
}

/// A date like `2026-03-14`.
pub(crate) fn parse_date(text: &str) -> Option<ExcelDateTime> {
    let (year, month, day) = date_parts(text)?;
    ExcelDateTime::from_ymd(year, month, day).ok()
}
