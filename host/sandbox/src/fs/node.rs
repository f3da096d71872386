//! What a guest's descriptors stand for.

use super::bindings::types::{DirectoryEntry, ErrorCode};
use super::error::FsResult;
use cowork_coworkspaces::staged::{NodeId, OpenFile};

/// An open file or folder.
#[derive(Debug)]
pub enum Node {
    /// A folder. It stays the same when it is renamed.
    Directory(NodeId),
    /// A file.
    File(OpenFile),
}

impl Node {
    pub(super) fn directory(&self) -> FsResult<NodeId> {
        match self {
            Self::Directory(id) => Ok(*id),
            Self::File(_) => Err(ErrorCode::NotDirectory.into()),
        }
    }

    pub(super) fn file(&self) -> FsResult<&OpenFile> {
        self.file_where(|_| true)
    }

    /// The file, if it was opened for reading.
    pub(super) fn readable(&self) -> FsResult<&OpenFile> {
        self.file_where(|file| file.how().read)
    }

    /// The file, if it was opened for writing.
    pub(super) fn writable(&self) -> FsResult<&OpenFile> {
        self.file_where(|file| file.how().write)
    }

    fn file_where(&self, fits: impl Fn(&OpenFile) -> bool) -> FsResult<&OpenFile> {
        match self {
            Self::Directory(_) => Err(ErrorCode::BadDescriptor.into()),
            Self::File(open) if fits(open) => Ok(open),
            Self::File(_) => Err(ErrorCode::BadDescriptor.into()),
        }
    }
}

/// The entries of a folder that are still to be read: a sorted snapshot from when it was opened.
#[derive(Debug)]
pub struct Directory {
    pub(super) folder: NodeId,
    /// Of the powers by which it was listed.
    pub(super) version: u64,
    pub(super) entries: std::vec::IntoIter<DirectoryEntry>,
}
