//! Outcomes that are taken on again and again, by the clock of a place.

mod dry_run;
mod due;
mod fire;
mod standing;
mod timing;

pub use dry_run::{DryRun, Finding, Impact};
pub use due::{Due, GRACE, MAX_RUNS, Missed};
pub use fire::{Fire, FireId, FireStatus, FiredBy};
pub use standing::{STANDING_DAYS, StandingApproval, Unstandable, check_standing};
pub use timing::{InvalidTiming, Timing};

use crate::budget::TaskBudget;
use crate::capability::Powers;
use crate::{PermissionMode, ScheduleId, Slug, TaskId, Timestamp};
use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};

/// An outcome that is taken on whenever the clock says so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// Its identifier.
    pub id: ScheduleId,
    /// What each firing takes on.
    #[serde(flatten)]
    pub task: TaskTemplate,
    /// When it fires.
    #[serde(flatten)]
    pub timing: Timing,
    /// What becomes of firings that nobody was there for.
    pub missed: MissedPolicy,
    /// What becomes of a firing while a task of an earlier one is not over.
    pub overlap: OverlapPolicy,
    /// Since when it does not fire. None: it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_at: Option<Timestamp>,
    /// The first firing that is not dealt with. None: it will never fire again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When a person last changed it.
    pub updated_at: Timestamp,
}

/// What each firing of a schedule takes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskTemplate {
    /// What the person wants, in their words.
    pub outcome: String,
    /// Where.
    pub coworkspace_slug: Slug,
    /// When they are asked.
    #[serde(default)]
    pub permission_mode: PermissionMode,
    /// Start without a review of the plan: nobody may be there at that hour.
    #[serde(default = "yes")]
    pub auto_approve_plan: bool,
    /// What tools may do for it at most. None: what they are granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Powers>,
    /// What each of its tasks may use. What is not set goes by the host's default.
    #[serde(default)]
    pub budget: TaskBudget,
}

fn yes() -> bool {
    true
}

/// What becomes of firings that nobody was there for: the host was down, or the machine asleep.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissedPolicy {
    /// Nothing.
    Skip,
    /// One task for all of them.
    #[default]
    RunOnce,
    /// A task for each, at most [`MAX_RUNS`], the latest.
    RunAll,
}

/// What becomes of a firing while a task of an earlier one is not over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverlapPolicy {
    /// Nothing.
    #[default]
    Skip,
    /// Its task begins when the others are over.
    Queue,
    /// Its task begins beside them.
    Allow,
}

/// A schedule as people see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScheduleView {
    /// The schedule itself.
    #[serde(flatten)]
    pub schedule: Schedule,
    /// The next times at which it fires, as clocks there show them. None while it is paused.
    pub next_firings: Vec<DateTime<FixedOffset>>,
    /// What a person has allowed its tasks to do without asking, revoked and expired ones too.
    pub standing_approvals: Vec<StandingApproval>,
    /// Its tasks that are not over.
    pub open_tasks: Vec<TaskId>,
}

impl MissedPolicy {
    /// As the database and the API name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::RunOnce => "run_once",
            Self::RunAll => "run_all",
        }
    }
}

impl OverlapPolicy {
    /// As the database and the API name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Queue => "queue",
            Self::Allow => "allow",
        }
    }
}
