//! What a guest may know of a file: kind, size, times.

use super::content::OpenFile;
use super::resolve::LastLink;
use super::tree::{Kind, SetTimes};
use super::{NodeId, Result, Staged};
use cap_std::time::SystemClock;
use cowork_domain::capability::FileAccess;
use rustix::fs::{FileType, Stat, Timespec, Timestamps, UTIME_OMIT};
use rustix::io::Errno;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Size of a folder that is not on disk yet, in bytes.
const NEW_FOLDER: u64 = 4096;

/// What is known of a file, folder or link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metadata {
    /// What it is.
    pub kind: FileType,
    /// In bytes.
    pub size: u64,
    /// How many names it has.
    pub links: u64,
    /// When it was last read.
    pub accessed: SystemTime,
    /// When it was last written.
    pub modified: SystemTime,
    /// When anything of it last changed.
    pub changed: SystemTime,
}

/// New times. None leaves one as it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Times {
    /// Of the last read.
    pub accessed: Option<SystemTime>,
    /// Of the last write.
    pub modified: Option<SystemTime>,
}

impl Staged {
    /// What is known of what `path` names.
    pub fn metadata_at(&mut self, base: NodeId, path: &str, follow: bool) -> Result<Metadata> {
        let id = self.find(base, path, follow)?;
        self.metadata(id)
    }

    /// What is known of a folder that is open.
    pub fn metadata_of_folder(&self, id: NodeId) -> Result<Metadata> {
        if !self.folder(id)?.removed {
            self.may_list(id)?;
        }
        self.metadata(id)
    }

    /// The node that `path` names.
    pub fn find(&mut self, base: NodeId, path: &str, follow: bool) -> Result<NodeId> {
        let place = self.resolve(base, path, LastLink::follow(follow))?;
        let id = place.existing(self)?;
        if place.entry.is_none() {
            // The base itself, which was looked up before.
            self.may_list(id)?;
        }
        Ok(id)
    }

    /// What is known of an open file, which may have no name any more.
    pub fn metadata_of(&self, file: &OpenFile) -> Result<Metadata> {
        match file.stat()? {
            Some(stat) => Ok(Metadata { links: self.node(file.node).names, ..Metadata::of(&stat) }),
            None => self.metadata(file.node),
        }
    }

    /// What is known of a node.
    pub fn metadata(&self, id: NodeId) -> Result<Metadata> {
        let node = self.node(id);
        let mut meta = match (&node.kind, &node.origin) {
            (Kind::File(content), origin) => match (content.stat()?, origin) {
                (Some(stat), _) => Metadata::of(&stat),
                (None, Some(origin)) => Metadata::of(&origin.stat),
                (None, None) => return Err(Errno::NOENT),
            },
            (_, Some(origin)) => Metadata::of(&origin.stat),
            (kind, None) => Metadata::new(self.kind(id), size_of(kind), node.made),
        };
        meta.links = match node.kind {
            Kind::Folder(_) => meta.links,
            _ => node.names,
        };
        if let Kind::Folder(folder) = &node.kind {
            meta.modified = folder.changed.unwrap_or(meta.modified);
            meta.changed = folder.changed.unwrap_or(meta.changed);
        }
        if let Some(times) = node.times {
            meta.accessed = times.accessed.unwrap_or(meta.accessed);
            meta.modified = times.modified.unwrap_or(meta.modified);
        }
        Ok(meta)
    }

    /// Sets the times of what `path` names.
    pub fn set_times_at(&mut self, base: NodeId, path: &str, follow: bool, times: Times) -> Result<()> {
        let place = self.resolve(base, path, LastLink::follow(follow))?;
        let id = place.existing(self)?;
        let path = match &place.entry {
            Some((folder, name)) => self.path_of(*folder)?.join(name),
            None => self.path_of(id)?,
        };
        self.may_change(&path, self.access_to(id, FileAccess::Modify))?;
        self.set_times(id, times)
    }

    /// Sets the times of a folder that is open.
    pub fn set_folder_times(&mut self, id: NodeId, times: Times) -> Result<()> {
        if !self.folder(id)?.removed {
            self.may_change(&self.path_of(id)?, self.access_to(id, FileAccess::Modify))?;
        }
        self.set_times(id, times)
    }

    pub(super) fn set_times(&mut self, id: NodeId, times: Times) -> Result<()> {
        let node = self.node_mut(id)?;
        match &node.kind {
            Kind::File(content) => content.set_times(&timestamps(times)),
            Kind::Folder(_) | Kind::Link(_) | Kind::Other(_) => {
                let before = node.times.unwrap_or_default();
                node.times = Some(SetTimes {
                    accessed: times.accessed.or(before.accessed),
                    modified: times.modified.or(before.modified),
                });
                Ok(())
            }
        }
    }

    /// An entry of a folder was made or removed.
    pub(super) fn touch(&mut self, folder: NodeId) -> Result<()> {
        let now = now();
        if let Some(times) = &mut self.node_mut(folder)?.times {
            times.modified = None;
        }
        self.folder_mut(folder)?.changed = Some(now);
        Ok(())
    }

    /// What tells objects apart, of what a path names.
    pub fn object_at(&mut self, base: NodeId, path: &str, follow: bool) -> Result<(u64, u64)> {
        // C libraries ask this of every entry that they list.
        match self.listed_object(base, path, follow) {
            Some(object) => Ok(object),
            None => self.find(base, path, follow).map(|id| self.object(id)),
        }
    }

    /// What tells objects apart, within one call and, for those that a call did not make, from call to call.
    pub fn object(&self, id: NodeId) -> (u64, u64) {
        match &self.node(id).origin {
            Some(origin) => (origin.stat.st_dev, origin.stat.st_ino),
            None => (u64::MAX, id.0),
        }
    }
}

impl OpenFile {
    /// Sets its times.
    pub fn set_times(&self, times: Times) -> Result<()> {
        self.set_timestamps(&timestamps(times))
    }
}

impl Metadata {
    fn of(stat: &Stat) -> Self {
        Self {
            kind: FileType::from_raw_mode(stat.st_mode),
            size: u64::try_from(stat.st_size).unwrap_or(0),
            links: stat.st_nlink,
            accessed: time(stat.st_atime, stat.st_atime_nsec),
            modified: time(stat.st_mtime, stat.st_mtime_nsec),
            changed: time(stat.st_ctime, stat.st_ctime_nsec),
        }
    }

    fn new(kind: FileType, size: u64, made: SystemTime) -> Self {
        Self { kind, size, links: 2, accessed: made, modified: made, changed: made }
    }
}

/// The present, as folders and links of the view show it.
pub(super) fn now() -> SystemTime {
    SystemClock::new(cap_std::ambient_authority()).now().into_std()
}

fn size_of(kind: &Kind) -> u64 {
    match kind {
        Kind::Link(target) => target.len() as u64,
        _ => NEW_FOLDER,
    }
}

fn time(seconds: i64, nanoseconds: u64) -> SystemTime {
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let base = if seconds < 0 { UNIX_EPOCH - whole } else { UNIX_EPOCH + whole };
    base + Duration::from_nanos(nanoseconds)
}

pub(super) fn timestamps(times: Times) -> Timestamps {
    Timestamps { last_access: timespec(times.accessed), last_modification: timespec(times.modified) }
}

/// None leaves a time as it is.
pub(crate) fn timespec(time: Option<SystemTime>) -> Timespec {
    let Some(time) = time else { return Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT } };
    let seconds = |since: Duration| i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => Timespec { tv_sec: seconds(since), tv_nsec: since.subsec_nanos().into() },
        // Whole seconds below, and nanoseconds up from there.
        Err(before) => {
            let before = before.duration();
            match before.subsec_nanos() {
                0 => Timespec { tv_sec: -seconds(before), tv_nsec: 0 },
                part => Timespec { tv_sec: -seconds(before) - 1, tv_nsec: i64::from(1_000_000_000 - part) },
            }
        }
    }
}
