//! A task and the states it goes through.

use crate::{Slug, TaskId, Timestamp};
use serde::{Deserialize, Serialize};

/// An outcome being worked on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Its identifier.
    pub id: TaskId,
    /// Where it works.
    pub coworkspace_slug: Slug,
    /// What the person wants, in their words.
    pub outcome: String,
    /// Where it stands.
    #[serde(flatten)]
    pub state: TaskState,
    /// When a person is asked.
    pub permission_mode: PermissionMode,
    /// Start as soon as the plan is there, without a person's review.
    pub auto_approve_plan: bool,
    /// Of the tasks that a host goes on with at its start those with more come first.
    #[serde(default)]
    pub priority: i32,
    /// When it was created.
    pub created_at: Timestamp,
    /// When its state last changed.
    pub updated_at: Timestamp,
}

/// When a person is asked before a tool runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PermissionMode {
    /// Before each call of a tool that changes something.
    #[default]
    AskBefore,
    /// Never, but deletion is never done without asking.
    ActAutonomously,
}

impl PermissionMode {
    /// As the database and the API name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::AskBefore => "ask_before",
            Self::ActAutonomously => "act_autonomously",
        }
    }
}

/// Where a task stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum TaskState {
    /// Created, nothing done yet.
    Pending,
    /// The model is writing the plan.
    Planning,
    /// The plan waits for a person.
    PlanReady,
    /// Agents are at work.
    Running,
    /// Agents wait for a person's answer.
    Waiting,
    /// Finished, with its report.
    Completed {
        /// What was done, in the words of the synthesis.
        report: String,
    },
    /// Stopped. Everything done so far is kept; starting it again goes on from there.
    Failed {
        /// What a person should know, and what to do about it.
        reason: String,
        /// Where it goes on.
        during: Stage,
    },
    /// It has used what it may use. Everything done so far is kept; with a larger budget it goes on from there.
    OverBudget {
        /// What was used, and what it would need.
        reason: String,
        /// Where it goes on.
        during: Stage,
    },
    /// A person has stopped it for a while. It waits, with everything that it has done and asked.
    Paused {
        /// Where it goes on.
        during: Stage,
    },
    /// A person has ended it. What it had done stays, and can be undone.
    Cancelled,
}

/// The part of a task's life in which it stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// While the plan was made.
    Planning,
    /// While the plan was carried out.
    Running,
}

impl Stage {
    /// As the database names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Planning => "planning",
            Self::Running => "running",
        }
    }
}

/// A change of state that the current state does not allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the task is {from} and cannot {action}")]
pub struct InvalidTransition {
    /// The current status.
    pub from: &'static str,
    /// What was asked for.
    pub action: &'static str,
}

impl TaskState {
    /// The status as the database and the API name it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Planning => "planning",
            Self::PlanReady => "plan_ready",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Completed { .. } => "completed",
            Self::Failed { .. } => "failed",
            Self::OverBudget { .. } => "over_budget",
            Self::Paused { .. } => "paused",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether it has ended, well or not.
    pub fn is_over(&self) -> bool {
        match self {
            Self::Completed { .. } | Self::Failed { .. } | Self::OverBudget { .. } | Self::Cancelled => true,
            Self::Pending
            | Self::Planning
            | Self::PlanReady
            | Self::Running
            | Self::Waiting
            | Self::Paused { .. } => false,
        }
    }

    /// The model begins to write the plan, or goes on with it after the host's end.
    pub fn plan(self) -> Result<Self, InvalidTransition> {
        match self {
            Self::Pending | Self::Planning => Ok(Self::Planning),
            other => Err(other.refuse("be planned")),
        }
    }

    /// A person asks for a plan again, where the first attempt failed.
    pub fn plan_again(self) -> Result<Self, InvalidTransition> {
        match self {
            Self::Failed { during: Stage::Planning, .. }
            | Self::OverBudget { during: Stage::Planning, .. } => Ok(Self::Planning),
            other => Err(other.refuse("be planned anew")),
        }
    }

    /// The model's plan is there.
    pub fn plan_ready(self) -> Result<Self, InvalidTransition> {
        match self {
            Self::Planning => Ok(Self::PlanReady),
            other => Err(other.refuse("take the model's plan")),
        }
    }

    /// A person wrote the plan in place of the model's; or, once there are agents, what remains of it.
    pub fn edit_plan(self) -> Result<Self, InvalidTransition> {
        match self {
            Self::PlanReady
            | Self::Failed { during: Stage::Planning, .. }
            | Self::OverBudget { during: Stage::Planning, .. } => Ok(Self::PlanReady),
            Self::Running
            | Self::Waiting
            | Self::Failed { during: Stage::Running, .. }
            | Self::OverBudget { during: Stage::Running, .. }
            | Self::Paused { during: Stage::Running } => Ok(self),
            other => Err(other.refuse("take another plan")),
        }
    }

    /// A person asks for another plan in words. Nothing changes before they have approved it.
    pub fn revise_plan(&self) -> Result<(), InvalidTransition> {
        match self {
            Self::PlanReady
            | Self::Running
            | Self::Waiting
            | Self::Failed { during: Stage::Running, .. }
            | Self::Paused { during: Stage::Running } => Ok(()),
            other => Err(other.refuse("have its plan revised")),
        }
    }

    /// A person has a failed subtask tried again. What is over begins again for it.
    pub fn retry_subtask(self) -> Result<Self, InvalidTransition> {
        match self {
            Self::Running | Self::Waiting | Self::Paused { during: Stage::Running } => Ok(self),
            Self::Failed { during: Stage::Running, .. } | Self::Completed { .. } => Ok(Self::Running),
            other => Err(other.refuse("have a subtask tried again")),
        }
    }

    /// A person goes back to a turn. Then it waits for them.
    pub fn rewind(self) -> Result<Self, InvalidTransition> {
        match self {
            Self::Running
            | Self::Waiting
            | Self::Completed { .. }
            | Self::Failed { during: Stage::Running, .. }
            | Self::OverBudget { during: Stage::Running, .. }
            | Self::Paused { during: Stage::Running } => Ok(Self::Paused { during: Stage::Running }),
            other => Err(other.refuse("be rewound")),
        }
    }

    /// The plan is approved, or a stopped task goes on.
    pub fn start(self) -> Result<Self, InvalidTransition> {
        match self {
            Self::PlanReady
            | Self::Failed { during: Stage::Running, .. }
            | Self::OverBudget { during: Stage::Running, .. } => Ok(Self::Running),
            other => Err(other.refuse("be started")),
        }
    }

    /// Agents ask a person.
    pub fn wait(self) -> Result<Self, InvalidTransition> {
        match self {
            Self::Running | Self::Waiting => Ok(Self::Waiting),
            other => Err(other.refuse("wait for an answer")),
        }
    }

    /// The person has answered everything that agents waited for. Any other state stays what it is.
    pub fn answered(self) -> Self {
        match self {
            Self::Waiting => Self::Running,
            other => other,
        }
    }

    /// Everything is done.
    pub fn complete(self, report: String) -> Result<Self, InvalidTransition> {
        match self {
            Self::Running => Ok(Self::Completed { report }),
            other => Err(other.refuse("be completed")),
        }
    }

    /// It cannot go on by itself.
    pub fn fail(self, reason: String) -> Result<Self, InvalidTransition> {
        match self {
            Self::Pending | Self::Planning => Ok(Self::Failed { reason, during: Stage::Planning }),
            Self::Running | Self::Waiting => Ok(Self::Failed { reason, during: Stage::Running }),
            other => Err(other.refuse("fail")),
        }
    }

    /// It has used what it may use.
    pub fn run_out(self, reason: String) -> Result<Self, InvalidTransition> {
        match self {
            Self::Pending | Self::Planning => Ok(Self::OverBudget { reason, during: Stage::Planning }),
            Self::Running | Self::Waiting => Ok(Self::OverBudget { reason, during: Stage::Running }),
            other => Err(other.refuse("run out of its budget")),
        }
    }

    /// A person stops it for a while.
    pub fn pause(self) -> Result<Self, InvalidTransition> {
        match self {
            Self::Pending | Self::Planning => Ok(Self::Paused { during: Stage::Planning }),
            Self::Running | Self::Waiting => Ok(Self::Paused { during: Stage::Running }),
            other => Err(other.refuse("be paused")),
        }
    }

    /// It goes on after a pause.
    pub fn resume(self) -> Result<Self, InvalidTransition> {
        match self {
            Self::Paused { during: Stage::Planning } => Ok(Self::Planning),
            Self::Paused { during: Stage::Running } => Ok(Self::Running),
            other => Err(other.refuse("be resumed")),
        }
    }

    /// A person ends it, wherever it is.
    pub fn cancel(self) -> Result<Self, InvalidTransition> {
        match self {
            Self::Pending
            | Self::Planning
            | Self::PlanReady
            | Self::Running
            | Self::Waiting
            | Self::Failed { .. }
            | Self::OverBudget { .. }
            | Self::Paused { .. } => Ok(Self::Cancelled),
            other => Err(other.refuse("be cancelled")),
        }
    }

    /// What a transition does not name, it refuses: a state that is new is refused by all of them.
    fn refuse(&self, action: &'static str) -> InvalidTransition {
        InvalidTransition { from: self.name(), action }
    }
}

#[cfg(test)]
#[path = "task_tests.rs"]
mod tests;
