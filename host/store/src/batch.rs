//! Statements of a unit that give nothing back, put together: they go to the database with the next one that does, or
//! with the commit. Each trip there wakes a thread and waits for it, which takes longer than most statements do.

use crate::{Result, Unit};
use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments as _, AssertSqlSafe, Encode, FromRow, Sqlite, SqliteConnection, Type};

/// So many parameters go in one trip; a unit may have any number.
const PARAMETERS: usize = 400;
/// A longer one is hardly ever the same as one before, so it is not kept prepared.
const KEPT: usize = 24;

/// Statements on their way together, in one text with one list of parameters.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    sql: String,
    arguments: SqliteArguments,
    /// What could not be encoded.
    error: Option<BoxDynError>,
    statements: usize,
}

/// A statement to which its parameters are added, in the order of their numbers.
#[derive(Debug)]
pub(crate) struct Later<'a> {
    unit: &'a mut Unit,
}

impl Unit {
    /// Adds a statement to what goes with the next trip. What goes wrong with it is told then.
    pub(crate) fn later(&mut self, sql: &'static str) -> Later<'_> {
        if self.batches.last().is_none_or(|batch| batch.arguments.len() > PARAMETERS) {
            self.batches.push(Batch::default());
        }
        if let Some(batch) = self.batches.last_mut() {
            batch.add(sql);
        }
        Later { unit: self }
    }
}

impl Later<'_> {
    /// Adds the next parameter.
    pub(crate) fn bind<'t, T: Encode<'t, Sqlite> + Type<Sqlite>>(self, value: T) -> Self {
        if let Some(batch) = self.unit.batches.last_mut() {
            batch.bind(value);
        }
        self
    }

    /// Makes the trip, for the one row that the statement gives.
    pub(crate) async fn fetch_one<O>(self) -> Result<O>
    where
        O: for<'r> FromRow<'r, SqliteRow> + Send + Unpin,
    {
        let (batch, connection) = self.unit.last_batch().await?;
        let (sql, arguments, is_kept) = batch.into_parts()?;
        let query = sqlx::query_as_with(AssertSqlSafe(sql), arguments).persistent(is_kept);
        Ok(query.fetch_one(connection).await?)
    }

    /// Makes the trip, for all rows that the statement gives.
    pub(crate) async fn fetch_all<O>(self) -> Result<Vec<O>>
    where
        O: for<'r> FromRow<'r, SqliteRow> + Send + Unpin,
    {
        let (batch, connection) = self.unit.last_batch().await?;
        let (sql, arguments, is_kept) = batch.into_parts()?;
        let query = sqlx::query_as_with(AssertSqlSafe(sql), arguments).persistent(is_kept);
        Ok(query.fetch_all(connection).await?)
    }
}

impl Batch {
    /// Puts a text without parameters before all statements.
    pub(crate) fn begin_with(&mut self, sql: &str) {
        self.sql.insert_str(0, sql);
    }

    /// Puts a text without parameters behind them.
    pub(crate) fn end_with(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }

    pub(crate) async fn execute(self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let (sql, arguments, is_kept) = self.into_parts()?;
        sqlx::query_with(AssertSqlSafe(sql), arguments).persistent(is_kept).execute(connection).await?;
        Ok(())
    }

    fn add(&mut self, sql: &str) {
        renumber(&mut self.sql, sql, self.arguments.len());
        self.sql.push(';');
        self.statements += 1;
    }

    fn bind<'t, T: Encode<'t, Sqlite> + Type<Sqlite>>(&mut self, value: T) {
        if let Err(error) = self.arguments.add(value) {
            self.error.get_or_insert(error);
        }
    }

    /// The text, its parameters, and whether it is kept prepared.
    fn into_parts(self) -> Result<(String, SqliteArguments, bool), sqlx::Error> {
        match self.error {
            Some(error) => Err(sqlx::Error::Encode(error)),
            None => Ok((self.sql, self.arguments, self.statements <= KEPT)),
        }
    }
}

/// The statement with the numbers of its parameters after those that are there already.
fn renumber(text: &mut String, sql: &str, before: usize) {
    let mut rest = sql;
    while let Some((head, tail)) = rest.split_once('$') {
        text.push_str(head);
        text.push('$');
        let end = tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len());
        // A path into JSON begins with the same sign.
        match tail[..end].parse::<usize>() {
            Ok(number) => text.push_str(&(number + before).to_string()),
            Err(_) => text.push_str(&tail[..end]),
        }
        rest = &tail[end..];
    }
    text.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_numbered_on_and_paths_into_json_stay() {
        let mut text = "UPDATE a SET b = $2 WHERE c = $1;".to_owned();
        renumber(&mut text, "SELECT json_extract(d, '$.e') FROM f WHERE g = $1 AND h = $12", 2);
        assert_eq!(
            text,
            "UPDATE a SET b = $2 WHERE c = $1;SELECT json_extract(d, '$.e') FROM f WHERE g = $3 AND h = $14"
        );
    }
}
