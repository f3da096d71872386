//! The .xlsx file.

use cowork_tool::Error;
use rust_xlsxwriter::{Format, FormatAlign, Workbook, Worksheet, XlsxError};

use crate::compute::Formula;
use crate::input::{Cell, Column, Kind, Sheet, parse_date};

/// Of a column that fits itself, in pixels: about 60 characters.
const WIDEST_COLUMN: u32 = 430;

/// The bytes of the file. `formulas` are those of each sheet, in the order of their cells.
pub(crate) fn build(sheets: &[Sheet], formulas: &[Vec<Formula>]) -> Result<Vec<u8>, Error> {
    let mut workbook = Workbook::new();
    for (sheet, formulas) in sheets.iter().zip(formulas) {
        add_sheet(workbook.add_worksheet(), sheet, formulas)
            .map_err(|error| Error::failed(error).about(format!("sheet {}", sheet.name)))?;
    }
    workbook.save_to_buffer().map_err(Error::failed)
}

fn add_sheet(worksheet: &mut Worksheet, sheet: &Sheet, formulas: &[Formula]) -> Result<(), XlsxError> {
    worksheet.set_name(&sheet.name)?;
    worksheet.set_freeze_panes(1, 0)?;
    for (column, about) in (0..).zip(&sheet.columns) {
        worksheet.write_with_format(0, column, &about.header, &header_format(about.kind))?;
    }
    let formats: Vec<_> = sheet.columns.iter().map(|about| format(about.kind)).collect();
    let mut formulas = formulas.iter();
    for (row, cells) in (1..).zip(&sheet.rows) {
        for (column, (cell, (about, format))) in
            (0..).zip(cells.iter().zip(sheet.columns.iter().zip(&formats)))
        {
            match cell {
                Cell::Formula { .. } => write_formula(worksheet, (row, column), formulas.next(), format)?,
                cell => write_cell(worksheet, (row, column), cell, about, format)?,
            }
        }
    }
    worksheet.set_autofit_max_width(WIDEST_COLUMN);
    worksheet.autofit();
    for (column, about) in (0..).zip(&sheet.columns) {
        if let Some(width) = about.width {
            worksheet.set_column_width(column, width)?;
        }
    }
    Ok(())
}

fn write_cell(
    worksheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell,
    about: &Column,
    format: &Format,
) -> Result<(), XlsxError> {
    let date = match cell {
        Cell::Date { date } => parse_date(date),
        Cell::Text(text) if about.kind == Kind::Date => parse_date(text),
        _ => None,
    };
    match (cell, date) {
        (_, Some(date)) => {
            // A date in a column of another kind would be shown as a number.
            worksheet.write_datetime_with_format(row, column, &date, &self::format(Kind::Date))?
        }
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

fn header_format(kind: Kind) -> Format {
    let bold = Format::new().set_bold();
    match kind {
        Kind::Text | Kind::Date => bold,
        Kind::Number | Kind::Currency | Kind::Percent => bold.set_align(FormatAlign::Right),
    }
}

fn format(kind: Kind) -> Format {
    match kind {
        Kind::Text | Kind::Number => Format::new(),
        Kind::Currency => Format::new().set_num_format("#,##0.00"),
        Kind::Date => Format::new().set_num_format("yyyy-mm-dd"),
        Kind::Percent => Format::new().set_num_format("0.00%"),
    }
}
