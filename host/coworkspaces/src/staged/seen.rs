//! What a call saw of the real folder, so that it can be told at its commit whether that still holds.

use rustix::fs::Stat;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What tells whether an object is the same and unchanged. Times in nanoseconds since 1970, which 64 bits hold until
/// the year 2262.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The file system.
    pub dev: u64,
    /// The object in it.
    pub ino: u64,
    /// In bytes.
    pub size: u64,
    /// When its content last changed.
    pub modified: i64,
    /// When anything of it last changed.
    pub changed: i64,
}

/// One thing that a call saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// Nothing of this name.
    Absent,
    /// A folder; what is in it was looked up name by name.
    Folder {
        /// The file system.
        dev: u64,
        /// The folder in it.
        ino: u64,
    },
    /// A folder whose names were listed, or a file or link that was looked at.
    Exactly(Identity),
}

/// Everything that a call saw, by real path.
#[derive(Debug, Default)]
pub(super) struct SeenSet {
    /// By the bytes of the path: paths themselves compare part by part, which a listing of many would feel.
    seen: HashMap<OsString, Seen>,
    torn: Option<PathBuf>,
}

impl Identity {
    pub(crate) fn of(stat: &Stat) -> Self {
        let time = |seconds: i64, nanoseconds: u64| {
            seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds.cast_signed())
        };
        Self {
            dev: stat.st_dev,
            ino: stat.st_ino,
            size: u64::try_from(stat.st_size).unwrap_or(0),
            modified: time(stat.st_mtime, stat.st_mtime_nsec),
            changed: time(stat.st_ctime, stat.st_ctime_nsec),
        }
    }
}

impl Identity {
    /// Whether it is the same object with the same content. Renaming it changes only `changed`.
    pub(crate) fn same_content(&self, other: &Self) -> bool {
        let of = |this: &Self| (this.dev, this.ino, this.size, this.modified);
        of(self) == of(other)
    }
}

impl SeenSet {
    /// Notes what is at `path`. A second look that disagrees with the first tears the call: it saw two states.
    pub(super) fn note(&mut self, path: PathBuf, now: Seen) {
        let path = path.into_os_string();
        match (self.seen.get(&path), now) {
            // A listing says more than a look.
            (None, _) | (Some(Seen::Folder { .. }), Seen::Exactly(_)) => {
                self.seen.insert(path, now);
            }
            (Some(Seen::Exactly(before)), Seen::Folder { dev, ino })
                if (before.dev, before.ino) == (dev, ino) => {}
            (Some(before), now) if *before == now => {}
            (Some(_), _) => self.torn = Some(path.into()),
        }
    }

    /// Whether the names in a folder were listed.
    pub(super) fn has_listed(&self, folder: &Path) -> bool {
        matches!(self.seen.get(folder.as_os_str()), Some(Seen::Exactly(_)))
    }

    pub(super) fn len(&self) -> usize {
        self.seen.len()
    }

    pub(super) fn tear(&mut self, path: &Path) {
        self.torn = Some(path.to_owned());
    }

    /// The path whose two looks disagreed, if any, and everything that was seen.
    pub(super) fn into_parts(self) -> (Option<PathBuf>, Vec<(PathBuf, Seen)>) {
        let mut seen: Vec<(OsString, Seen)> = self.seen.into_iter().collect();
        seen.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        (self.torn, seen.into_iter().map(|(path, seen)| (path.into(), seen)).collect())
    }
}
