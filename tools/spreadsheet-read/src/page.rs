//! The rows of one page, bounded in number and in text.

use cowork_tables::{Area, Cell, Flow, column_letters};
use cowork_tool::{JsonSchema, Serialize};
use serde_json::Value;

/// Of a page, in characters. A model would read no more in one go.
const MOST_TEXT: usize = 40_000;
/// Of one cell, in characters, unless it is read alone.
const MOST_OF_CELL: usize = 1_000;
/// Of a page; a `range` may begin further to the right.
pub(crate) const MOST_COLUMNS: usize = 256;

/// One column of a page.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ColumnFacts {
    /// Its letters, such as `C`.
    pub letter: String,
    /// What is in it below the page's first row: text, number, date, bool, mixed or empty.
    pub kind: &'static str,
}

/// One row of a page.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PageRow {
    /// Its number in the sheet.
    pub row: u32,
    /// Its values, up to the last one that is not empty; dates are texts.
    pub cells: Vec<Value>,
    /// What is computed, by the name of its cell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub formulas: Vec<CellFormula>,
}

/// The formula of a cell.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CellFormula {
    /// Such as `C10`.
    pub cell: String,
    /// With its `=`.
    pub formula: String,
}

/// A page that is being filled.
pub(crate) struct Page {
    area: Area,
    most_rows: usize,
    most_of_cell: usize,
    text: usize,
    kinds: Vec<Option<&'static str>>,
    rows: Vec<PageRow>,
    next_row: Option<u32>,
}

impl Page {
    pub(crate) fn new(mut area: Area, most_rows: u32) -> Self {
        let most_of_cell = if area.first == area.last { MOST_TEXT } else { MOST_OF_CELL };
        area.last.1 = area.last.1.min(area.first.1 + MOST_COLUMNS as u32 - 1);
        let rows = Vec::new();
        Page {
            area,
            most_rows: most_rows as usize,
            most_of_cell,
            text: 0,
            kinds: Vec::new(),
            rows,
            next_row: None,
        }
    }

    /// What of the sheet it may show.
    pub(crate) fn area(&self) -> Area {
        self.area
    }

    /// Adds a row, by its number from 0, if there is room.
    pub(crate) fn add(&mut self, number: u32, cells: &[Cell<'_>], formulas: &[(usize, String)]) -> Flow {
        if number > self.area.last.0 {
            return Flow::Break(());
        }
        if self.rows.len() >= self.most_rows || self.text > MOST_TEXT {
            self.next_row = Some(number + 1);
            return Flow::Break(());
        }
        let values: Vec<_> = cells.iter().map(|cell| self.value(cell)).collect();
        if self.kinds.len() < cells.len() {
            self.kinds.resize(cells.len(), None);
        }
        // The first row often holds headers.
        if !self.rows.is_empty() {
            self.kinds.iter_mut().zip(cells).for_each(|(kind, cell)| note(kind, cell));
        }
        let formulas =
            formulas.iter().map(|(place, formula)| self.formula(number, *place, formula)).collect();
        self.rows.push(PageRow { row: number + 1, cells: values, formulas });
        Flow::Continue(())
    }

    fn formula(&mut self, row: u32, place: usize, formula: &str) -> CellFormula {
        let column = self.area.first.1 + u32::try_from(place).unwrap_or(u32::MAX - self.area.first.1);
        self.text += formula.len();
        CellFormula { cell: cowork_tables::cell_name(row, column), formula: format!("={formula}") }
    }

    fn value(&mut self, cell: &Cell<'_>) -> Value {
        let value = match cell.typed() {
            Cell::Empty => Value::Null,
            Cell::Bool(value) => value.into(),
            Cell::Integer(number) => number.into(),
            // Whole numbers are shown without a fraction.
            Cell::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => (number as i64).into(),
            Cell::Number(number) => number.into(),
            text => clipped(&text.to_string(), self.most_of_cell).into(),
        };
        self.text += 1 + value.as_str().map_or(8, |text| text.chars().count());
        value
    }

    /// Its columns, its rows and where to go on.
    pub(crate) fn finish(self) -> (Vec<ColumnFacts>, Vec<PageRow>, Option<u32>) {
        let columns = (self.area.first.1..).zip(self.kinds).map(|(column, kind)| ColumnFacts {
            letter: column_letters(column),
            kind: kind.unwrap_or("empty"),
        });
        (columns.collect(), self.rows, self.next_row)
    }
}

fn note(kind: &mut Option<&'static str>, cell: &Cell<'_>) {
    let found = match cell.typed() {
        Cell::Empty => return,
        Cell::Bool(_) => "bool",
        Cell::Integer(_) | Cell::Number(_) => "number",
        Cell::Date(_) => "date",
        Cell::Text(text) if cowork_tables::date_parts(&text).is_some() => "date",
        Cell::Text(_) => "text",
    };
    *kind = Some(match *kind {
        None => found,
        Some(before) if before == found => found,
        Some(_) => "mixed",
    });
}

fn clipped(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => {
            let left = text[end..].chars().count();
            format!("{}… ({left} more characters; read the cell alone by `range`)", &text[..end])
        }
    }
}
