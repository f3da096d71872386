//! What agents of a task say to each other.

use crate::{AgentId, Timestamp};
use serde::{Deserialize, Serialize};

/// One message. It is read once, and in the order in which its sender sent it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentMessage {
    /// Its identifier.
    pub id: String,
    /// Who sent it.
    pub from_agent: AgentId,
    /// Who is to read it.
    pub to_agent: AgentId,
    /// What the sender is called.
    pub from_name: String,
    /// What kind of message it is, in the sender's word: `note`, `question`. The host's own are `result`, the last words
    /// of an agent that is done, and `failure`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The text.
    pub content: String,
    /// Its sender had read what strangers wrote.
    #[serde(default)]
    pub is_tainted: bool,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// The receiver's turn in which it was read; 0 where it was the result of a call that waited for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_turn: Option<u32>,
}

/// An agent that another one makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAgent {
    /// Its identifier, given when it was asked for.
    pub id: AgentId,
    /// What others call it.
    pub name: String,
    /// What it is good at.
    pub role: Option<String>,
    /// What it is to do.
    pub brief: String,
    /// Patterns of the paths that it writes.
    pub writes: Vec<String>,
}
