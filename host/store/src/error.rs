use std::sync::Arc;

/// Why the database did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be opened or made.
    #[error("cannot open the database")]
    Open(#[source] sqlx::Error),
    /// Its tables cannot be brought up to date.
    #[error("cannot bring the database up to date")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// The changes of a unit did not become final.
    #[error("the database did not commit")]
    Commit(#[source] Arc<sqlx::Error>),
    /// The host ends, and with it the database.
    #[error("the database is closed")]
    Closed,
    /// A statement failed.
    #[error("the database refused a statement")]
    Statement(#[from] sqlx::Error),
    /// A column holds what this version does not understand.
    #[error("the database holds a value of {column} that is not understood: {value:?}")]
    Value {
        /// The column.
        column: &'static str,
        /// What it holds.
        value: String,
        /// Why it is not understood, where more is to say.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// JSON does not fit its type.
    #[error("the database holds JSON in {column} that is not understood")]
    Json {
        /// The column.
        column: &'static str,
        /// What does not fit.
        #[source]
        source: serde_json::Error,
    },
}

impl Error {
    /// Whether a row of the same key was there already.
    pub fn is_duplicate(&self) -> bool {
        matches!(self, Self::Statement(sqlx::Error::Database(error)) if error.is_unique_violation())
    }
}
