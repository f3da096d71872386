//! What a guest's descriptors stand for.

use super::bindings::types::{DescriptorFlags, DirectoryEntry, ErrorCode};
use super::error::FsResult;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An open file or folder.
#[derive(Debug)]
pub enum Node {
    /// A folder: where it is, relative to the coworkspace and free of links.
    Directory(PathBuf),
    /// A file.
    File(OpenFile),
}

/// An open regular file, with what the guest asked for at the open. The host's own handle may be wider.
#[derive(Debug)]
pub struct OpenFile {
    pub(super) path: PathBuf,
    pub(super) file: Arc<std::fs::File>,
    pub(super) flags: DescriptorFlags,
}

impl Node {
    pub(super) fn directory(&self) -> FsResult<&Path> {
        match self {
            Self::Directory(path) => Ok(path),
            Self::File(_) => Err(ErrorCode::NotDirectory.into()),
        }
    }

    /// The file, if it was opened for reading.
    pub(super) fn readable(&self) -> FsResult<&OpenFile> {
        self.file_with(DescriptorFlags::READ)
    }

    /// The file, if it was opened for writing.
    pub(super) fn writable(&self) -> FsResult<&OpenFile> {
        self.file_with(DescriptorFlags::WRITE)
    }

    fn file_with(&self, flag: DescriptorFlags) -> FsResult<&OpenFile> {
        match self {
            Self::Directory(_) => Err(ErrorCode::IsDirectory.into()),
            Self::File(open) if open.flags.contains(flag) => Ok(open),
            Self::File(_) => Err(ErrorCode::BadDescriptor.into()),
        }
    }
}

/// The entries of a folder that are still to be read: a sorted snapshot from when it was opened.
#[derive(Debug)]
pub struct Directory(pub(super) std::vec::IntoIter<DirectoryEntry>);
