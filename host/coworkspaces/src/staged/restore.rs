//! What undoing needs beyond what a guest may do: taking objects off their names, and putting back what was kept.

use super::content::Content;
use super::lower;
use super::resolve::LastLink;
use super::seen::Identity;
use super::stat::Times;
use super::tree::{Folder, Kind};
use super::{NodeId, Result, Staged};
use rustix::fs::FileType;
use rustix::io::Errno;
use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

impl Staged {
    /// What an object was in the real folder when it was looked at; or what was put back in its place.
    pub(crate) fn identity(&self, id: NodeId) -> Result<Option<Identity>> {
        let node = self.node(id);
        match (&node.origin, &node.kind) {
            (Some(origin), _) => Ok(Some(Identity::of(&origin.stat))),
            (None, Kind::File(content)) => Ok(content.stat()?.map(|stat| Identity::of(&stat))),
            (None, _) => Ok(None),
        }
    }

    /// Takes an object off its name. It stays to be put elsewhere.
    pub(crate) fn take(&mut self, path: &Path) -> Result<NodeId> {
        let place = self.resolve(Self::ROOT, utf8(path)?, LastLink::Name)?;
        let id = place.existing(self)?;
        let (folder, name) = place.entry.ok_or(Errno::BUSY)?;
        self.detach(folder, &name)?;
        let node = self.node_mut(id)?;
        node.names = node.names.saturating_sub(1);
        Ok(id)
    }

    /// Removes a folder if nothing is in it; what a person has put there since keeps it.
    pub(crate) fn take_folder(&mut self, path: &Path) -> Result<()> {
        match self.remove_directory(Self::ROOT, utf8(path)?) {
            // The host's own places stay too.
            Err(Errno::NOTEMPTY | Errno::PERM) => Ok(()),
            removed => removed,
        }
    }

    /// Puts an object under a name that is free.
    pub(crate) fn put(&mut self, id: NodeId, path: &Path) -> Result<()> {
        let place = self.resolve(Self::ROOT, utf8(path)?, LastLink::Name)?;
        if place.node.is_some() {
            return Err(Errno::EXIST);
        }
        let (folder, name) = place.entry.ok_or(Errno::EXIST)?;
        self.attach(folder, name, id)
    }

    /// Puts what a call has kept at a place back there, over a file that is there now. It is linked and not moved, so
    /// that this view can still be dropped.
    pub(crate) fn put_kept(&mut self, kept: &Path, path: &Path) -> Result<()> {
        let above = lower::open_folder(&*self.root, kept.parent().unwrap_or(Path::new("")))?;
        let name = kept.file_name().unwrap_or(OsStr::new(""));
        let stat = lower::stat(&above, name)?;
        let number = self.next_number()?;
        let kind = match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => {
                self.staging.adopt(number, &above, name)?;
                Kind::File(Arc::new(Content::adopted(number, &self.staging, &self.root)))
            }
            FileType::Directory => Kind::Folder(Folder::default()),
            FileType::Symlink => Kind::Link(lower::read_link(&above, name)?),
            _ => return Err(Errno::NOTSUP),
        };
        let is_file = matches!(kind, Kind::File(_));
        let id = self.insert(number, kind, None, 0);
        let place = self.resolve(Self::ROOT, utf8(path)?, LastLink::Name)?;
        if place.node.is_some() {
            let there = self.take(path)?;
            self.forget(there);
        }
        let (folder, name) = place.entry.ok_or(Errno::EXIST)?;
        self.attach(folder, name, id)?;
        if !is_file {
            let seconds = Duration::from_secs(stat.st_mtime.unsigned_abs());
            let modified = UNIX_EPOCH + seconds + Duration::from_nanos(stat.st_mtime_nsec);
            self.set_times(id, Times { accessed: None, modified: Some(modified) })?;
        }
        Ok(())
    }
}

fn utf8(path: &Path) -> Result<&str> {
    path.to_str().ok_or(Errno::ILSEQ)
}
