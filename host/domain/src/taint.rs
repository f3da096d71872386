//! Taint: a context that has read text which may come from strangers.

use serde::{Deserialize, Serialize};

/// Where the text came from that a context read first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Taint {
    /// The body of an answer from another host.
    Web,
    /// A file that was made of such text.
    File,
    /// A memory that was stored by a context which had read such text.
    Memory,
    /// A message of such an agent.
    Message,
    /// The last words of such an agent, in a brief.
    Brief,
}

impl Taint {
    /// As the database names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::File => "file",
            Self::Memory => "memory",
            Self::Message => "message",
            Self::Brief => "brief",
        }
    }
}
