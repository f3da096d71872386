//! A tool that runs SQL over tables in files, by SQLite in memory.

mod answer;
mod database;
mod input;
mod load;
mod parquet;
mod save;

use cowork_tables::Source;
use cowork_tool::{Deserialize, Error, JsonSchema, Output, Serialize, relative};

pub use answer::Answer;
use database::Database;
use input::Input;

cowork_tool::export!(data_query {
    title: "Query tables",
    description: "Runs one SELECT (SQLite's dialect: WITH, window functions, dates, JSON) over tables in CSV, TSV, JSON lines, Parquet and spreadsheet files; files stay as they are. Without `sql` it tells each table's columns, kinds and first rows: do that first. Columns with blanks need quotes: \"Unit price\". Dates are texts like 2026-03-14, so strftime and comparisons work. Shows at most 1000 rows a call; `output` writes all rows to a new file, which spreadsheet_write and chart take as their source.",
    annotations: [],
    output: Answer,
});

/// Arguments of [`data_query`].
#[derive(Deserialize, JsonSchema)]
pub struct DataQuery {
    /// The tables, by the names that `sql` gives them.
    #[schemars(length(min = 1, max = 20))]
    pub tables: Vec<NamedTable>,
    /// One SELECT. Without it the tables are described.
    pub sql: Option<String>,
    /// Rows shown at most. Default: 100.
    #[schemars(range(min = 1, max = 1000))]
    pub rows: Option<usize>,
    /// Rows to leave out before the first one shown. Default: 0.
    pub skip: Option<usize>,
    /// A new .csv, .jsonl or .xlsx file for all rows of the answer.
    pub output: Option<String>,
}

/// A table with the name that SQL gives it.
#[derive(Deserialize, JsonSchema)]
pub struct NamedTable {
    /// Default: the file's name without its ending, with `_` for all that is no letter or digit.
    pub name: Option<String>,
    /// A .csv, .tsv, .jsonl, .json, .parquet, .xlsx, .xlsb, .xls or .ods file.
    pub path: String,
    /// Of a spreadsheet. Default: its first sheet.
    pub sheet: Option<String>,
    /// Of a spreadsheet, such as `A3:F100`; its first row holds the columns' names. Default: all of the sheet.
    pub range: Option<String>,
    /// Whether the first row holds the columns' names. Default: true.
    pub header: Option<bool>,
}

/// A table as it was found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TableFacts {
    /// Its name in SQL.
    pub name: String,
    /// Its columns.
    pub columns: Vec<ColumnFacts>,
    /// Its first rows.
    pub first: Vec<Vec<serde_json::Value>>,
}

/// A column of a table.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ColumnFacts {
    /// Its name in SQL, without quotes.
    pub name: String,
    /// What is in its first rows: integer, number, text, date, bool or empty.
    pub kind: input::Kind,
}

/// Runs a query, or describes the tables.
pub fn data_query(args: DataQuery) -> Result<Output, Error> {
    if let Some(path) = &args.output {
        save::check(path)?;
    }
    let mut inputs = Vec::new();
    for table in &args.tables {
        let input = Input::open(table).map_err(|error| about(error, &table.path))?;
        if inputs.iter().any(|other: &Input| other.name.eq_ignore_ascii_case(&input.name)) {
            return Err(Error::invalid(format!(
                "two tables are named {:?}; give one another `name`",
                input.name
            )));
        }
        inputs.push(input);
    }
    match &args.sql {
        None => answer::description(&inputs),
        Some(sql) => query(&args, sql, inputs),
    }
}

/// Says which file an error is about, once.
fn about(error: Error, path: &str) -> Error {
    let path = relative(path);
    if error.message().starts_with(&path) { error } else { error.about(path) }
}

fn query(args: &DataQuery, sql: &str, mut inputs: Vec<Input>) -> Result<Output, Error> {
    let database = Database::new(&inputs)?;
    let needed = database.needed(sql, &inputs)?;
    let mut notes = Vec::new();
    for input in &mut inputs {
        if let Some(columns) = needed.get(&input.name) {
            load::load(&database, input, columns, &mut notes).map_err(|error| about(error, &input.path))?;
        }
    }
    answer::answer(&database, args, sql, notes)
}

impl NamedTable {
    fn source(&self) -> Source {
        Source {
            path: self.path.clone(),
            sheet: self.sheet.clone(),
            range: self.range.clone(),
            header: self.header,
        }
    }
}

#[cfg(test)]
mod tests;
