//! Time as a parameter, so that tests decide what time it is.

use crate::Timestamp;

/// Tells the time. Rooms take one instead of asking the machine.
pub trait Clock: Send + Sync {
    /// The current time, cut to milliseconds: what is stored is what was meant.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine")]
    fn now(&self) -> Timestamp {
        let now = chrono::Utc::now();
        chrono::DateTime::from_timestamp_millis(now.timestamp_millis()).unwrap_or(now)
    }
}
