//! What would become of a firing, told beforehand.

use crate::ScheduleId;
use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};

/// What would become of a firing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DryRun {
    /// The schedule.
    pub schedule_id: ScheduleId,
    /// The hour that is looked at, as clocks there show it.
    pub at: DateTime<FixedOffset>,
    /// Whether a task would begin at all.
    pub would_begin: bool,
    /// What would be in its way, the worst first.
    pub findings: Vec<Finding>,
}

/// Something that would be in the way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// How much.
    pub impact: Impact,
    /// What, for people.
    pub detail: String,
    /// What they can do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// How much something would be in the way, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Impact {
    /// No task would begin.
    NoTask,
    /// The task would stop.
    Stops,
    /// It would wait for a person.
    Waits,
    /// Tools would be refused what they need.
    Refused,
    /// It is as well to know.
    Note,
}

impl Finding {
    /// With nothing that could be done about it.
    pub fn new(impact: Impact, detail: impl Into<String>) -> Self {
        Self { impact, detail: detail.into(), hint: None }
    }

    /// With what can be done about it.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
