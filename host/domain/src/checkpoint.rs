//! What is saved at the end of every turn.

use crate::agent::AgentStatus;
use crate::{AgentId, TaskId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Durable state after a turn. The contexts themselves are in the log of turns and calls, which are final by then:
/// the checkpoint refers to them, so that its size does not grow with the number of turns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The task.
    pub task_id: TaskId,
    /// The turn it ends, counted from 1 over the whole task.
    pub turn: u32,
    /// Every agent so far.
    pub agent_states: Vec<AgentSnapshot>,
    /// How far each phase is, by name, 0 to 1.
    pub plan_progress: BTreeMap<String, f64>,
    /// When it was saved.
    pub saved_at: Timestamp,
}

/// One agent in a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentSnapshot {
    /// Which one.
    pub agent_id: AgentId,
    /// What people call it.
    pub name: String,
    /// Whether it is at work.
    pub status: AgentStatus,
    /// How many turns its context holds.
    pub turns: u32,
}
