//! What a task hands over.

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
    /// When it was handed over.
    pub created_at: Timestamp,
}
