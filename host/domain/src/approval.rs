//! Questions to a person about calls.

use crate::{ApprovalId, CallId, TaskId, Timestamp};
use serde::{Deserialize, Serialize};

/// One question: may this call run?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Its identifier.
    pub id: ApprovalId,
    /// The task that waits.
    pub task_id: TaskId,
    /// The call it is about.
    pub call_id: CallId,
    /// The tool of that call.
    pub tool: String,
    /// The arguments of that call: what would be done.
    pub arguments: serde_json::Value,
    /// The answer, once there is one.
    pub decision: Option<Decision>,
    /// When it was asked.
    pub asked_at: Timestamp,
}

/// A person's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum Decision {
    /// It may run.
    Approve,
    /// It may not.
    Deny {
        /// What the model is told about it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        word: Option<String>,
    },
}
