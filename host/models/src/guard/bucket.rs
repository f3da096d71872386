//! A token bucket: so much in a minute, with one minute's worth at once. It is measured with tokio's clock, which tests
//! stop; crates for it bring clocks of their own.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

#[derive(Debug)]
pub(super) struct Bucket {
    per_minute: f64,
    /// Who came first is served first.
    queue: tokio::sync::Mutex<()>,
    level: Mutex<Level>,
}

#[derive(Debug)]
struct Level {
    amount: f64,
    at: Instant,
}

impl Bucket {
    pub(super) fn new(per_minute: u32) -> Self {
        let per_minute = f64::from(per_minute.max(1));
        let level = Level { amount: per_minute, at: Instant::now() };
        Self { per_minute, queue: tokio::sync::Mutex::default(), level: Mutex::new(level) }
    }

    /// Takes so much, when it is there. More than fits is taken when the bucket is full, and owed.
    pub(super) async fn take(&self, amount: u32) {
        let _turn = self.queue.lock().await;
        while let Some(wait) = self.try_take(f64::from(amount)) {
            tokio::time::sleep(wait).await;
        }
    }

    /// Corrects what was taken by what it came to.
    pub(super) fn charge(&self, more: f64) {
        let mut level = self.refilled();
        level.amount = (level.amount - more).min(self.per_minute);
    }

    /// How long to wait until there is enough; `None` if it was taken.
    fn try_take(&self, amount: f64) -> Option<Duration> {
        let mut level = self.refilled();
        let missing = amount.min(self.per_minute) - level.amount;
        if missing <= 0.0 {
            level.amount -= amount;
            return None;
        }
        // At least a millisecond: a wait that is rounded to nothing would be asked for again and again.
        Some(Duration::from_secs_f64(missing * 60.0 / self.per_minute).max(Duration::from_millis(1)))
    }

    fn refilled(&self) -> MutexGuard<'_, Level> {
        let mut level = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let gained = now.duration_since(level.at).as_secs_f64() * self.per_minute / 60.0;
        level.amount = (level.amount + gained).min(self.per_minute);
        level.at = now;
        level
    }
}
