//! Agents: models with a context of their own, at work on a part of a plan.

use crate::{AgentId, PhaseId, SubtaskId};
use serde::{Deserialize, Serialize};

/// An agent of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// Its identifier.
    pub id: AgentId,
    /// What people see: the phase or subtask it works on.
    pub name: String,
    /// What it is there for.
    pub role: AgentRole,
    /// Whether it is at work.
    pub status: AgentStatus,
    /// The phase it works on; none for the synthesis.
    pub phase_id: Option<PhaseId>,
    /// The subtask, where a parallel phase gives each one an agent.
    pub subtask_id: Option<SubtaskId>,
    /// Its last words.
    pub result: Option<String>,
}

/// What an agent is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentRole {
    /// Works on a phase, or on a subtask of a parallel one.
    Worker,
    /// Joins what the workers did into the report.
    Synthesis,
}

/// Whether an agent is at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentStatus {
    /// Not begun.
    Idle,
    /// At work.
    Running,
    /// Finished.
    Completed,
}

impl AgentRole {
    /// As the database names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Worker => "worker",
            Self::Synthesis => "synthesis",
        }
    }
}

impl AgentStatus {
    /// As the database names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Running => "running",
            Self::Completed => "completed",
        }
    }
}
