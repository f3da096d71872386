//! Agents: models with a context of their own, at work on a part of a plan.

use crate::{AgentId, PhaseId, SubtaskId, Timestamp};
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
    /// The agent that made it, and that it ends with. None: the host did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<AgentId>,
    /// How many agents are above it.
    #[serde(default)]
    pub depth: u32,
    /// From 1; more where others failed at the same part before.
    pub attempt: u32,
    /// Patterns of the paths that it said it writes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub write_set: Vec<String>,
    /// Its last words.
    pub result: Option<String>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// How many turns it took.
    #[serde(default)]
    pub turns: u32,
    /// When it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

impl Agent {
    /// One that has not begun.
    pub fn new(name: impl Into<String>, role: AgentRole, phase_id: Option<PhaseId>) -> Self {
        Self {
            id: AgentId::new(),
            name: name.into(),
            role,
            status: AgentStatus::Idle,
            phase_id,
            subtask_id: None,
            parent_id: None,
            depth: 0,
            attempt: 1,
            write_set: Vec::new(),
            result: None,
            failure: None,
            turns: 0,
            started_at: None,
            ended_at: None,
        }
    }
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
    /// It waits: for a person's answer, or for a message.
    Waiting,
    /// Finished.
    Completed,
    /// It could not finish; another may try the same part.
    Failed,
    /// It was ended before it was done, with the agent that made it.
    Ended,
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
            Self::Waiting => "waiting",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Ended => "ended",
        }
    }

    /// Whether it does nothing any more.
    pub fn is_over(self) -> bool {
        match self {
            Self::Completed | Self::Failed | Self::Ended => true,
            Self::Idle | Self::Running | Self::Waiting => false,
        }
    }
}
