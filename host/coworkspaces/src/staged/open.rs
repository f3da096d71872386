//! Opening: the one place where a guest gets hold of a file.

use super::content::{Content, OpenFile};
use super::resolve::{LastLink, Place};
use super::scope::Held;
use super::tree::Kind;
use super::{NodeId, Result, Staged};
use cowork_domain::capability::FileAccess;
use rustix::io::Errno;
use std::sync::Arc;

/// What is asked for at an open.
#[derive(Debug, Clone, Copy, Default)]
pub struct How {
    /// Follow a link in the last part of the path.
    pub follow: bool,
    /// Make the file if there is none.
    pub create: bool,
    /// With `create`: there must be none.
    pub exclusive: bool,
    /// Empty it.
    pub truncate: bool,
    /// It must be a folder.
    pub directory: bool,
    /// To read from it.
    pub read: bool,
    /// To write to it.
    pub write: bool,
}

/// What was opened.
#[derive(Debug)]
pub enum Opened {
    /// A folder.
    Folder(NodeId),
    /// A regular file.
    File(OpenFile),
}

impl Staged {
    /// Opens what `path` names, seen from the folder `base`.
    pub fn open(&mut self, base: NodeId, path: &str, how: How) -> Result<Opened> {
        if how.directory && (how.create || how.exclusive || how.truncate) {
            return Err(Errno::INVAL);
        }
        let version = self.scope_version();
        let new_only = how.create && how.exclusive;
        // Who may make or empty a file may write to it.
        let how = How { write: how.write || how.create || how.truncate, ..how };
        let link = match how.create && path.ends_with('/') {
            true => LastLink::Name,
            false => LastLink::follow(how.follow && !new_only),
        };
        let place = self.resolve(base, path, link)?;
        if how.create && place.must_be_folder && place.entry.is_some() {
            return Err(Errno::ISDIR);
        }
        match place.node {
            None => self.open_new(&place, how, version),
            Some(_) if new_only => Err(Errno::EXIST),
            Some(id) => self.open_existing(id, &place, how, version),
        }
    }

    fn open_existing(&mut self, id: NodeId, place: &Place, how: How, version: u64) -> Result<Opened> {
        match &self.node(id).kind {
            Kind::Folder(_) if how.write => Err(Errno::ISDIR),
            Kind::Folder(_) => {
                self.may_list(id)?;
                Ok(Opened::Folder(id))
            }
            Kind::Link(_) if !place.must_be_folder => Err(Errno::LOOP),
            _ if place.must_be_folder || how.directory => Err(Errno::NOTDIR),
            Kind::Link(_) => Err(Errno::LOOP),
            // A FIFO would block, a device would act: neither is a file of a person.
            Kind::Other(_) => Err(Errno::PERM),
            Kind::File(content) => {
                let content = Arc::clone(content);
                let (folder, name) = place.entry.as_ref().ok_or(Errno::ISDIR)?;
                let path = self.path_of(*folder)?.join(name);
                let access = self.access_to(id, FileAccess::Modify);
                if how.write {
                    self.may_change(&path, access)?;
                    if let Some(origin) = self.origin_elsewhere(id, &path) {
                        self.scope.check(&origin, FileAccess::Modify)?;
                    }
                }
                // Times are set by handles for reading too; what refuses that is asked then, and not told before.
                let changeable = how.write || self.could_change(&path);
                if how.read {
                    self.may_read(id, &path)?;
                }
                let (origin, access) =
                    (self.origin_elsewhere(id, &path), self.access_to(id, FileAccess::Modify));
                let held = Held::new(&self.scope, version, path, access).moved_from(origin);
                if how.truncate {
                    content.empty()?;
                } else if how.read {
                    self.note_read(id);
                }
                Ok(Opened::File(content.open(id, how, changeable, held)?))
            }
        }
    }

    fn open_new(&mut self, place: &Place, how: How, version: u64) -> Result<Opened> {
        let (folder, name) = place.entry.clone().ok_or(Errno::NOENT)?;
        if !how.create {
            return Err(Errno::NOENT);
        }
        let path = self.path_of(folder)?.join(&name);
        self.may_change(&path, FileAccess::Create)?;
        let number = self.next_number()?;
        let content = Arc::new(Content::fresh(number, &self.staging, &self.root)?);
        let id = self.insert(number, Kind::File(Arc::clone(&content)), None, 0);
        self.attach(folder, name, id)?;
        let held = Held::new(&self.scope, version, path, FileAccess::Create);
        Ok(Opened::File(content.open(id, how, true, held)?))
    }
}
