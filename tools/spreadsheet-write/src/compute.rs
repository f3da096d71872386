//! The values of formulas, by the engine of IronCalc. A spreadsheet that only holds formulas shows nothing in a
//! viewer that does not compute, and a model would never learn that one of them is wrong.

use std::fmt;

use cowork_tool::{Error, JsonSchema, Serialize};
use ironcalc_base::Model;
use ironcalc_base::cell::CellValue;
use ironcalc_base::types::{self, CellType};

use crate::input::{Cell, Column, Kind, Sheet, parse_date};

/// A formula with its value.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
pub struct Formula {
    /// Such as `C10`.
    pub cell: String,
    /// With its `=`.
    pub formula: String,
    /// What it gives.
    pub value: Value,
}

/// What a formula gives.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Value {
    /// A number; a date is its days since 1899-12-30.
    Number(f64),
    /// True or false.
    Bool(bool),
    /// A text.
    Text(String),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Number(number) => number.fmt(f),
            Value::Bool(value) => f.write_str(if *value { "TRUE" } else { "FALSE" }),
            Value::Text(text) => f.write_str(text),
        }
    }
}

/// The formulas of each sheet, in the order of their cells. Fails with the first one that gives an error.
pub(crate) fn compute(sheets: &[Sheet]) -> Result<Vec<Vec<Formula>>, Error> {
    if !sheets.iter().any(Sheet::has_formulas) {
        return Ok(sheets.iter().map(|_| Vec::new()).collect());
    }
    let mut model = Model::new_empty("workbook", "en", "UTC", "en").map_err(Error::failed)?;
    add_sheets(&mut model, sheets)?;
    for (index, sheet) in (0..).zip(sheets) {
        fill(&mut model, index, sheet)?;
    }
    model.evaluate();
    (0..).zip(sheets).map(|(index, sheet)| values(&model, index, sheet)).collect()
}

/// All sheets first: a formula may refer to a later one.
fn add_sheets(model: &mut Model<'_>, sheets: &[Sheet]) -> Result<(), Error> {
    for (index, sheet) in (0..).zip(sheets) {
        let added = match index {
            0 => model.rename_sheet_by_index(0, &sheet.name),
            _ => model.add_sheet(&sheet.name),
        };
        added.map_err(|reason| {
            Error::invalid(format!("sheet {index} cannot be named {:?}: {reason}", sheet.name))
        })?;
    }
    Ok(())
}

fn fill(model: &mut Model<'_>, index: u32, sheet: &Sheet) -> Result<(), Error> {
    let header_row = place(sheet.header_row());
    for (column, header) in (1..).zip(&sheet.columns) {
        model.update_cell_with_text(index, header_row, column, &header.header).map_err(Error::failed)?;
    }
    sheet.each_row(&mut |row, cells| {
        for (column, (cell, about)) in (1..).zip(cells.iter().zip(&sheet.columns)) {
            set(model, (index, place(row), column), cell, about)
                .map_err(|reason| Error::failed(reason).about(name_of(sheet, row, column)))?;
        }
        Ok(())
    })
}

/// As the engine counts, from 1.
fn place(row: u32) -> i32 {
    i32::try_from(row).unwrap_or(i32::MAX - 1) + 1
}

fn set(model: &mut Model<'_>, at: (u32, i32, i32), cell: &Cell, about: &Column) -> Result<(), String> {
    let (sheet, row, column) = at;
    match cell {
        Cell::Empty(()) => Ok(()),
        Cell::Bool(value) => model.update_cell_with_bool(sheet, row, column, *value),
        Cell::Number(value) => model.update_cell_with_number(sheet, row, column, *value),
        Cell::Formula { formula } => model.update_cell_with_formula(sheet, row, column, with_equals(formula)),
        Cell::Text(text) => match parse_date(text).filter(|_| about.kind == Kind::Date) {
            Some(date) => model.update_cell_with_number(sheet, row, column, date.to_excel()),
            None => model.update_cell_with_text(sheet, row, column, text),
        },
        Cell::Date { date } => match parse_date(date) {
            Some(date) => model.update_cell_with_number(sheet, row, column, date.to_excel()),
            None => Err(format!("`{date}` is not a date like 2026-03-14")),
        },
    }
}

fn values(model: &Model<'_>, index: u32, sheet: &Sheet) -> Result<Vec<Formula>, Error> {
    let mut formulas = Vec::new();
    sheet.each_row(&mut |row, cells| {
        for (column, cell) in (1..).zip(cells) {
            let Cell::Formula { formula } = cell else { continue };
            let formula = with_equals(formula);
            let value = value(model, (index, place(row), column)).map_err(|reason| {
                Error::failed(format!("the formula {formula} {reason}")).about(name_of(sheet, row, column))
            })?;
            formulas.push(Formula { cell: name(row, column), formula, value });
        }
        Ok(())
    })?;
    Ok(formulas)
}

fn value(model: &Model<'_>, at: (u32, i32, i32)) -> Result<Value, String> {
    let (sheet, row, column) = at;
    let cell =
        model.workbook.worksheet(sheet)?.cell(row, column).map(|cell| cell.into_owned()).unwrap_or_default();
    let found = model.get_cell_value_by_index(sheet, row, column)?;
    if cell.get_type() == CellType::ErrorValue {
        let CellValue::String(error) = found else { return Err("gives an error".to_owned()) };
        return Err(format!("gives {error}; {}", advice(&error)));
    }
    if matches!(cell, types::Cell::ArrayFormula { r, .. } if r != (1, 1)) {
        return Err("gives many values; use one that gives one value".to_owned());
    }
    Ok(match found {
        CellValue::Number(number) => Value::Number(number),
        CellValue::Boolean(value) => Value::Bool(value),
        CellValue::String(text) => Value::Text(text),
        CellValue::None => Value::Number(0.0),
    })
}

fn advice(error: &str) -> &'static str {
    match error {
        "#REF!" => "it refers to a cell or sheet that does not exist",
        "#NAME?" => "it uses a function or name that does not exist",
        "#DIV/0!" => "it divides by zero or by an empty cell",
        "#VALUE!" => "a value in it has the wrong kind, such as a text for a number",
        "#CIRC!" => "it depends on itself",
        "#N/A" => "it looks for a value that is not there",
        "#NUM!" => "a number in it is out of range",
        "#SPILL!" => "it gives many values and the cells for them are taken",
        "#N/IMPL!" => "it uses a function that cannot be computed here",
        _ => "it cannot be understood: formulas are in English, with commas between arguments",
    }
}

fn with_equals(formula: &str) -> String {
    format!("={}", formula.trim().trim_start_matches('='))
}

fn name_of(sheet: &Sheet, row: u32, column: i32) -> String {
    format!("{}!{}", sheet.name, name(row, column))
}

/// From a row that is counted from 0 and a column that is counted from 1.
fn name(row: u32, column: i32) -> String {
    cowork_tables::cell_name(row, u32::try_from(column - 1).unwrap_or_default())
}
