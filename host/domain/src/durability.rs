//! What a crash may take.

use serde::{Deserialize, Serialize};

/// Against what everything that was committed is safe.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Durability {
    /// The end of the process, at any instant. The loss of power may take what the system has not written yet.
    #[default]
    Process,
    /// The loss of power too: files, folders and the database are flushed before they are relied on. Each commit
    /// waits for the disk.
    Power,
}
