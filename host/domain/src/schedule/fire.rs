//! What became of each firing of a schedule.

use crate::{ScheduleId, TaskId, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The name of a firing. It follows from the schedule and the time alone, so that whoever deals with it, how often ever,
/// deals with the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FireId(String);

/// One firing, or several that were missed together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fire {
    /// Its name.
    pub id: FireId,
    /// The schedule.
    pub schedule_id: ScheduleId,
    /// Its time by the schedule; of a person's, when they asked for it.
    pub scheduled_at: Timestamp,
    /// Of several that were missed: the first of them, where the time above is the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Who fired it.
    pub fired_by: FiredBy,
    /// What became of it.
    pub status: FireStatus,
    /// Its task, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_id: Option<TaskId>,
    /// When it was dealt with.
    pub created_at: Timestamp,
}

/// Who fired a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FiredBy {
    /// Its time had come.
    Clock,
    /// Somebody wanted it now.
    Person,
}

/// What became of a firing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FireStatus {
    /// It has a task.
    Started,
    /// Its task begins when those of earlier firings are over.
    Queued,
    /// There is none: a task of an earlier firing was not over.
    Skipped,
    /// There is none: nobody was there at its time.
    Missed,
}

impl FireId {
    /// Of a firing at this time.
    pub fn new(schedule: ScheduleId, at: Timestamp, by: FiredBy) -> Self {
        let hand = match by {
            FiredBy::Clock => "",
            FiredBy::Person => "-by-hand",
        };
        Self(format!("{schedule}-{}{hand}", at.format("%Y%m%dT%H%M%S%.3fZ")))
    }
}

impl fmt::Display for FireId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for FireId {
    type Err = std::convert::Infallible;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl FiredBy {
    /// As the database names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clock => "clock",
            Self::Person => "person",
        }
    }
}

impl FireStatus {
    /// As the database names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Queued => "queued",
            Self::Skipped => "skipped",
            Self::Missed => "missed",
        }
    }
}
