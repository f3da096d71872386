//! The database. Nothing outside this room knows SQL.
//!
//! Reads are methods of [`Store`]. Changes are methods of a [`Unit`] of work: one transaction, made final by
//! [`Unit::commit`] and gone without it. One file for each aggregate, under both.

mod agents;
mod approvals;
mod batch;
mod calls;
mod change_sets;
mod checkpoints;
mod claims;
mod compactions;
mod convert;
mod costs;
mod coworkspaces;
mod crashes;
mod deliverables;
mod error;
mod events;
mod forks;
mod grants;
mod ledger;
mod memories;
mod messages;
mod phases;
mod plans;
mod rewinds;
mod schedules;
mod taint;
mod tasks;
mod turns;
mod waiting;
mod warnings;
mod writer;

pub use agents::{AgentPrompt, Learned, LearnedCall};
pub use approvals::Asked;
pub use change_sets::{MadeFile, StoredChanges};
pub use compactions::Compaction;
pub use costs::{Account, Answered};
pub use deliverables::FileChange;
pub use error::Error;
pub use forks::NewIds;
pub use memories::MemoryFile;
pub use plans::NewPlanVersion;
pub use taint::FileObject;
pub use turns::Turn;
pub use writer::Unit;

use cowork_domain::Durability;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use std::path::Path;
use std::time::Duration;
use writer::Writer;

/// The result of everything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An open database.
#[derive(Debug, Clone)]
pub struct Store {
    /// For reading.
    pool: SqlitePool,
    writer: Writer,
}

impl Store {
    /// Opens the SQLite file, makes it if there is none, and brings its tables up to date.
    ///
    /// Write-ahead log. A killed process loses nothing that was committed; with [`Durability::Power`] the log is
    /// flushed at each commit.
    pub async fn open(file: &Path, durability: Durability) -> Result<Self> {
        let synchronous = match durability {
            Durability::Process => SqliteSynchronous::Normal,
            Durability::Power => SqliteSynchronous::Full,
        };
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(synchronous)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(30));
        // Texts of several statements are many.
        let write = options.clone().statement_cache_capacity(400);
        let pool = SqlitePoolOptions::new()
            .max_connections(8)
            .test_before_acquire(false)
            .connect_with(options)
            .await
            .map_err(Error::Open)?;
        sqlx::migrate!("../../migrations/sqlite").run(&pool).await.map_err(Error::Migrate)?;
        Ok(Self { writer: Writer::open(&write).await?, pool })
    }

    /// Begins a unit of work, when those before it are done. Dropped without [`Unit::commit`], nothing of it happened.
    pub async fn begin(&self) -> Result<Unit> {
        self.writer.begin().await
    }
}
