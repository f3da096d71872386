//! A page as text for a model.

use crate::page::MOST_COLUMNS;
use crate::{Reading, Sheet};
use serde_json::Value;
use std::fmt::Write as _;

/// Sheets that are listed.
const MOST_SHEETS: usize = 50;

pub(crate) fn text(reading: &Reading) -> String {
    let mut text = reading.path.clone();
    if !reading.sheets.is_empty() {
        let sheets: Vec<_> = reading.sheets.iter().take(MOST_SHEETS).map(sheet).collect();
        let more = reading.sheets.len().saturating_sub(MOST_SHEETS);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let _ = write!(text, "\nsheets: {}{more}", sheets.join(", "));
    }
    let place = reading.sheet.as_deref().map(|sheet| format!("{sheet}, ")).unwrap_or_default();
    match (reading.rows.first(), reading.rows.last()) {
        (Some(first), Some(last)) => {
            let _ = write!(text, "\n{place}rows {} to {}:\n", first.row, last.row);
            table(&mut text, reading);
        }
        _ => {
            let _ = write!(text, "\n{place}no cells here");
        }
    }
    let wide = reading.sheets.iter().find(|sheet| Some(&sheet.name) == reading.sheet.as_ref());
    if reading.columns.len() == MOST_COLUMNS
        && wide.is_some_and(|sheet| sheet.columns > Some(MOST_COLUMNS as u32))
    {
        let _ = write!(text, "\nonly {MOST_COLUMNS} columns are shown; read others by `range`");
    }
    if let Some(row) = reading.next_row {
        let _ = write!(text, "\nthere is more: go on with `from_row` {row}");
    }
    text
}

fn sheet(sheet: &Sheet) -> String {
    let size = match (sheet.rows, sheet.columns) {
        (Some(rows), Some(columns)) => format!(" ({rows} rows, {columns} columns)"),
        _ => String::new(),
    };
    format!("{}{size}{}", sheet.name, if sheet.hidden { ", hidden" } else { "" })
}

/// Rows with tabs between the cells.
fn table(text: &mut String, reading: &Reading) {
    let letters = reading.columns.iter().map(|column| format!("\t{} ({})", column.letter, column.kind));
    let _ = write!(text, "row{}", letters.collect::<String>());
    for row in &reading.rows {
        let _ = write!(text, "\n{}", row.row);
        for value in &row.cells {
            let _ = write!(text, "\t{}", cell(value));
        }
        for formula in &row.formulas {
            let _ = write!(text, "\t{} is {}", formula.cell, formula.formula);
        }
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => {
            text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "")
        }
        other => other.to_string(),
    }
}
