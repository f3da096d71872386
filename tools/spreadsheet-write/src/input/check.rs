//! What the schema cannot say.

use super::{Cell, Sheet, limits, parse_date, rows};
use cowork_tool::Error;

/// Checks what is to be written, and opens the files that rows come from.
pub(crate) fn prepare(sheets: &mut [Sheet]) -> Result<(), Error> {
    if sheets.is_empty() {
        return Err(Error::invalid("`sheets` is empty; a spreadsheet has at least one"));
    }
    check_names(sheets)?;
    for sheet in sheets.iter_mut() {
        rows::pick(sheet)?;
        if sheet.columns.is_empty() {
            return Err(Error::invalid(format!(
                "sheet {} has no columns; name them in `columns`",
                sheet.name
            )));
        }
    }
    let cells: usize = sheets.iter().map(Sheet::cells).sum();
    limits::check_cells(cells, sheets.iter().any(Sheet::has_formulas))?;
    sheets.iter().try_for_each(check_sheet)
}

fn check_names(sheets: &[Sheet]) -> Result<(), Error> {
    for (index, Sheet { name, .. }) in sheets.iter().enumerate() {
        let is_bad = |c: char| matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\') || c.is_control();
        let same = |other: &Sheet| other.name.to_lowercase() == name.to_lowercase();
        let why = if name.is_empty() || name.chars().count() > 31 {
            "a name has 1 to 31 characters"
        } else if name.contains(is_bad) || name.starts_with('\'') || name.ends_with('\'') {
            "a name has none of [ ] : * ? / \\ and no ' at its ends"
        } else if sheets[..index].iter().any(same) {
            "there is one of this name"
        } else {
            continue;
        };
        return Err(Error::invalid(format!("sheet {index} cannot be named {name:?}: {why}")));
    }
    Ok(())
}

fn check_sheet(sheet: &Sheet) -> Result<(), Error> {
    for group in &sheet.groups {
        if sheet.column(&group.from)? > sheet.column(&group.to)? {
            return Err(Error::invalid(format!("the group {:?} ends before it begins", group.text)));
        }
    }
    sheet.charts.iter().try_for_each(|chart| chart.check(sheet))?;
    check_rows(sheet)
}

fn check_rows(sheet: &Sheet) -> Result<(), Error> {
    let first = sheet.header_row() + 1;
    for (row, cells) in (first..).zip(&sheet.rows) {
        if cells.len() > sheet.columns.len() {
            return Err(Error::invalid(format!(
                "row {} of sheet {} has {} cells and the sheet {} columns; add the missing columns",
                row + 1,
                sheet.name,
                cells.len(),
                sheet.columns.len()
            )));
        }
        for (column, cell) in (0..).zip(cells) {
            check_cell(cell).map_err(|reason| {
                Error::invalid(format!("{}!{}: {reason}", sheet.name, cowork_tables::cell_name(row, column)))
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
