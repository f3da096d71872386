//! SQLite in memory, which may read and nothing else.

use crate::input::{Input, Kind};
use cowork_tool::Error;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Of everything that SQLite holds, in bytes.
const MOST_MEMORY: u32 = 360 * 1024 * 1024;
/// Of one query, without reading the files.
const LONGEST: Duration = Duration::from_secs(45);

const ONLY_SELECT: &str = "only SELECT is possible (WITH before it too); files are not changed by SQL";
/// Steps of SQLite after which the clock is looked at.
const STEPS: i32 = 1000;

/// The places of the columns that a query reads, by table.
pub(crate) type Needed = BTreeMap<String, BTreeSet<usize>>;
type Seen = Arc<Mutex<BTreeSet<(String, String)>>>;

/// A database with a table for each input.
pub(crate) struct Database {
    pub(crate) connection: Connection,
    seen: Seen,
}

impl Database {
    /// Makes the tables, with no rows.
    pub(crate) fn new(inputs: &[Input]) -> Result<Self, Error> {
        let connection = Connection::open_in_memory().map_err(Error::failed)?;
        connection
            .execute_batch(&format!(
                "PRAGMA hard_heap_limit={MOST_MEMORY}; PRAGMA journal_mode=OFF; PRAGMA temp_store=MEMORY;"
            ))
            .map_err(Error::failed)?;
        for input in inputs {
            connection.execute_batch(&create(input)).map_err(|error| {
                Error::invalid(format!("there can be no table of the name {:?}: {error}", input.name))
            })?;
        }
        // The parser goes down a level for each of these; the stack of a component is small.
        let limits = [
            (Limit::SQLITE_LIMIT_SQL_LENGTH, 100_000),
            (Limit::SQLITE_LIMIT_EXPR_DEPTH, 150),
            (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 100),
            (Limit::SQLITE_LIMIT_LENGTH, 16 * 1024 * 1024),
        ];
        for (limit, value) in limits {
            connection.set_limit(limit, value).map_err(Error::failed)?;
        }
        Ok(Self { connection, seen: Seen::default() })
    }

    /// Which columns a query reads: only these need to be loaded. Fails if it does anything but read.
    pub(crate) fn needed(&self, sql: &str, inputs: &[Input]) -> Result<Needed, Error> {
        let seen = Arc::clone(&self.seen);
        let judge = move |context: AuthContext<'_>| judge(&context, &seen);
        self.connection.authorizer(Some(judge)).map_err(Error::failed)?;
        let prepared = self.connection.prepare(sql).map(|statement| statement.column_count());
        self.connection.authorizer(None::<fn(AuthContext<'_>) -> Authorization>).map_err(Error::failed)?;
        let columns = prepared.map_err(|error| explain(&error, inputs))?;
        if columns == 0 {
            // What gives no columns is not asked about by the authorizer in all cases; nothing of it has run.
            return Err(Error::invalid(if sql.trim().is_empty() {
                "`sql` is empty; give one SELECT"
            } else {
                ONLY_SELECT
            }));
        }
        let seen = self.seen.lock().map(|seen| seen.clone()).unwrap_or_default();
        let mut needed = Needed::new();
        for (table, column) in seen {
            let Some(input) = inputs.iter().find(|input| input.name.eq_ignore_ascii_case(&table)) else {
                continue;
            };
            let columns = needed.entry(input.name.clone()).or_default();
            columns.extend(input.columns.iter().position(|known| known.name == column));
        }
        Ok(needed)
    }

    /// Stops a query that takes too long, from now on.
    pub(crate) fn set_clock(&self) -> Result<(), Error> {
        let started = Instant::now();
        self.connection
            .progress_handler(STEPS, Some(move || started.elapsed() > LONGEST))
            .map_err(Error::failed)
    }
}

fn create(input: &Input) -> String {
    let columns = input.columns.iter().map(|column| {
        let affinity = match column.kind {
            Kind::Integer | Kind::Bool => "INTEGER",
            Kind::Number => "REAL",
            Kind::Text | Kind::Date => "TEXT",
            Kind::Empty => "",
        };
        format!("{} {affinity}", quoted(&column.name))
    });
    format!("CREATE TABLE {} ({});", quoted(&input.name), columns.collect::<Vec<_>>().join(", "))
}

/// A name in SQL.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\"").replace('\0', ""))
}

fn judge(context: &AuthContext<'_>, seen: &Seen) -> Authorization {
    match context.action {
        AuthAction::Read { table_name, column_name } => {
            if let Ok(mut seen) = seen.lock() {
                seen.insert((table_name.to_owned(), column_name.to_owned()));
            }
            Authorization::Allow
        }
        AuthAction::Select | AuthAction::Recursive | AuthAction::Function { .. } => Authorization::Allow,
        _ => Authorization::Deny,
    }
}

/// What SQLite says, with what would mend it.
pub(crate) fn explain(error: &rusqlite::Error, inputs: &[Input]) -> Error {
    let text = match error {
        rusqlite::Error::SqliteFailure(_, Some(text)) => text.clone(),
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        rusqlite::Error::MultipleStatement => {
            return Error::invalid("`sql` is more than one statement; give one SELECT");
        }
        other => other.to_string(),
    };
    match error.sqlite_error_code() {
        Some(ErrorCode::AuthorizationForStatementDenied) => Error::invalid(ONLY_SELECT),
        Some(ErrorCode::OutOfMemory | ErrorCode::DiskFull) => Error::failed(format!(
            "the query needs more than {} MiB of memory, which is the limit; name fewer columns, or filter and group more",
            MOST_MEMORY >> 20
        )),
        Some(ErrorCode::OperationInterrupted) => Error::failed(format!(
            "the query takes longer than {} s, which is the limit; is a join without a condition?",
            LONGEST.as_secs()
        )),
        _ => Error::invalid(format!("{text}{}", hint(&text, inputs))),
    }
}

/// What a wrong name may have meant.
fn hint(text: &str, inputs: &[Input]) -> String {
    if let Some(name) = text.strip_prefix("no such table: ") {
        let names: Vec<_> = inputs.iter().map(|input| format!("{:?}", input.name)).collect();
        let near = cowork_tables::nearest(name, inputs.iter().map(|input| input.name.as_str()));
        let near = near.map(|name| format!("; did you mean {name:?}?")).unwrap_or_default();
        return format!("{near}; the tables are: {}", names.join(", "));
    }
    let Some(name) = text.strip_prefix("no such column: ") else { return String::new() };
    let wanted = name.split(" - ").next().unwrap_or(name).rsplit('.').next().unwrap_or(name);
    let columns = || inputs.iter().flat_map(|input| &input.columns).map(|column| column.name.as_str());
    let near =
        cowork_tables::nearest(wanted, columns()).map(|name| format!("; did you mean {}?", quoted(name)));
    let shown: Vec<_> = columns().take(60).map(quoted).collect();
    format!("{}; the columns are: {}", near.unwrap_or_default(), shown.join(", "))
}
