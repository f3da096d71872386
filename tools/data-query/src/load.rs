//! From a file into the database: only the columns that a query reads.

use crate::database::{Database, explain, quoted};
use crate::input::{Input, Kind};
use cowork_tables::{Cell, Flow};
use cowork_tool::Error;
use rusqlite::types::{Null, ToSqlOutput, ValueRef};
use std::collections::BTreeSet;

/// Loads a table.
pub(crate) fn load(
    database: &Database,
    input: &mut Input,
    columns: &BTreeSet<usize>,
    notes: &mut Vec<String>,
) -> Result<(), Error> {
    // A query that only counts rows reads no column.
    let places: Vec<usize> = if columns.is_empty() { vec![0] } else { columns.iter().copied().collect() };
    let names: Vec<_> = places.iter().map(|&place| quoted(&input.columns[place].name)).collect();
    let marks = vec!["?"; places.len()].join(", ");
    let sql = format!("INSERT INTO {} ({}) VALUES ({marks})", quoted(&input.name), names.join(", "));
    let mut statement = database.connection.prepare(&sql).map_err(Error::failed)?;
    let mut loaders: Vec<_> =
        places.iter().map(|&place| Loader::new(place, input.columns[place].kind)).collect();
    let failed = |error: rusqlite::Error| explain(&error, &[]);
    database.connection.execute_batch("BEGIN").map_err(failed)?;
    input.each_row(&mut |cells| {
        for (number, loader) in (1..).zip(&mut loaders) {
            loader.bind(&mut statement, number, &cells[loader.place]).map_err(failed)?;
        }
        statement.raw_execute().map_err(failed)?;
        Ok(Flow::Continue(()))
    })?;
    database.connection.execute_batch("COMMIT").map_err(failed)?;
    for loader in loaders {
        notes.extend(loader.note(&input.columns[loader.place].name));
    }
    notes.extend(input.notes());
    Ok(())
}

/// Puts the cells of one column into the database.
struct Loader {
    place: usize,
    kind: Kind,
    /// Cells that are no numbers in a column of numbers, and the first of them.
    others: u64,
    first: Option<String>,
}

impl Loader {
    fn new(place: usize, kind: Kind) -> Self {
        Loader { place, kind, others: 0, first: None }
    }

    fn bind(
        &mut self,
        statement: &mut rusqlite::Statement<'_>,
        number: usize,
        cell: &Cell<'_>,
    ) -> rusqlite::Result<()> {
        let is_number = matches!(self.kind, Kind::Integer | Kind::Number);
        let typed;
        let cell = match (is_number, cell) {
            (true, Cell::Text(_)) => {
                typed = cell.typed();
                &typed
            }
            _ => cell,
        };
        match cell {
            Cell::Empty => statement.raw_bind_parameter(number, Null),
            Cell::Bool(value) => statement.raw_bind_parameter(number, *value),
            Cell::Integer(value) => statement.raw_bind_parameter(number, *value),
            Cell::Number(value) => statement.raw_bind_parameter(number, *value),
            Cell::Text(text) => {
                if is_number {
                    self.others += 1;
                    self.first.get_or_insert_with(|| text.chars().take(40).collect());
                }
                let text = ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes()));
                statement.raw_bind_parameter(number, text)
            }
            Cell::Date(date) => statement.raw_bind_parameter(number, date),
        }
    }

    fn note(&self, name: &str) -> Option<String> {
        let first = self.first.as_ref()?;
        Some(format!("{} cells of {name:?} are no numbers but texts, such as {first:?}", self.others))
    }
}
