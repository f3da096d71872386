//! What a task hands over.

use crate::change_set::Hash;
use crate::{CallId, CoworkspacePath, DeliverableId, Timestamp};
use serde::{Deserialize, Serialize};

/// A file handed over to the person, bound to the call that did so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deliverable {
    /// Its identifier.
    pub id: DeliverableId,
    /// The `deliverable_create` call.
    pub call_id: CallId,
    /// Where it lies, under `output/`.
    pub path: CoworkspacePath,
    /// What people read.
    pub title: String,
    /// What it is, in a sentence or two.
    pub description: Option<String>,
    /// The calls that made the file or changed it, oldest first, wherever it lay then. None: it was there before.
    #[serde(default)]
    pub made_by: Vec<CallId>,
    /// BLAKE3 of what the last of them left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_hash: Option<Hash>,
    /// When it was handed over.
    pub created_at: Timestamp,
}
