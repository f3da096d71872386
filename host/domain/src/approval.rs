//! Questions to a person about what calls would do.

use crate::change_set::{ChangeSet, Hash};
use crate::outbound::OutboundRequest;
use crate::policy::AllowedKind;
use crate::{ApprovalId, CallId, TaskId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One question: may these changes be made?
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
    /// The arguments of that call.
    pub arguments: serde_json::Value,
    /// What the call would do to files. Nothing of it has happened.
    pub changes: ChangeSet,
    /// A request that the call would send to another host. Nothing of it has left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<OutboundRequest>,
    /// What the answer binds: exactly these changes, or exactly this request.
    pub content_hash: Hash,
    /// What more may be allowed with it, for the rest of the task. None where something is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<AllowedKind>,
    /// Why it is asked again: what an earlier answer was about has changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The changes of text files as unified diffs, cut at a length that people read.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub diff: String,
    /// The answer, once there is one.
    pub decision: Option<Decision>,
    /// When it was asked.
    pub asked_at: Timestamp,
}

/// A person's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum Decision {
    /// They may be made.
    Approve,
    /// They may be made, and so may others of the same kind for the rest of the task: [`Approval::kind`].
    ApproveKind,
    /// Some of them may be made; the model is told which were left out.
    ApprovePart {
        /// The paths of these, as the question shows them.
        paths: BTreeSet<String>,
    },
    /// They may not; nothing of the call stays.
    Deny {
        /// What the model is told about it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        word: Option<String>,
    },
}
