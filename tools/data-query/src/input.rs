//! One table, whatever file it is in, with what its columns hold.

use crate::parquet::ParquetTable;
use crate::{ColumnFacts, NamedTable};
use cowork_tables::{Cell, Flow, Format, Table, date_parts};
use cowork_tool::{Error, JsonSchema, Serialize, relative};
use std::path::Path;

/// Rows that are looked at to tell what columns hold.
const SAMPLE: usize = 1000;
/// Rows that are shown of a table.
pub(crate) const SHOWN: usize = 3;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Whole numbers.
    Integer,
    /// Numbers.
    Number,
    /// Texts.
    Text,
    /// Dates like `2026-03-14`, perhaps with a time.
    Date,
    /// 1 and 0.
    Bool,
    /// Nothing in the rows that were looked at.
    Empty,
}

/// A table that is open.
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) columns: Vec<ColumnFacts>,
    /// Some rows from its beginning.
    pub(crate) first: Vec<Vec<Cell<'static>>>,
    rows: Rows,
}

enum Rows {
    Table(Box<Table>),
    Parquet(Box<ParquetTable>),
}

impl Input {
    /// Opens a table and looks at its first rows.
    pub(crate) fn open(table: &NamedTable) -> Result<Self, Error> {
        let source = table.source();
        let rows = match source.format()? {
            Format::Parquet => Rows::Parquet(Box::new(ParquetTable::open(&table.path)?)),
            _ => Rows::Table(Box::new(Table::open(&source)?)),
        };
        let names = match &rows {
            Rows::Table(table) => table.columns(),
            Rows::Parquet(table) => table.columns(),
        };
        if names.is_empty() {
            return Err(Error::failed("has no columns").about(relative(&table.path)));
        }
        let columns =
            names.iter().map(|name| ColumnFacts { name: name.clone(), kind: Kind::Empty }).collect();
        let name = table.name.clone().unwrap_or_else(|| default_name(&table.path));
        let mut input = Input { name, path: table.path.clone(), columns, first: Vec::new(), rows };
        input.look()?;
        Ok(input)
    }

    fn look(&mut self) -> Result<(), Error> {
        let mut tallies = vec![Tally::default(); self.columns.len()];
        let (mut count, mut first) = (0, Vec::new());
        self.each_row(&mut |cells| {
            tallies.iter_mut().zip(cells).for_each(|(tally, cell)| tally.add(cell));
            if first.len() < SHOWN {
                first.push(cells.iter().map(|cell| cell.typed().into_owned()).collect());
            }
            count += 1;
            Ok(if count < SAMPLE { Flow::Continue(()) } else { Flow::Break(()) })
        })?;
        self.first = first;
        self.columns.iter_mut().zip(tallies).for_each(|(column, tally)| column.kind = tally.kind());
        Ok(())
    }

    /// Hands out every row, with a cell for each column.
    pub(crate) fn each_row(
        &mut self,
        each: &mut dyn FnMut(&[Cell<'_>]) -> Result<Flow, Error>,
    ) -> Result<(), Error> {
        match &mut self.rows {
            Rows::Table(table) => table.each_row(each),
            Rows::Parquet(table) => table.each_row(each),
        }
    }

    /// What was found out while its rows were read.
    pub(crate) fn notes(&self) -> Option<String> {
        match &self.rows {
            Rows::Table(table) => table.notes(),
            Rows::Parquet(_) => None,
        }
    }
}

/// A name that SQL takes without quotes.
fn default_name(path: &str) -> String {
    let stem =
        Path::new(path).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let plain: String = stem.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    if plain.starts_with(|c: char| c.is_ascii_digit()) { format!("t{plain}") } else { plain }
}

/// What kinds of cells a column has.
#[derive(Clone, Copy, Default)]
struct Tally {
    integers: usize,
    numbers: usize,
    texts: usize,
    dates: usize,
    bools: usize,
}

impl Tally {
    fn add(&mut self, cell: &Cell<'_>) {
        match cell.typed() {
            Cell::Empty => {}
            Cell::Bool(_) => self.bools += 1,
            Cell::Integer(_) => self.integers += 1,
            // In a spreadsheet all numbers have a fraction, which is often nothing.
            Cell::Number(number)
                if number.fract() == 0.0 && number.abs() < 9e15 && matches!(cell, Cell::Number(_)) =>
            {
                self.integers += 1;
            }
            Cell::Number(_) => self.numbers += 1,
            Cell::Date(_) => self.dates += 1,
            Cell::Text(text) if text.get(..10).is_some_and(|day| date_parts(day).is_some()) => {
                self.dates += 1
            }
            Cell::Text(_) => self.texts += 1,
        }
    }

    fn kind(self) -> Kind {
        let Tally { integers, numbers, texts, dates, bools } = self;
        let all = integers + numbers + texts + dates + bools;
        match all {
            0 => Kind::Empty,
            _ if bools == all => Kind::Bool,
            _ if dates == all => Kind::Date,
            // A few words among numbers, such as n/a, do not make texts of them.
            _ if (integers + numbers) * 2 > all && numbers > 0 => Kind::Number,
            _ if integers * 2 > all => Kind::Integer,
            _ => Kind::Text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(texts: &[&str]) -> Kind {
        let mut tally = Tally::default();
        texts.iter().for_each(|text| tally.add(&Cell::text(*text)));
        tally.kind()
    }

    #[test]
    fn what_columns_hold() {
        assert_eq!(kind(&["1", "", "-2"]), Kind::Integer);
        assert_eq!(kind(&["1", "2.5", "n/a"]), Kind::Number);
        assert_eq!(kind(&["007", "008"]), Kind::Text);
        assert_eq!(kind(&["2026-03-14", "2026-03-14 09:30:00"]), Kind::Date);
        assert_eq!(kind(&["2026-03-14", "soon"]), Kind::Text);
        assert_eq!(kind(&["", ""]), Kind::Empty);
    }

    #[test]
    fn names_for_sql() {
        assert_eq!(default_name("files/Sales of 2026.csv"), "Sales_of_2026");
        assert_eq!(default_name("2026.csv"), "t2026");
        assert_eq!(default_name("Größe-1.csv"), "Größe_1");
    }
}
