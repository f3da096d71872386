//! A task that goes on from a turn of another one.

use crate::{Task, TaskId};
use serde::{Deserialize, Serialize};

/// A task that was forked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forked {
    /// The new task. It is paused.
    #[serde(flatten)]
    pub task: Task,
    /// The task that it goes on from.
    pub forked_from: TaskId,
    /// The last turn that both have.
    pub forked_turn: u32,
    /// What its agents find in the folder.
    pub files: ForkedFiles,
}

/// What the agents of a forked task find in the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForkedFiles {
    /// The same folder, as it is now and as the other task may still change it.
    Shared,
    /// A copy of the folder as it is now, not as it was at that turn.
    CopiedAsTheyAre,
}
