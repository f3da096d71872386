//! What a guest does to names: making, renaming, linking and removing.

use super::resolve::{LastLink, Place};
use super::tree::{Folder, Kind};
use super::{MAX_PATH, NodeId, Result, Staged};
use cowork_domain::capability::FileAccess;
use rustix::io::Errno;
use std::ffi::OsString;

impl Staged {
    /// Makes a folder.
    pub fn create_directory(&mut self, base: NodeId, path: &str) -> Result<()> {
        let place = self.resolve(base, path, LastLink::Name)?;
        let (folder, name) = self.free(&place)?;
        let number = self.next_number()?;
        let id = self.insert(number, Kind::Folder(Folder::default()), None, 0);
        self.attach(folder, name, id)
    }

    /// Makes a symbolic link. A target that starts with `/` is refused: it would name a place on the machine.
    pub fn symlink(&mut self, base: NodeId, target: &str, path: &str) -> Result<()> {
        if target.starts_with('/') || target.contains('\0') {
            return Err(Errno::PERM);
        }
        let place = self.resolve(base, path, LastLink::Open)?;
        if place.must_be_folder {
            place.existing(self)?;
        }
        if target.is_empty() {
            return Err(Errno::NOENT);
        }
        if target.len() >= MAX_PATH {
            return Err(Errno::NAMETOOLONG);
        }
        let (folder, name) = self.free(&place)?;
        let number = self.next_number()?;
        let id = self.insert(number, Kind::Link(target.into()), None, 0);
        self.attach(folder, name, id)
    }

    /// Gives a file another name.
    pub fn link(&mut self, base: NodeId, old: &str, new_base: NodeId, new: &str) -> Result<()> {
        let old = self.resolve(base, old, LastLink::Open)?;
        if old.node.is_some() || old.must_be_folder {
            old.existing(self)?;
        }
        let place = self.resolve(new_base, new, LastLink::Open)?;
        if place.must_be_folder && place.node.is_some() {
            place.existing(self)?;
        }
        let id = old.existing(self)?;
        if place.must_be_folder {
            place.existing(self)?;
        }
        let (folder, name) = self.free(&place)?;
        if matches!(self.node(id).kind, Kind::Folder(_)) {
            return Err(Errno::PERM);
        }
        let (old_folder, old_name) = old.entry.ok_or(Errno::PERM)?;
        // By its new name it can be read and written: both must be in reach by the old one.
        let old = self.path_of(old_folder)?.join(old_name);
        self.may_change(&old, self.access_to(id, FileAccess::Modify))?;
        self.may_read(id, &old)?;
        self.attach(folder, name, id)
    }

    /// What a link points to, as written. An absolute target would tell about the machine.
    pub fn read_link(&mut self, base: NodeId, path: &str) -> Result<String> {
        let place = self.resolve(base, path, LastLink::Open)?;
        let id = place.existing(self)?;
        if let (Kind::Link(_), Some((folder, name))) = (&self.node(id).kind, &place.entry) {
            self.may_read(id, &self.path_of(*folder)?.join(name))?;
        }
        match &self.node(id).kind {
            Kind::Link(target) => match target.to_str() {
                Some(target) if target.starts_with('/') => Err(Errno::PERM),
                Some(target) => Ok(target.to_owned()),
                None => Err(Errno::ILSEQ),
            },
            _ => Err(Errno::INVAL),
        }
    }

    /// Removes a name of a file or link.
    pub fn unlink(&mut self, base: NodeId, path: &str) -> Result<()> {
        let place = self.resolve(base, path, LastLink::Open)?;
        let id = place.existing(self)?;
        if matches!(self.node(id).kind, Kind::Folder(_)) {
            return Err(Errno::ISDIR);
        }
        let (folder, name) = place.entry.ok_or(Errno::ISDIR)?;
        self.may_change(&self.path_of(folder)?.join(&name), self.access_to(id, FileAccess::Delete))?;
        self.detach(folder, &name)?;
        self.drop_name(id)
    }

    /// Removes an empty folder.
    pub fn remove_directory(&mut self, base: NodeId, path: &str) -> Result<()> {
        let place = self.resolve(base, path, LastLink::Name)?;
        let id = place.existing(self)?;
        self.folder(id)?;
        let (folder, name) = place.entry.ok_or(Errno::INVAL)?;
        self.may_change(&self.path_of(folder)?.join(&name), self.access_to(id, FileAccess::Delete))?;
        self.must_be_empty(id)?;
        self.detach(folder, &name)?;
        self.drop_name(id)
    }

    /// Renames a file, link or folder, over what is there as a real file system allows it.
    pub fn rename(&mut self, base: NodeId, from: &str, to_base: NodeId, to: &str) -> Result<()> {
        let from = self.resolve(base, from, LastLink::Name)?;
        let to = self.resolve(to_base, to, LastLink::Name)?;
        let (from_entry, to_entry) = (from.entry.clone(), to.entry.clone());
        let (from_folder, from_name) = from_entry.ok_or(Errno::BUSY)?;
        let (to_folder, to_name) = to_entry.ok_or(Errno::BUSY)?;
        let id = from.existing(self)?;
        let is_folder = matches!(self.node(id).kind, Kind::Folder(_));
        if to.must_be_folder && !is_folder {
            return Err(Errno::NOTDIR);
        }
        if is_folder && self.is_beneath(to_folder, id)? {
            return Err(Errno::INVAL);
        }
        if let Some(target) = to.node
            && self.is_beneath(from_folder, target)?
        {
            return Err(Errno::NOTEMPTY);
        }
        let to_path = self.path_of(to_folder)?.join(&to_name);
        self.may_move(id, &self.path_of(from_folder)?.join(&from_name), &to_path)?;
        if let Some(target) = to.node {
            if target == id {
                return Ok(());
            }
            self.may_replace(target, is_folder)?;
            self.may_change(&to_path, self.access_to_replace(target, id))?;
            self.detach(to_folder, &to_name)?;
            self.drop_name(target)?;
        }
        self.detach(from_folder, &from_name)?;
        self.node_mut(id)?.names -= 1;
        self.attach(to_folder, to_name, id)
    }

    /// Puts a node under a name that is free.
    pub(super) fn attach(&mut self, folder: NodeId, name: OsString, id: NodeId) -> Result<()> {
        let node = self.node_mut(id)?;
        node.names += 1;
        if let Kind::Folder(this) = &mut node.kind {
            this.parent = Some((folder, name.clone()));
        }
        let parent = self.folder_mut(folder)?;
        parent.entries.insert(name, Some(id));
        self.touch(folder)
    }

    pub(super) fn detach(&mut self, folder: NodeId, name: &OsString) -> Result<()> {
        let parent = self.folder_mut(folder)?;
        if parent.real.is_some() {
            parent.entries.insert(name.clone(), None);
        } else {
            parent.entries.remove(name);
        }
        self.touch(folder)
    }

    fn drop_name(&mut self, id: NodeId) -> Result<()> {
        let node = self.node_mut(id)?;
        node.names = node.names.saturating_sub(1);
        if let Kind::Folder(folder) = &mut node.kind {
            folder.removed = true;
        }
        self.forget(id);
        Ok(())
    }

    /// Forgets a node that has no name any more and was never a real file.
    pub(super) fn forget(&mut self, id: NodeId) {
        let node = self.node(id);
        if node.names == 0 && node.origin.is_none() && !matches!(node.kind, Kind::Folder(_)) {
            self.nodes.remove(&id);
        }
    }

    /// The place of a new entry.
    fn free(&mut self, place: &Place) -> Result<(NodeId, OsString)> {
        if place.node.is_some() {
            return Err(Errno::EXIST);
        }
        let (folder, name) = place.entry.clone().ok_or(Errno::EXIST)?;
        self.may_change(&self.path_of(folder)?.join(&name), FileAccess::Create)?;
        Ok((folder, name))
    }

    /// New content in the place of a file changes it; anything else in its place removes it.
    fn access_to_replace(&self, target: NodeId, by: NodeId) -> FileAccess {
        let is_file = |id| matches!(self.node(id).kind, Kind::File(_));
        let is_new = self.node(by).origin.is_none();
        let access = match is_new && is_file(by) && is_file(target) {
            true => FileAccess::Modify,
            false => FileAccess::Delete,
        };
        self.access_to(target, access)
    }

    fn may_replace(&mut self, target: NodeId, by_folder: bool) -> Result<()> {
        match (matches!(self.node(target).kind, Kind::Folder(_)), by_folder) {
            (true, true) => self.must_be_empty(target),
            (true, false) => Err(Errno::ISDIR),
            (false, true) => Err(Errno::NOTDIR),
            (false, false) => Ok(()),
        }
    }

    fn must_be_empty(&mut self, folder: NodeId) -> Result<()> {
        // Also what is out of the call's reach.
        if self.all_names(folder)?.is_empty() { Ok(()) } else { Err(Errno::NOTEMPTY) }
    }

    fn is_beneath(&self, folder: NodeId, above: NodeId) -> Result<bool> {
        let mut at = folder;
        loop {
            if at == above {
                return Ok(true);
            }
            match &self.folder(at)?.parent {
                Some((parent, _)) => at = *parent,
                None => return Ok(false),
            }
        }
    }
}
