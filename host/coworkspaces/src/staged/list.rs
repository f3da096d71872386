//! Listing a folder: the real one's names under the call's own.

use super::seen::{Identity, Seen};
use super::tree::Kind;
use super::{NodeId, Result, Staged, lower};
use crate::{Access, access_of};
use rustix::fs::FileType;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;

impl Staged {
    /// The entries of a folder, sorted by name, without `.` and `..` and without the host's own folder.
    pub fn list(&mut self, folder: NodeId) -> Result<BTreeMap<OsString, FileType>> {
        if self.folder(folder)?.removed {
            return Ok(BTreeMap::new());
        }
        self.may_list(folder)?;
        let mut found = self.all_names(folder)?;
        if !self.scope.has_all() {
            let path = self.path_of(folder)?;
            found.retain(|name, kind| match self.entry(folder, name) {
                Some(id) => self.shows(id, &path.join(name)),
                None => self.scope.shows(&path.join(name), *kind == FileType::Directory),
            });
        }
        Ok(found)
    }

    /// The same with what is out of the call's reach.
    pub(super) fn all_names(&mut self, folder: NodeId) -> Result<BTreeMap<OsString, FileType>> {
        let mut found = BTreeMap::new();
        if self.folder(folder)?.removed {
            return Ok(found);
        }
        if let Some(real) = self.folder(folder)?.real.clone() {
            let handle = self.real_folder(folder)?;
            let seen = Seen::Exactly(Identity::of(&rustix::fs::fstat(&*handle)?));
            self.seen.note(real, seen);
            found.extend(lower::entries(&*handle)?);
        }
        for (name, entry) in &self.folder(folder)?.entries {
            match entry {
                Some(id) => found.insert(name.clone(), self.kind(*id)),
                None => found.remove(name),
            };
        }
        if folder == Self::ROOT {
            found.retain(|name, _| access_of(Path::new(name)) != Access::Hidden);
        }
        Ok(found)
    }

    /// What the call has looked at or made under a name.
    fn entry(&self, folder: NodeId, name: &OsStr) -> Option<NodeId> {
        self.folder(folder).ok()?.entries.get(name).copied().flatten()
    }

    /// What a node is.
    pub fn kind(&self, id: NodeId) -> FileType {
        match &self.node(id).kind {
            Kind::Folder(_) => FileType::Directory,
            Kind::File(_) => FileType::RegularFile,
            Kind::Link(_) => FileType::Symlink,
            Kind::Other(kind) => *kind,
        }
    }
}
