//! Typed identifiers. ULIDs, so that they sort by the time they were made.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A text that is not an identifier.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{text:?} is not {kind}: expected 26 letters and digits")]
pub struct InvalidId {
    kind: &'static str,
    text: String,
    source: ulid::DecodeError,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(ulid::Ulid);

        impl $name {
            /// A new one, never given before.
            #[expect(clippy::new_without_default, reason = "a default that differs each time surprises")]
            pub fn new() -> Self {
                Self(ulid::Ulid::generate())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                ulid::Ulid::from_string(text).map(Self).map_err(|source| InvalidId {
                    kind: $kind,
                    text: text.chars().take(64).collect(),
                    source,
                })
            }
        }
    )*};
}

ids! {
    /// A task.
    TaskId = "a task id";
    /// A phase of a task's plan.
    PhaseId = "a phase id";
    /// A subtask of a phase.
    SubtaskId = "a subtask id";
    /// An agent of a task.
    AgentId = "an agent id";
    /// A tool call.
    CallId = "a call id";
    /// A question to a person.
    ApprovalId = "an approval id";
    /// A request to a model.
    RequestId = "a request id";
    /// A deliverable.
    DeliverableId = "a deliverable id";
    /// A schedule.
    ScheduleId = "a schedule id";
    /// Something that a person allows the tasks of a schedule.
    StandingApprovalId = "a standing approval id";
}
