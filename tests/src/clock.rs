//! A clock that can be set forward.

use cowork_domain::{Clock, SystemClock, Timestamp};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The machine's time and what was added to it.
#[derive(Debug, Default)]
pub struct ForwardClock {
    seconds: AtomicU64,
}

impl ForwardClock {
    /// From now on it is so much later.
    pub fn advance(&self, by: Duration) {
        self.seconds.fetch_add(by.as_secs(), Ordering::Relaxed);
    }
}

impl Clock for ForwardClock {
    fn now(&self) -> Timestamp {
        SystemClock.now() + Duration::from_secs(self.seconds.load(Ordering::Relaxed))
    }
}
