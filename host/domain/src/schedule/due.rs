//! What is to be done about firings whose time has come.

use super::{MissedPolicy, Timing};
use crate::Timestamp;
use chrono::Duration;
use serde::{Deserialize, Serialize};

/// A firing that is no later than this is not missed.
pub const GRACE: Duration = Duration::minutes(5);
/// Missed firings that are caught up with at most.
pub const MAX_RUNS: usize = 24;

/// What is to be done about firings whose time has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Due {
    /// Firings that count, oldest first.
    pub runs: Vec<Timestamp>,
    /// Those before them that do not.
    pub missed: Option<Missed>,
}

/// Firings that nothing is done about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    /// The first of them.
    pub first: Timestamp,
    /// The last; the same where there is one.
    pub last: Timestamp,
}

impl Timing {
    /// What is to be done now, where `next` is the first firing that is not dealt with.
    pub fn due(&self, policy: MissedPolicy, next: Timestamp, now: Timestamp) -> Due {
        if next > now {
            return Due::default();
        }
        let before = next - Duration::milliseconds(1);
        let mut come: Vec<Timestamp> = self.latest(before, now, MAX_RUNS + 1).into();
        let on_time = |at: &Timestamp| now - *at <= GRACE;
        let runs = match policy {
            MissedPolicy::Skip => usize::from(come.last().is_some_and(on_time)),
            MissedPolicy::RunOnce => 1,
            MissedPolicy::RunAll => MAX_RUNS,
        };
        let runs = come.split_off(come.len().saturating_sub(runs));
        Due { missed: come.last().map(|last| Missed { first: next, last: *last }), runs }
    }
}

#[cfg(test)]
#[path = "due_tests.rs"]
mod tests;
