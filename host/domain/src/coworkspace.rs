//! A coworkspace as the database knows it.

use crate::{Slug, Timestamp};
use serde::{Deserialize, Serialize};

/// The folder of a slug, with what people call it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coworkspace {
    /// Its name in URLs and on disk.
    pub slug: Slug,
    /// What people call it.
    pub name: String,
    /// Where it lies on the host's disk.
    #[serde(skip_serializing, default)]
    pub root_path: String,
    /// A copy of `.instructions.md`, which is the authority.
    pub instructions: Option<String>,
    /// Whose it is.
    pub user_id: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// One entry of a folder, as the API lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Relative to the coworkspace. A name that is not UTF-8 is shown with `\xNN` escapes and cannot be opened.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
    /// In bytes, of files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// When its content last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modified: Option<Timestamp>,
}

/// Kinds of directory entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Directory,
    /// A symbolic link.
    Link,
    /// Anything else: a FIFO, a device. Never opened.
    Other,
}
