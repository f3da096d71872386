//! Which files of the real folder a call opened for reading: what strangers wrote may have come to it by them.

use super::{NodeId, Staged};
use std::collections::BTreeMap;

/// A file that a call opened for reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadFile {
    /// Where it lies in the real folder.
    pub path: String,
    /// The file system.
    pub dev: u64,
    /// The file in it.
    pub ino: u64,
}

/// By node, so that one file counts once.
#[derive(Debug, Default)]
pub(super) struct Reads(BTreeMap<NodeId, ReadFile>);

impl Staged {
    /// What the call opened for reading, but for what it made itself.
    pub fn reads(&self) -> Vec<ReadFile> {
        self.reads.0.values().cloned().collect()
    }

    pub(super) fn note_read(&mut self, id: NodeId) {
        let Some(origin) = &self.node(id).origin else { return };
        let path = crate::name::escape(origin.path.as_os_str());
        let read = ReadFile { path, dev: origin.stat.st_dev, ino: origin.stat.st_ino };
        self.reads.0.insert(id, read);
    }
}
