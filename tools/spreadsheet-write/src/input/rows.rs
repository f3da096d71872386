//! The rows of a sheet: those of the arguments, or those of a file.

use super::{Cell, Column, Kind, Sheet};
use cowork_tables::{Cell as Found, Flow, Table, cell_name, date_parts};
use cowork_tool::{Error, OnPath as _, relative};
use std::cell::RefCell;

/// Rows that are looked at to tell what columns hold.
const SAMPLE: usize = 200;
/// Below a header, in one sheet of Excel.
const MOST_ROWS: usize = 1_048_000;

/// Is handed a row's number and cells.
pub(crate) type Each<'a> = &'a mut dyn FnMut(u32, &[Cell]) -> Result<(), Error>;

/// Columns of a table in a file, and how many rows it has.
pub(crate) struct Picked {
    table: RefCell<Table>,
    places: Vec<usize>,
    rows: usize,
}

/// Opens the file of a sheet, if its rows are in one, and finds its columns there.
pub(super) fn pick(sheet: &mut Sheet) -> Result<(), Error> {
    let Some(source) = &sheet.rows_from else { return Ok(()) };
    if !sheet.rows.is_empty() {
        return Err(Error::invalid(format!(
            "sheet {} has `rows` and `rows_from`; leave one out",
            sheet.name
        )));
    }
    let mut table = Table::open(source)?;
    let kinds = kinds(&mut table).on_path(&source.path)?;
    if sheet.columns.is_empty() {
        let names = table.columns().iter().zip(&kinds.0);
        sheet.columns = names
            .map(|(name, kind)| Column {
                header: name.clone(),
                kind: *kind,
                format: None,
                width: None,
                total: None,
            })
            .collect();
    }
    let find =
        |column: &Column| table.column(&column.header).map_err(|error| error.about(relative(&source.path)));
    let places = sheet.columns.iter().map(find).collect::<Result<_, _>>()?;
    if kinds.1 > MOST_ROWS {
        let message = format!("has {} rows; a sheet holds {MOST_ROWS}", kinds.1);
        return Err(Error::failed(message).about(relative(&source.path)));
    }
    sheet.picked = Some(Picked { table: RefCell::new(table), places, rows: kinds.1 });
    Ok(())
}

/// What the columns of a table hold, by its first rows, and how many rows there are.
fn kinds(table: &mut Table) -> Result<(Vec<Kind>, usize), Error> {
    let mut kinds: Vec<Option<Kind>> = vec![None; table.columns().len()];
    let mut rows = 0;
    table.each_row(&mut |cells| {
        rows += 1;
        if rows <= SAMPLE {
            kinds.iter_mut().zip(cells).for_each(|(kind, cell)| note(kind, cell));
        }
        Ok(Flow::Continue(()))
    })?;
    Ok((kinds.into_iter().map(Option::unwrap_or_default).collect(), rows))
}

fn note(kind: &mut Option<Kind>, cell: &Found<'_>) {
    let found = match cell.typed() {
        Found::Empty => return,
        Found::Integer(_) | Found::Number(_) => Kind::Number,
        Found::Date(date) if date_parts(&date).is_some() => Kind::Date,
        Found::Text(text) if date_parts(&text).is_some() => Kind::Date,
        _ => Kind::Text,
    };
    *kind = Some(if kind.is_none_or(|before| before == found) { found } else { Kind::Text });
}

impl Sheet {
    /// How many cells it has, without those of totals.
    pub(super) fn cells(&self) -> usize {
        match &self.picked {
            Some(picked) => picked.rows * self.columns.len(),
            None => self.rows.iter().map(Vec::len).sum(),
        }
    }

    /// How many rows it has, without headers and totals.
    pub(crate) fn row_count(&self) -> usize {
        self.picked.as_ref().map_or(self.rows.len(), |picked| picked.rows)
    }

    /// Hands out every row with its number from 0, the one of totals last.
    pub(crate) fn each_row(&self, each: Each<'_>) -> Result<(), Error> {
        let mut row = self.header_row();
        let mut next = |cells: &[Cell]| {
            row += 1;
            each(row, cells)
        };
        match &self.picked {
            None => self.rows.iter().try_for_each(|cells| next(cells))?,
            Some(picked) => {
                let mut cells = Vec::new();
                let mut table = picked.table.borrow_mut();
                table.each_row(&mut |found| {
                    cells.clear();
                    cells.extend(
                        picked
                            .places
                            .iter()
                            .zip(&self.columns)
                            .map(|(&place, about)| cell(&found[place], about)),
                    );
                    next(&cells)?;
                    Ok(Flow::Continue(()))
                })?;
            }
        }
        match self.totals() {
            Some(totals) => next(&totals),
            None => Ok(()),
        }
    }

    fn totals(&self) -> Option<Vec<Cell>> {
        let rows = u32::try_from(self.row_count()).ok().filter(|&rows| rows > 0)?;
        self.columns.iter().find(|column| column.total.is_some())?;
        let first = self.header_row() + 1;
        let of_column = |(place, column): (u32, &Column)| match column.total {
            None if place == 0 => Cell::Text("Total".to_owned()),
            None => Cell::Empty(()),
            Some(total) => {
                let (from, to) = (cell_name(first, place), cell_name(first + rows - 1, place));
                Cell::Formula { formula: format!("={}({from}:{to})", total.function()) }
            }
        };
        Some((0..).zip(&self.columns).map(of_column).collect())
    }
}

/// A cell of a file as one that is written. Texts that are numbers become numbers, but for a column of texts.
fn cell(found: &Found<'_>, about: &Column) -> Cell {
    let is_text = about.kind == Kind::Text;
    match found {
        Found::Text(text) if is_text => Cell::Text(text.clone().into_owned()),
        other => match other.typed() {
            Found::Empty => Cell::Empty(()),
            Found::Bool(value) => Cell::Bool(value),
            Found::Integer(number) if number.unsigned_abs() < 1 << 53 => Cell::Number(number as f64),
            Found::Number(number) if number.is_finite() => Cell::Number(number),
            Found::Date(date) if date_parts(&date).is_some() => Cell::Date { date },
            text => Cell::Text(text.to_string()),
        },
    }
}
