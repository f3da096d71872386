//! The host's own `wasi:filesystem`: the only files that a guest can reach.
//!
//! A guest sees its coworkspace as `/` and nothing else. Paths are resolved here, component by component, so that a
//! link is followed only while it stays inside, and the host's own places are hidden or read-only wherever a link
//! points from. What is about to change is journalled first, so a call that fails leaves nothing behind.
//!
//! Removing a file or folder, renaming onto an existing path and making links are refused: nothing that is there is
//! lost by a tool.

pub(crate) mod bindings;
mod descriptor;
mod directory;
mod error;
mod node;
mod open;
mod paths;
mod resolve;
mod stat;
mod streams;

pub use error::FsError;
pub use node::{Directory, Node};

use cap_std::fs::Dir;
use cowork_coworkspaces::{Access, Folder, Journal, access_of};
use cowork_domain::CallId;
use error::FsResult;
use std::path::Path;
use std::sync::Arc;
use wasmtime::component::{HasData, ResourceTable};

/// One call's view of its coworkspace.
pub(crate) struct View {
    folder: Arc<Folder>,
    /// None: the call may look, not change.
    journal: Option<Journal>,
}

impl View {
    /// A view that can only be read.
    pub(crate) fn read_only(folder: Arc<Folder>) -> Self {
        Self { folder, journal: None }
    }

    /// A view whose changes are journalled under `call`.
    pub(crate) fn read_write(folder: Arc<Folder>, call: CallId) -> std::io::Result<Self> {
        let journal = Journal::new(folder.dir(), call)?;
        Ok(Self { folder, journal: Some(journal) })
    }

    /// How to keep or take back what the call did.
    pub(crate) fn into_journal(self) -> Option<Journal> {
        self.journal
    }

    pub(crate) fn folder(&self) -> &Arc<Folder> {
        &self.folder
    }

    fn dir(&self) -> &Dir {
        self.folder.dir()
    }

    /// The journal, if `path` may be changed by this call.
    fn writable(&mut self, path: &Path) -> FsResult<&mut Journal> {
        use bindings::types::ErrorCode;
        match access_of(path) {
            Access::Hidden => Err(ErrorCode::NoEntry.into()),
            Access::ReadOnly => Err(ErrorCode::NotPermitted.into()),
            Access::ReadWrite => self.journal.as_mut().ok_or(ErrorCode::ReadOnly.into()),
        }
    }
}

/// What the generated functions work on: the call's view and its open resources.
pub(crate) struct FilesystemView<'a> {
    /// None while tools are listed: then there is no coworkspace.
    pub(crate) view: Option<&'a mut View>,
    pub(crate) table: &'a mut ResourceTable,
}

/// Names [`FilesystemView`] for the linker.
pub(crate) struct Filesystem;

impl HasData for Filesystem {
    type Data<'a> = FilesystemView<'a>;
}
