//! What a query gives, as a page for a model or as a file.

use crate::database::{Database, explain};
use crate::input::Input;
use crate::save::Sink;
use crate::{ColumnFacts, DataQuery, TableFacts};
use cowork_tables::Cell;
use cowork_tool::{Error, JsonSchema, Output, Serialize, relative};
use rusqlite::types::ValueRef;
use serde_json::Value;

/// Of a page, in characters.
const MOST_TEXT: usize = 40_000;
/// Of one cell of a page, in characters.
const MOST_OF_CELL: usize = 500;
/// Of a column's name, in characters.
const MOST_OF_NAME: usize = 100;
/// Rows that are shown when all are written to a file.
const SHOWN_BESIDE_FILE: usize = 10;

/// Rows, or what the tables are.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Answer {
    /// The tables, when there was no query.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tables: Vec<TableFacts>,
    /// Names of the answer's columns.
    columns: Vec<String>,
    /// Some rows of the answer.
    rows: Vec<Vec<Value>>,
    /// All rows of the answer, where they were counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<usize>,
    /// To see more: the same query with this `skip`.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_skip: Option<usize>,
    /// The file with all rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    /// What is not as one might expect.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

/// Runs a query over tables that are loaded.
pub(crate) fn answer(
    database: &Database,
    args: &DataQuery,
    sql: &str,
    notes: Vec<String>,
) -> Result<Output, Error> {
    database.set_clock()?;
    let failed = |error: rusqlite::Error| explain(&error, &[]);
    let mut statement = database.connection.prepare(sql).map_err(failed)?;
    let columns: Vec<_> = statement.column_names().into_iter().map(str::to_owned).collect();
    let mut sink = args.output.as_deref().map(|path| Sink::create(path, &columns)).transpose()?;
    let most = match sink {
        Some(_) => SHOWN_BESIDE_FILE,
        None => args.rows.unwrap_or(100).clamp(1, 1000),
    };
    let skip = if sink.is_some() { 0 } else { args.skip.unwrap_or(0) };
    // A column without a name has its expression for one.
    let columns = columns.iter().map(|name| name.chars().take(MOST_OF_NAME).collect()).collect();
    let mut answer = Answer { columns, notes, ..Answer::default() };
    let (mut rows, mut number, mut text) = (statement.raw_query(), 0, 0);
    let mut has_more = false;
    while let Some(row) = rows.next().map_err(failed)? {
        let is_shown = number >= skip && answer.rows.len() < most && text <= MOST_TEXT;
        has_more |= number >= skip && !is_shown;
        if sink.is_none() && has_more {
            break;
        }
        number += 1;
        if !is_shown && sink.is_none() {
            continue;
        }
        let values = (0..answer.columns.len()).map(|place| row.get_ref(place).map(value));
        let values = values.collect::<Result<Vec<_>, _>>().map_err(failed)?;
        if let Some(sink) = &mut sink {
            sink.add(&values)?;
        }
        if is_shown {
            text += values.iter().map(|value| shown(value).chars().count() + 1).sum::<usize>();
            answer.rows.push(values);
        }
    }
    match sink {
        Some(sink) => {
            sink.finish()?;
            answer.total = Some(number);
            answer.path = args.output.as_deref().map(relative);
        }
        None if has_more => answer.next_skip = Some(number),
        None => answer.total = Some(number),
    }
    render(answer)
}

fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => number.into(),
        ValueRef::Text(text) | ValueRef::Blob(text) => String::from_utf8_lossy(text).into(),
    }
}

/// Tells what the tables are.
pub(crate) fn description(inputs: &[Input]) -> Result<Output, Error> {
    let mut lines = Vec::new();
    let mut tables = Vec::new();
    for input in inputs {
        let columns: Vec<_> =
            input.columns.iter().map(|column| format!("{:?} {}", column.name, kind(column))).collect();
        lines.push(format!("table {}: {}", input.name, columns.join(", ")));
        let first: Vec<Vec<Value>> =
            input.first.iter().map(|row| row.iter().map(of_cell).collect()).collect();
        lines.extend(first.iter().map(|row| row.iter().map(shown).collect::<Vec<_>>().join("\t")));
        tables.push(TableFacts { name: input.name.clone(), columns: input.columns.clone(), first });
    }
    Output::text(lines.join("\n")).structured(Answer { tables, ..Answer::default() })
}

fn kind(column: &ColumnFacts) -> String {
    format!("{:?}", column.kind).to_lowercase()
}

fn of_cell(cell: &Cell<'_>) -> Value {
    match cell {
        Cell::Empty => Value::Null,
        Cell::Bool(value) => (*value).into(),
        Cell::Integer(number) => (*number).into(),
        Cell::Number(number) => (*number).into(),
        text => text.to_string().into(),
    }
}

fn render(answer: Answer) -> Result<Output, Error> {
    let mut lines = vec![answer.columns.join("\t")];
    lines.extend(answer.rows.iter().map(|row| row.iter().map(shown).collect::<Vec<_>>().join("\t")));
    match (&answer.path, answer.total, answer.next_skip) {
        (Some(path), Some(total), _) => lines.push(format!("wrote all {total} rows to {path}")),
        (_, Some(total), _) => lines.push(format!("{total} rows")),
        (_, _, Some(skip)) => {
            lines.push(format!("there are more rows: go on with `skip` {skip}, or write all by `output`"))
        }
        _ => {}
    }
    lines.extend(answer.notes.iter().map(|note| format!("note: {note}")));
    let output = Output::text(lines.join("\n"));
    let output = answer.path.iter().fold(output, |output, path| output.file(path));
    output.structured(answer)
}

/// A value in a line with tabs between.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => {
            let cut = text.char_indices().nth(MOST_OF_CELL).map(|(end, _)| format!("{}…", &text[..end]));
            let text = cut.as_deref().unwrap_or(text);
            text.replace('\t', "\\t").replace('\n', "\\n").replace('\r', "")
        }
        Value::Number(number) => number
            .as_f64()
            .filter(|_| number.is_f64())
            .map_or_else(|| number.to_string(), |number| Cell::Number(number).to_string()),
        other => other.to_string(),
    }
}
