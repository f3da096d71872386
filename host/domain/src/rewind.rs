//! Going back to a turn.

use crate::call::SubtaskStatus;
use crate::change_set::ChangeSet;
use crate::checkpoint::AgentSnapshot;
use crate::deliverable::Deliverable;
use crate::{CallId, SubtaskId, Timestamp};
use serde::{Deserialize, Serialize};

/// What going back to a turn did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RewindReport {
    /// The last turn that stays.
    pub to_turn: u32,
    /// Turns that belong to no context any more. They stay in the log.
    pub turns: Vec<u32>,
    /// The calls whose changes of files are taken back, newest first.
    pub calls: Vec<CallId>,
    /// What that does to files.
    pub changes: ChangeSet,
    /// What is in the way, since it has changed or is kept no longer. If there is any, nothing is done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<String>,
    /// Requests of those turns that changed something on other hosts. What was sent stays sent.
    pub sent: u32,
    /// Whether it was done.
    pub done: bool,
}

/// One turn of a task, as people look for one to go back to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnEntry {
    /// Its number.
    pub turn: u32,
    /// Whose it is.
    pub agent: String,
    /// The tools that it called.
    pub tools: Vec<String>,
    /// When the model answered.
    pub at: Timestamp,
    /// Whether it is over: then the task can go back to it.
    pub saved: bool,
    /// A rewind took it back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub taken_back: bool,
}

/// How a task stood at the end of a turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// The turn; 0 is before the first.
    pub turn: u32,
    /// The turns that are not part of it: those whose checkpoint came later, or never.
    pub later: Vec<u32>,
    /// The agents that had begun or were to begin.
    pub agents: Vec<AgentSnapshot>,
    /// The subtasks that were not as the plan made them.
    pub subtasks: Vec<(SubtaskId, SubtaskStatus, Option<String>)>,
    /// What had been handed over.
    pub deliverables: Vec<Deliverable>,
}
