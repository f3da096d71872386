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
    /// What the agent asks in words. Then the call has happened, and the answer is its result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<Question>,
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
    /// Who gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<String>,
    /// When it was asked.
    pub asked_at: Timestamp,
}

/// A question in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// What the person is asked.
    pub text: String,
    /// Answers to choose from. The person may give another one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// Why it is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// The most options of a question.
pub const MAX_OPTIONS: usize = 10;
/// The longest text of a question, an option or an answer, in characters.
pub const MAX_TEXT: usize = 4_000;

impl Question {
    /// What is wrong with it, in words for who asks.
    pub fn problem(&self) -> Option<String> {
        let length = |text: &str| text.chars().count();
        let texts = || self.options.iter().chain(&self.why).chain([&self.text]);
        if self.text.trim().is_empty() || self.options.iter().any(|option| option.trim().is_empty()) {
            Some("a question and its options need words".to_owned())
        } else if self.options.len() > MAX_OPTIONS {
            Some(format!("a question has at most {MAX_OPTIONS} options"))
        } else if texts().any(|text| length(text) > MAX_TEXT) {
            Some(format!("a question, an option and a reason have at most {MAX_TEXT} characters"))
        } else {
            None
        }
    }
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
    /// The answer to a question in words.
    Answer {
        /// The person's words, or the option that they chose.
        text: String,
    },
    /// They may not; nothing of the call stays. A question in words is not answered.
    Deny {
        /// What the model is told about it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        word: Option<String>,
    },
}
