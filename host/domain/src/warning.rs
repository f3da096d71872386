//! What a person should know of a task beside its report.

use serde::{Deserialize, Serialize};

/// Something that a person should look at themselves.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Warning {
    /// What kind of thing.
    pub code: WarningCode,
    /// What, in words.
    pub detail: String,
}

/// Kinds of warnings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WarningCode {
    /// Agents that work side by side would write the same files.
    WritesOverlap,
    /// An agent says that it is done with work on files, and made no call at all.
    NoCall,
    /// Last words name a file that is not there.
    NamesMissing,
    /// What was handed over is not there any more, and the task did not take it away.
    DeliverableMissing,
    /// What was handed over is something else now, and the task did not change it.
    DeliverableChanged,
    /// What was handed over was there before: no call of the task made or changed it.
    DeliverableUnmade,
    /// What was handed over is empty, or not what its name says.
    DeliverableBroken,
}

impl Warning {
    /// Of a kind, in these words.
    pub fn new(code: WarningCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}
