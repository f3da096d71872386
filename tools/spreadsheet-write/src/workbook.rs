//! The .xlsx file.

use crate::chart;
use crate::compute::Formula;
use crate::input::{Cell, Column, Kind, Sheet, parse_date};
use cowork_tool::Error;
use rust_xlsxwriter::{
    Format, FormatAlign, FormatBorder, Table, TableColumn, Workbook, Worksheet, XlsxError,
};

/// Of a column that fits itself, in pixels: about 60 characters.
const WIDEST_COLUMN: u32 = 430;

/// The bytes of the file. `formulas` are those of each sheet, in the order of their cells.
pub(crate) fn build(sheets: &[Sheet], formulas: &[Vec<Formula>]) -> Result<Vec<u8>, Error> {
    let mut workbook = Workbook::new();
    for (sheet, formulas) in sheets.iter().zip(formulas) {
        add_sheet(workbook.add_worksheet(), sheet, formulas)
            .map_err(|error| error.about(format!("sheet {}", sheet.name)))?;
    }
    workbook.save_to_buffer().map_err(Error::failed)
}

fn add_sheet(worksheet: &mut Worksheet, sheet: &Sheet, formulas: &[Formula]) -> Result<(), Error> {
    worksheet.set_name(&sheet.name).map_err(Error::failed)?;
    let header_row = sheet.header_row();
    worksheet.set_freeze_panes(header_row + 1, sheet.freeze_columns).map_err(Error::failed)?;
    write_headers(worksheet, sheet)?;
    write_rows(worksheet, sheet, formulas)?;
    if sheet.table {
        add_table(worksheet, sheet).map_err(Error::failed)?;
    }
    worksheet.set_autofit_max_width(WIDEST_COLUMN);
    worksheet.autofit();
    for (column, about) in (0..).zip(&sheet.columns) {
        if let Some(width) = about.width {
            worksheet.set_column_width(column, width).map_err(Error::failed)?;
        }
    }
    sheet.charts.iter().try_for_each(|about| chart::add(worksheet, sheet, about))
}

fn write_headers(worksheet: &mut Worksheet, sheet: &Sheet) -> Result<(), Error> {
    for (column, about) in (0..).zip(&sheet.columns) {
        let format = header_format(about.kind);
        worksheet
            .write_string_with_format(sheet.header_row(), column, &about.header, &format)
            .map_err(Error::failed)?;
    }
    let format =
        Format::new().set_bold().set_align(FormatAlign::Center).set_border_bottom(FormatBorder::Thin);
    for group in &sheet.groups {
        let (from, to) = (sheet.column(&group.from)?, sheet.column(&group.to)?);
        // One cell cannot be merged with itself.
        let written = match from == to {
            true => worksheet.write_string_with_format(0, from, &group.text, &format),
            false => worksheet.merge_range(0, from, 0, to, &group.text, &format),
        };
        written.map_err(|error| Error::invalid(error).about(format!("the group {:?}", group.text)))?;
    }
    Ok(())
}

fn write_rows(worksheet: &mut Worksheet, sheet: &Sheet, formulas: &[Formula]) -> Result<(), Error> {
    let formats: Vec<_> = sheet.columns.iter().map(format).collect();
    let totals: Vec<_> =
        formats.iter().map(|format| format.clone().set_bold().set_border_top(FormatBorder::Thin)).collect();
    let last = sheet.header_row() as usize + sheet.row_count();
    let date = Format::new().set_num_format(DATE);
    let mut formulas = formulas.iter();
    sheet.each_row(&mut |row, cells| {
        let formats = if row as usize > last { &totals } else { &formats };
        for (column, (cell, (about, format))) in
            (0..).zip(cells.iter().zip(sheet.columns.iter().zip(formats)))
        {
            // A date in a column of another kind would be shown as a number.
            let date = if about.kind == Kind::Date { format } else { &date };
            match cell {
                Cell::Formula { .. } => write_formula(worksheet, (row, column), formulas.next(), format),
                cell => write_cell(worksheet, (row, column), cell, about, (format, date)),
            }
            .map_err(Error::failed)?;
        }
        Ok(())
    })
}

fn write_cell(
    worksheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell,
    about: &Column,
    (format, date_format): (&Format, &Format),
) -> Result<(), XlsxError> {
    let date = match cell {
        Cell::Date { date } => parse_date(date),
        Cell::Text(text) if about.kind == Kind::Date => parse_date(text),
        _ => None,
    };
    match (cell, date) {
        (_, Some(date)) => worksheet.write_datetime_with_format(row, column, &date, date_format)?,
        (Cell::Text(text), None) => worksheet.write_string_with_format(row, column, text, format)?,
        (Cell::Number(number), None) => worksheet.write_number_with_format(row, column, *number, format)?,
        (Cell::Bool(value), None) => worksheet.write_boolean_with_format(row, column, *value, format)?,
        (Cell::Empty(()) | Cell::Formula { .. } | Cell::Date { .. }, None) => worksheet,
    };
    Ok(())
}

fn write_formula(
    worksheet: &mut Worksheet,
    (row, column): (u32, u16),
    formula: Option<&Formula>,
    format: &Format,
) -> Result<(), XlsxError> {
    let Some(Formula { formula, value, .. }) = formula else { return Ok(()) };
    let formula = rust_xlsxwriter::Formula::new(formula).set_result(value.to_string());
    worksheet.write_formula_with_format(row, column, formula, format)?;
    Ok(())
}

/// An Excel table over headers and rows, without totals.
fn add_table(worksheet: &mut Worksheet, sheet: &Sheet) -> Result<(), XlsxError> {
    let columns: Vec<_> =
        sheet.columns.iter().map(|about| TableColumn::new().set_header(about.header.as_str())).collect();
    let table = Table::new().set_columns(&columns);
    let (first, rows) = (sheet.header_row(), u32::try_from(sheet.row_count()).unwrap_or(u32::MAX));
    let last_column = u16::try_from(sheet.columns.len()).unwrap_or(u16::MAX).saturating_sub(1);
    // A table has a row at least, though it may be empty.
    worksheet.add_table(first, 0, first.saturating_add(rows.max(1)), last_column, &table)?;
    Ok(())
}

fn header_format(kind: Kind) -> Format {
    let bold = Format::new().set_bold();
    match kind {
        Kind::Text | Kind::Date => bold,
        Kind::Number | Kind::Currency | Kind::Percent => bold.set_align(FormatAlign::Right),
    }
}

const DATE: &str = "yyyy-mm-dd";

fn format(about: &Column) -> Format {
    let format = Format::new();
    match (&about.format, about.kind) {
        (Some(own), _) => format.set_num_format(own.as_str()),
        (None, Kind::Text | Kind::Number) => format,
        (None, Kind::Currency) => format.set_num_format("#,##0.00"),
        (None, Kind::Date) => format.set_num_format(DATE),
        (None, Kind::Percent) => format.set_num_format("0.00%"),
    }
}
