//! The one writer of the database. Units go one after the other, and those that wait for it meanwhile share one commit,
//! so that a disk that takes long to flush is not waited for by each.

use crate::batch::Batch;
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
    /// Whether the database knows of it.
    is_begun: bool,
    /// What is to be done with the next trip to it.
    pub(crate) batches: Vec<Batch>,
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
        Ok(Unit { writer: self.clone(), lane: Some(lane), is_begun: false, batches: Vec::new() })
    }

    /// Commits what waits for it, after those units that wait already.
    async fn flush(self) {
        self.lane.lock().await.flush(Batch::default()).await;
    }
}

impl Lane {
    /// Commits, after what is to be done before.
    async fn flush(&mut self, mut last: Batch) {
        let group = std::mem::take(&mut self.group);
        if !std::mem::take(&mut self.is_open) {
            return;
        }
        last.end_with("COMMIT");
        let result = match last.execute(&mut self.connection).await {
            Ok(()) => Ok(()),
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
            self.flush(Batch::default()).await;
        }
    }
}

impl Unit {
    /// Makes the changes final.
    pub async fn commit(mut self) -> Result<()> {
        if !self.is_begun && self.batches.is_empty() {
            return Ok(());
        }
        let mut last = self.trip().await?;
        last.end_with("RELEASE unit;");
        let (done, is_done) = oneshot::channel();
        let writer = self.writer.clone();
        let is_alone = writer.waiting.load(Ordering::Relaxed) == 0;
        if !is_alone || !self.lane()?.group.is_empty() {
            let lane = self.lane()?;
            std::mem::take(&mut last).execute(&mut lane.connection).await?;
        }
        let mut lane = self.lane.take().ok_or(Error::Closed)?;
        lane.group.push(done);
        // A task of its own in both cases: others rest on the commit, whatever becomes of this one.
        if is_alone {
            tokio::spawn(async move { lane.flush(last).await });
        } else {
            drop(lane);
            tokio::spawn(writer.flush());
        }
        is_done.await.unwrap_or(Err(Error::Closed))
    }

    /// The connection, after all that was to be done before.
    pub(crate) async fn connection(&mut self) -> Result<&mut SqliteConnection> {
        if !self.is_begun || !self.batches.is_empty() {
            let (last, connection) = self.last_batch().await?;
            last.execute(connection).await?;
        }
        Ok(&mut self.lane()?.connection)
    }

    /// What is left to be done, and where.
    pub(crate) async fn last_batch(&mut self) -> Result<(Batch, &mut SqliteConnection)> {
        let last = self.trip().await?;
        Ok((last, &mut self.lane()?.connection))
    }

    /// Does what was put together but for the last batch, which begins the unit if nothing did so before.
    async fn trip(&mut self) -> Result<Batch> {
        let mut batches = std::mem::take(&mut self.batches);
        let mut last = batches.pop().unwrap_or_default();
        let first = batches.first_mut().unwrap_or(&mut last);
        if !std::mem::replace(&mut self.is_begun, true) {
            // Immediate, so that another process is waited for here and not in the middle.
            let begin = "BEGIN IMMEDIATE;SAVEPOINT unit;";
            let is_open = std::mem::replace(&mut self.lane()?.is_open, true);
            first.begin_with(if is_open { "SAVEPOINT unit;" } else { begin });
        }
        for batch in batches {
            batch.execute(&mut self.lane()?.connection).await?;
        }
        Ok(last)
    }

    fn lane(&mut self) -> Result<&mut Lane> {
        self.lane.as_deref_mut().ok_or(Error::Closed)
    }
}

impl Drop for Unit {
    /// What was not committed is taken back, before the next unit begins.
    fn drop(&mut self) {
        let (Some(mut lane), Ok(runtime)) = (self.lane.take(), Handle::try_current()) else { return };
        if !self.is_begun {
            return;
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    async fn writer(dir: &tempfile::TempDir) -> Writer {
        let options = SqliteConnectOptions::new().filename(dir.path().join("db")).create_if_missing(true);
        let writer = Writer::open(&options).await.expect("a database");
        let mut unit = writer.begin().await.expect("a unit");
        unit.connection()
            .await
            .expect("open")
            .execute("CREATE TABLE t (n INTEGER UNIQUE)")
            .await
            .expect("a table");
        unit.commit().await.expect("a commit");
        writer
    }

    async fn insert(unit: &mut Unit, number: i64) -> Result<()> {
        let insert = sqlx::query("INSERT INTO t VALUES ($1)").bind(number);
        insert.execute(unit.connection().await?).await?;
        Ok(())
    }

    async fn numbers(writer: &Writer) -> Vec<i64> {
        let mut unit = writer.begin().await.expect("a unit");
        let all = sqlx::query_scalar("SELECT n FROM t ORDER BY n");
        all.fetch_all(unit.connection().await.expect("open")).await.expect("rows")
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_unit_that_is_given_up_takes_nothing_of_the_others_with_it() {
        let dir = tempfile::tempdir().expect("a folder");
        let writer = writer(&dir).await;
        let units = (0..60).map(|number| {
            let writer = writer.clone();
            tokio::spawn(async move {
                let mut unit = writer.begin().await?;
                insert(&mut unit, number).await?;
                match number % 3 {
                    0 => unit.commit().await,
                    // Given up.
                    1 => Ok(()),
                    _ => insert(&mut unit, number).await,
                }
            })
        });
        for (number, unit) in (0..).zip(units.collect::<Vec<_>>()) {
            let ended = tokio::time::timeout(Duration::from_secs(30), unit).await.expect("in time");
            assert_eq!(ended.expect("a task").is_err(), number % 3 == 2, "a second row of the same number");
        }
        assert_eq!(numbers(&writer).await, (0..60).step_by(3).collect::<Vec<_>>());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_waits_no_longer_leaves_the_writer_to_the_next() {
        let dir = tempfile::tempdir().expect("a folder");
        let writer = writer(&dir).await;
        let mut first = writer.begin().await.expect("a unit");
        insert(&mut first, 1).await.expect("a row");
        let waits = tokio::spawn({
            let writer = writer.clone();
            async move { writer.begin().await.map(drop) }
        });
        tokio::task::yield_now().await;
        waits.abort();
        first.commit().await.expect("a commit");
        assert_eq!(numbers(&writer).await, [1]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn statements_that_go_together_are_done_in_their_order_or_not_at_all() {
        let dir = tempfile::tempdir().expect("a folder");
        let writer = writer(&dir).await;
        let mut unit = writer.begin().await.expect("a unit");
        for number in 0..1000_i64 {
            unit.later("INSERT INTO t VALUES ($1)").bind(number);
        }
        let count: (i64,) = unit.later("SELECT COUNT(*) FROM t").fetch_one().await.expect("a count");
        assert_eq!(count, (1000,));
        unit.later("DELETE FROM t WHERE n >= $1").bind(5_i64);
        unit.commit().await.expect("a commit");
        for number in [7_i64, 8] {
            let mut unit = writer.begin().await.expect("a unit");
            unit.later("INSERT INTO t VALUES ($1)").bind(number);
            unit.later("INSERT INTO t VALUES ($1)").bind(1_i64);
            if number == 7 {
                assert!(unit.commit().await.is_err(), "the second is there");
            }
            // The other one is given up before anybody knows of it.
        }
        assert_eq!(numbers(&writer).await, [0, 1, 2, 3, 4]);
    }
}
