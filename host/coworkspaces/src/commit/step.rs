//! The steps that carry out what a call did, as they are recorded.

use crate::staged::Identity;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::SystemTime;

/// One file of a call's folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Slot {
    /// New content.
    Staged(u64),
    /// On its way from one place to another.
    Parked(u64),
    /// What the call replaced or removed.
    Undo(u64),
}

/// One step of a commit. Paths are relative to the coworkspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// Takes an object away from its place.
    Take {
        /// Its place.
        from: PathBuf,
        /// Where it goes.
        to: Slot,
        /// What it was when the call looked at it.
        identity: Identity,
    },
    /// Makes a folder.
    MakeFolder {
        /// Its place.
        path: PathBuf,
    },
    /// Puts an object where nothing is.
    Put {
        /// Where it comes from.
        slot: Slot,
        /// Its place.
        path: PathBuf,
    },
    /// Puts new content in the place of old content, which is never missing in between.
    Exchange {
        /// Where the new content comes from.
        slot: Slot,
        /// The place.
        path: PathBuf,
        /// Where the old content goes.
        undo: Slot,
        /// What the old content was when the call looked at it.
        identity: Identity,
        /// What the new content is.
        ours: Identity,
    },
    /// Gives a file another name.
    Link {
        /// A name that it has.
        from: PathBuf,
        /// The new one.
        path: PathBuf,
    },
    /// Makes a symbolic link.
    Symlink {
        /// What it says.
        target: PathBuf,
        /// Its place.
        path: PathBuf,
    },
    /// Sets times. None leaves one as it is.
    Times {
        /// Of what.
        path: PathBuf,
        /// Of the last read.
        accessed: Option<SystemTime>,
        /// Of the last write.
        modified: Option<SystemTime>,
    },
}

/// What came between a commit's check and its steps: kept, and to be told to a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collision {
    /// Where somebody else wrote in that instant.
    pub path: PathBuf,
    /// Where what they wrote is now.
    pub kept: PathBuf,
}

impl Slot {
    /// The name in the call's folder.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Staged(number) => number.to_string(),
            Self::Parked(number) => format!("p{number}"),
            Self::Undo(number) => format!("u{number}"),
        }
    }
}
