//! From cells to rows.

use super::value;
use super::{EachRow, Row};
use crate::{Area, Cell, Flow};
use calamine::{Data, Range, XlsxCellReader, XlsxError};
use cowork_tool::Error;
use std::io::{Read, Seek};

/// Collects the cells of one row.
pub(super) struct Gather<'f, 'a> {
    area: Area,
    each: EachRow<'f>,
    number: u32,
    cells: Vec<Cell<'a>>,
    formulas: Vec<(usize, String)>,
}

impl<'f, 'a> Gather<'f, 'a> {
    pub(super) fn new(area: Area, each: EachRow<'f>) -> Self {
        Self { area, each, number: 0, cells: Vec::new(), formulas: Vec::new() }
    }

    /// Takes the next cell; hands out the row before it when it is in another one.
    fn add(
        &mut self,
        (row, column): (u32, u32),
        cell: Cell<'a>,
        formula: Option<String>,
    ) -> Result<Flow, Error> {
        if row != self.number && self.finish()?.is_break() || row > self.area.last.0 {
            return Ok(Flow::Break(()));
        }
        self.number = row;
        let columns = self.area.first.1..=self.area.last.1;
        let is_nothing = cell.is_empty() && formula.is_none();
        if row < self.area.first.0 || !columns.contains(&column) || is_nothing {
            return Ok(Flow::Continue(()));
        }
        let place = (column - self.area.first.1) as usize;
        if self.cells.len() <= place {
            self.cells.resize(place + 1, Cell::Empty);
        }
        self.cells[place] = cell;
        self.formulas.extend(formula.map(|formula| (place, formula)));
        Ok(Flow::Continue(()))
    }

    /// Hands out the row that was begun, if it has a cell.
    fn finish(&mut self) -> Result<Flow, Error> {
        if self.cells.is_empty() {
            return Ok(Flow::Continue(()));
        }
        let row = Row { number: self.number, cells: &self.cells, formulas: &self.formulas };
        let flow = (self.each)(row)?;
        self.cells.clear();
        self.formulas.clear();
        Ok(flow)
    }
}

/// The rows of a sheet of .xlsx, as its cells come in.
pub(super) fn of_cells<'a, R: Read + Seek>(
    mut reader: XlsxCellReader<'a, R>,
    formulas: bool,
    gather: &mut Gather<'_, 'a>,
    broken: &dyn Fn(XlsxError) -> Error,
) -> Result<(), Error> {
    loop {
        let next = match formulas {
            true => reader
                .next_cell_with_formula()
                .map(|cell| cell.map(|cell| (cell.pos, cell.value, cell.formula))),
            false => reader
                .next_cell()
                .map(|cell| cell.map(|cell| (cell.get_position(), cell.get_value().clone(), None))),
        };
        let Some((place, value, formula)) = next.map_err(broken)? else { break };
        let formula = formula.filter(|formula| !formula.is_empty());
        if gather.add(place, value::of_ref(value), formula)?.is_break() {
            return Ok(());
        }
    }
    gather.finish().map(drop)
}

/// The rows of a sheet that is held whole.
pub(super) fn of_range<'a>(
    values: &'a Range<Data>,
    formulas: Option<&Range<String>>,
    gather: &mut Gather<'_, 'a>,
) -> Result<(), Error> {
    let Some((first_row, first_column)) = values.start() else { return Ok(()) };
    for (row, cells) in (first_row..).zip(values.rows()) {
        for (column, cell) in (first_column..).zip(cells) {
            let formula = formulas.and_then(|formulas| formulas.get_value((row, column)));
            let formula = formula.filter(|formula| !formula.is_empty()).cloned();
            if gather.add((row, column), value::of_data(cell), formula)?.is_break() {
                return Ok(());
            }
        }
    }
    gather.finish().map(drop)
}
