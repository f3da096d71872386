//! How far a task is, for people and programs.

use crate::budget::{Spent, TaskBudget};
use crate::call::SubtaskStatus;
use crate::deliverable::Deliverable;
use crate::message::Usage;
use crate::preflight::Preflight;
use crate::warning::Warning;
use crate::{PhaseId, SubtaskId, Task};
use serde::{Deserialize, Serialize};

/// Everything that a person wants to see of a task at a glance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskProgress {
    /// The task itself.
    pub task: Task,
    /// What the plan says in one sentence; empty before there is one.
    pub summary: String,
    /// The phases in the order of the plan.
    pub phases: Vec<PhaseProgress>,
    /// 0 to 1, over all subtasks.
    pub progress: f64,
    /// Turns taken so far.
    pub turns: u32,
    /// Tokens used so far.
    pub usage: Usage,
    /// What it has used of its budget.
    pub spent: Spent,
    /// What it may use.
    pub budget: TaskBudget,
    /// Questions that wait for a person.
    pub open_approvals: u32,
    /// What has been handed over.
    pub deliverables: Vec<Deliverable>,
    /// While the plan waits for a person: what can be known of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preflight: Option<Preflight>,
    /// What a person should look at themselves.
    #[serde(default)]
    pub warnings: Vec<Warning>,
}

/// One phase of a running plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PhaseProgress {
    /// Its identifier.
    pub id: PhaseId,
    /// Its name.
    pub name: String,
    /// Whether it is at work.
    pub status: PhaseStatus,
    /// Whether its subtasks are independent.
    pub parallel: bool,
    /// 0 to 1.
    pub progress: f64,
    /// Its lines.
    pub subtasks: Vec<SubtaskProgress>,
}

/// One subtask of a running plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubtaskProgress {
    /// Its stable identifier.
    pub id: SubtaskId,
    /// The line of the plan.
    pub title: String,
    /// How far it is.
    pub status: SubtaskStatus,
    /// What the agent said of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Whether a phase is at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhaseStatus {
    /// Not begun.
    Pending,
    /// At work.
    Running,
    /// Finished.
    Completed,
}

impl SubtaskProgress {
    /// Whether nobody works on it any more.
    pub fn is_over(&self) -> bool {
        matches!(self.status, SubtaskStatus::Completed | SubtaskStatus::Failed)
    }
}

impl PhaseStatus {
    /// As the database names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Completed => "completed",
        }
    }
}
