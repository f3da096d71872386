//! The versions of a task's plan: who wrote which, and what became of it.

use crate::{Plan, Timestamp};
use serde::{Deserialize, Serialize};

/// One version of a plan, in force or proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanVersion {
    /// Its number, from 1 within the task.
    pub version: u32,
    /// Who wrote it.
    pub author: PlanAuthor,
    /// What became of it.
    pub status: PlanStatus,
    /// Whether the task goes by it now.
    pub in_force: bool,
    /// Of a revision: what the person asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// Why it was dropped or could not be written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The plan. None while the model writes it, or where it could not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// The version that it changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub based_on: Option<u32>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it came into force, was dropped or failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Timestamp>,
}

/// Who wrote a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanAuthor {
    /// The model, from the outcome.
    Planner,
    /// A person, by hand.
    Person,
    /// The model, from a person's words.
    Revision,
    /// It was copied from the task that this one was forked from.
    Fork,
}

/// What became of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanStatus {
    /// The model is at it.
    Writing,
    /// It waits for a person.
    Proposed,
    /// It is in force, or was.
    Accepted,
    /// A person dropped it, or the plan that it changes is in force no longer.
    Dropped,
    /// The model could not write it.
    Failed,
}

impl PlanAuthor {
    /// As the database names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Planner => "planner",
            Self::Person => "person",
            Self::Revision => "revision",
            Self::Fork => "fork",
        }
    }
}

impl PlanStatus {
    /// As the database names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Writing => "writing",
            Self::Proposed => "proposed",
            Self::Accepted => "accepted",
            Self::Dropped => "dropped",
            Self::Failed => "failed",
        }
    }
}
