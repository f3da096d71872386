//! The one writer of the database. Units go one after the other, and those that wait for it meanwhile share one commit,
//! so that a disk that takes long to flush is not waited for by each.

use crate::{Error, Result};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Executor as _, SqliteConnection};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

/// Who may write. Clones are the same one.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    lane: Arc<Mutex<Lane>>,
    waiting: Arc<AtomicUsize>,
}

/// The connection, and those units of its open transaction that wait for its commit.
#[derive(Debug)]
struct Lane {
    connection: SqliteConnection,
    group: Vec<oneshot::Sender<Result<()>>>,
    is_open: bool,
}

/// Changes that become final together.
#[derive(Debug)]
pub struct Unit {
    writer: Writer,
    /// None once it is handed on.
    lane: Option<OwnedMutexGuard<Lane>>,
}

impl Writer {
    pub(crate) async fn open(options: &SqliteConnectOptions) -> Result<Self> {
        let connection = options.connect().await.map_err(Error::Open)?;
        let lane = Lane { connection, group: Vec::new(), is_open: false };
        Ok(Self { lane: Arc::new(Mutex::new(lane)), waiting: Arc::default() })
    }

    pub(crate) async fn begin(&self) -> Result<Unit> {
        let waits = Waits::new(&self.waiting);
        let lane = Arc::clone(&self.lane).lock_owned().await;
        drop(waits);
        // From here on its end puts the transaction in order, also if this is given up half way.
        let mut unit = Unit { writer: self.clone(), lane: Some(lane) };
        let lane = unit.lane()?;
        if !lane.is_open {
            lane.is_open = true;
            // Immediate, so that another process is waited for here and not in the middle.
            lane.connection.execute("BEGIN IMMEDIATE").await?;
        }
        lane.connection.execute("SAVEPOINT unit").await?;
        Ok(unit)
    }

    /// Commits what waits for it, after those units that wait already.
    async fn flush(self) {
        self.lane.lock().await.flush().await;
    }
}

impl Lane {
    async fn flush(&mut self) {
        let group = std::mem::take(&mut self.group);
        if !std::mem::take(&mut self.is_open) {
            return;
        }
        let result = match self.connection.execute("COMMIT").await {
            Ok(_) => Ok(()),
            Err(error) => {
                // Where there is nothing to be rolled back any more, that is well.
                let _ = self.connection.execute("ROLLBACK").await;
                Err(Arc::new(error))
            }
        };
        for unit in group {
            // Whoever does not wait any more learns it from the database.
            let _ = unit.send(result.clone().map_err(Error::Commit));
        }
    }

    /// Takes back what the last unit did, and nothing of those that wait for the commit.
    async fn roll_back(&mut self) {
        let undone = self.connection.execute("ROLLBACK TO unit").await.is_ok();
        let closed = undone && self.connection.execute("RELEASE unit").await.is_ok();
        if !closed || self.group.is_empty() {
            // The transaction is gone, with all that was in it, or nobody needs it.
            self.flush().await;
        }
    }
}

impl Unit {
    /// Makes the changes final.
    pub async fn commit(mut self) -> Result<()> {
        let (done, is_done) = oneshot::channel();
        let lane = self.lane()?;
        lane.connection.execute("RELEASE unit").await?;
        lane.group.push(done);
        let (lane, writer) = (self.lane.take(), self.writer.clone());
        let alone = writer.waiting.load(Ordering::Relaxed) == 0;
        // A task of its own: others rest on the commit, whatever becomes of this one.
        let flush = async move {
            match lane {
                Some(mut lane) if alone => lane.flush().await,
                lane => {
                    drop(lane);
                    writer.flush().await;
                }
            }
        };
        tokio::spawn(flush);
        is_done.await.unwrap_or(Err(Error::Closed))
    }

    pub(crate) fn connection(&mut self) -> Result<&mut SqliteConnection> {
        Ok(&mut self.lane()?.connection)
    }

    fn lane(&mut self) -> Result<&mut Lane> {
        self.lane.as_deref_mut().ok_or(Error::Closed)
    }
}

impl Drop for Unit {
    /// What was not committed is taken back, before the next unit begins.
    fn drop(&mut self) {
        let (Some(mut lane), Ok(runtime)) = (self.lane.take(), Handle::try_current()) else { return };
        let writer = self.writer.clone();
        runtime.spawn(async move {
            lane.roll_back().await;
            drop(lane);
            writer.flush().await;
        });
    }
}

/// Counts as waiting, also if it is given up.
struct Waits<'a>(&'a AtomicUsize);

impl<'a> Waits<'a> {
    fn new(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
