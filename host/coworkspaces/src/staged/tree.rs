//! The merged tree: nodes for what the call has looked at, over the real folder for all the rest.

use super::content::Content;
use super::seen::{Identity, Seen};
use super::{MAX_NODES, Result, Staged, lower, stat};
use crate::{Access, access_of, name};
use rustix::fd::OwnedFd;
use rustix::fs::{FileType, Stat};
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// A file, folder or link in one call's view. It stays the same when it is renamed or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) u64);

#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// What it is in the real folder. None: the call made it.
    pub(super) origin: Option<Origin>,
    /// Times that the call set, where the content does not carry them.
    pub(super) times: Option<SetTimes>,
    /// Names in the merged tree.
    pub(super) names: u64,
    /// When the call made it.
    pub(super) made: SystemTime,
}

impl Node {
    pub(super) fn new(kind: Kind, origin: Option<Origin>, names: u64) -> Self {
        let made = if origin.is_some() { SystemTime::UNIX_EPOCH } else { stat::now() };
        Self { kind, origin, times: None, names, made }
    }
}

#[derive(Debug)]
pub(super) enum Kind {
    Folder(Folder),
    File(Arc<Content>),
    Link(OsString),
    /// A FIFO, socket or device: it can be looked at, renamed and removed, never opened.
    Other(FileType),
}

/// A folder's own entries over those of the real one.
#[derive(Debug, Default)]
pub(super) struct Folder {
    /// None: the root, or a folder that was removed while it was open.
    pub(super) parent: Option<(NodeId, OsString)>,
    /// What was looked at, made or moved here; a `None` is gone, whatever the real folder holds.
    pub(super) entries: BTreeMap<OsString, Option<NodeId>>,
    /// Where the real folder is, if entries may be found there.
    pub(super) real: Option<PathBuf>,
    pub(super) removed: bool,
    /// When the call last made or removed an entry.
    pub(super) changed: Option<SystemTime>,
}

#[derive(Debug, Clone)]
pub(super) struct Origin {
    pub(super) path: PathBuf,
    pub(super) stat: Stat,
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct SetTimes {
    pub(super) accessed: Option<SystemTime>,
    pub(super) modified: Option<SystemTime>,
}

/// Handles of real folders that are kept open at once.
const OPEN_FOLDERS: usize = 32;

impl Staged {
    pub(super) fn node(&self, id: NodeId) -> &Node {
        // Ids are only made by `insert`; nodes with handles or names are never taken away.
        self.nodes.get(&id).map_or(&self.gone, |node| node)
    }

    pub(super) fn node_mut(&mut self, id: NodeId) -> Result<&mut Node> {
        self.nodes.get_mut(&id).map(|node| &mut **node).ok_or(Errno::NOENT)
    }

    pub(super) fn folder(&self, id: NodeId) -> Result<&Folder> {
        match &self.node(id).kind {
            Kind::Folder(folder) => Ok(folder),
            _ => Err(Errno::NOTDIR),
        }
    }

    pub(super) fn folder_mut(&mut self, id: NodeId) -> Result<&mut Folder> {
        match &mut self.node_mut(id)?.kind {
            Kind::Folder(folder) => Ok(folder),
            _ => Err(Errno::NOTDIR),
        }
    }

    /// A number that no node has.
    pub(super) fn next_number(&mut self) -> Result<u64> {
        if self.nodes.len() + self.seen.len() > MAX_NODES {
            return Err(Errno::NOSPC);
        }
        self.last += 1;
        Ok(self.last)
    }

    pub(super) fn insert(&mut self, number: u64, kind: Kind, origin: Option<Origin>, names: u64) -> NodeId {
        let id = NodeId(number);
        self.nodes.insert(id, Box::new(Node::new(kind, origin, names)));
        id
    }

    /// Where a folder is now. An error when it was removed.
    pub(super) fn path_of(&self, id: NodeId) -> Result<PathBuf> {
        let mut parts = Vec::new();
        let mut at = id;
        loop {
            let folder = self.folder(at)?;
            match &folder.parent {
                _ if folder.removed => return Err(Errno::NOENT),
                None => break,
                Some((parent, name)) => {
                    parts.push(name.as_os_str());
                    at = *parent;
                }
            }
        }
        Ok(parts.into_iter().rev().collect())
    }

    /// The node of a name in a folder, if there is one and it is in reach.
    pub(super) fn look_up(&mut self, folder: NodeId, name: &OsStr) -> Result<Option<NodeId>> {
        if folder == Self::ROOT && access_of(Path::new(name)) == Access::Hidden {
            return Ok(None);
        }
        if self.scope.has_all() {
            return self.look_up_any(folder, name);
        }
        let path = self.path_of(folder)?.join(name);
        self.may_see(&path)?;
        Ok(self.look_up_any(folder, name)?.filter(|id| self.shows(*id, &path)))
    }

    pub(super) fn look_up_any(&mut self, folder: NodeId, name: &OsStr) -> Result<Option<NodeId>> {
        let this = self.folder(folder)?;
        if let Some(entry) = this.entries.get(name) {
            return Ok(*entry);
        }
        let Some(real) = &this.real else { return Ok(None) };
        let path = real.join(name);
        let handle = self.real_folder(folder)?;
        match lower::stat(&*handle, name) {
            Ok(stat) => self.load(folder, path, &stat, &handle).map(Some),
            Err(Errno::NOENT) => {
                self.is_nameable(&handle, name)?;
                if self.nodes.len() + self.seen.len() > MAX_NODES {
                    return Err(Errno::NOSPC);
                }
                self.seen.note(path, Seen::Absent);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// What tells an entry of a listed folder apart, of one that the call did nothing else with. It is not remembered:
    /// whether the folder still has the same entries is.
    pub(super) fn listed_object(&mut self, folder: NodeId, name: &str, follow: bool) -> Option<(u64, u64)> {
        if !self.scope.has_all() || matches!(name, "." | "..") || name.contains(['/', '\0']) {
            return None;
        }
        let name = OsStr::new(name);
        let this = self.folder(folder).ok()?;
        let is_known = this.removed || this.entries.contains_key(name);
        let is_hidden = folder == Self::ROOT && access_of(Path::new(name)) == Access::Hidden;
        if is_known || is_hidden || !self.seen.has_listed(this.real.as_ref()?) {
            return None;
        }
        let stat = lower::stat(&*self.real_folder(folder).ok()?, name).ok()?;
        let is_followed = follow && FileType::from_raw_mode(stat.st_mode) == FileType::Symlink;
        (!is_followed).then_some((stat.st_dev, stat.st_ino))
    }

    /// The real folder behind a folder that has one.
    pub(super) fn real_folder(&mut self, id: NodeId) -> Result<Arc<OwnedFd>> {
        if let Some(handle) = self.open_folders.get(&id) {
            return Ok(Arc::clone(handle));
        }
        let path = self.folder(id)?.real.clone().ok_or(Errno::NOENT)?;
        let handle = Arc::new(lower::open_folder(&*self.root, &path)?);
        if let Some(origin) = &self.node(id).origin {
            let now = rustix::fs::fstat(&*handle)?;
            if (now.st_dev, now.st_ino) != (origin.stat.st_dev, origin.stat.st_ino) {
                self.seen.tear(&path);
                return Err(Errno::STALE);
            }
        }
        if self.open_folders.len() >= OPEN_FOLDERS {
            self.open_folders.clear();
        }
        self.open_folders.insert(id, Arc::clone(&handle));
        Ok(handle)
    }

    fn load(&mut self, parent: NodeId, path: PathBuf, stat: &Stat, handle: &OwnedFd) -> Result<NodeId> {
        let name = path.file_name().unwrap_or(OsStr::new("")).to_owned();
        let kind = FileType::from_raw_mode(stat.st_mode);
        let (dev, ino) = (stat.st_dev, stat.st_ino);
        let seen = match kind {
            FileType::Directory => Seen::Folder { dev, ino },
            _ => Seen::Exactly(Identity::of(stat)),
        };
        self.seen.note(path.clone(), seen);
        let loaded = path.clone().into_os_string();
        let shared = kind == FileType::RegularFile && stat.st_nlink > 1;
        let known = if shared { self.by_inode.get(&(dev, ino)).copied() } else { None };
        let id = match known {
            Some(id) => id,
            None => {
                let number = self.next_number()?;
                let kind = match kind {
                    FileType::Directory => Kind::Folder(Folder {
                        parent: Some((parent, name.clone())),
                        real: Some(path.clone()),
                        ..Folder::default()
                    }),
                    FileType::RegularFile => Kind::File(Arc::new(Content::real(
                        number,
                        &self.staging,
                        &self.root,
                        path.clone(),
                        stat,
                    ))),
                    FileType::Symlink => Kind::Link(lower::read_link(handle, &name)?),
                    other => Kind::Other(other),
                };
                self.insert(number, kind, Some(Origin { path, stat: *stat }), stat.st_nlink)
            }
        };
        if shared {
            self.by_inode.insert((dev, ino), id);
        }
        self.loaded.insert(loaded, id);
        self.folder_mut(parent)?.entries.insert(name, Some(id));
        Ok(id)
    }

    /// A name that a listing showed escaped exists but cannot be named in UTF-8: that is said, instead of "not found".
    fn is_nameable(&self, folder: &OwnedFd, name: &OsStr) -> Result<()> {
        let real = name.to_str().and_then(name::unescape);
        match real {
            Some(real) if lower::stat(folder, &real).is_ok() => Err(Errno::ILSEQ),
            _ => Ok(()),
        }
    }
}
