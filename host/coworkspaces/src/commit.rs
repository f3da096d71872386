//! Carrying out what a call did, so that a crash leaves it whole or to be continued.
//!
//! The steps are recorded before the first of them; each may be done again after a crash and then finds that it is
//! done. What they take away or replace goes to the call's own folder by renames, so nothing is copied and nothing is
//! lost.

use crate::staged::lower::{entries, open_folder, stat};
use crate::staged::staging::CALLS;
use crate::staged::{Changes, Identity, Seen};
use crate::{Error, Folder};
use cowork_domain::CallId;
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, FileType, Mode, RenameFlags, Timespec, Timestamps, UTIME_OMIT};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Where calls keep what they replaced, to be undone.
pub(crate) const UNDO: &str = ".cowork/undo";

/// One file of a call's folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Slot {
    /// New content.
    Staged(u64),
    /// On its way from one place to another.
    Parked(u64),
    /// What the call replaced or removed.
    Undo(u64),
}

/// One step of a commit. Paths are relative to the coworkspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// Takes an object away from its place.
    Take {
        /// Its place.
        from: PathBuf,
        /// Where it goes.
        to: Slot,
        /// What it was when the call looked at it.
        identity: Identity,
    },
    /// Makes a folder.
    MakeFolder {
        /// Its place.
        path: PathBuf,
    },
    /// Puts an object where nothing is.
    Put {
        /// Where it comes from.
        slot: Slot,
        /// Its place.
        path: PathBuf,
    },
    /// Puts new content in the place of old content, which is never missing in between.
    Exchange {
        /// Where the new content comes from.
        slot: Slot,
        /// The place.
        path: PathBuf,
        /// Where the old content goes.
        undo: Slot,
        /// What the old content was when the call looked at it.
        identity: Identity,
        /// What the new content is.
        ours: Identity,
    },
    /// Gives a file another name.
    Link {
        /// A name that it has.
        from: PathBuf,
        /// The new one.
        path: PathBuf,
    },
    /// Makes a symbolic link.
    Symlink {
        /// What it says.
        target: PathBuf,
        /// Its place.
        path: PathBuf,
    },
    /// Sets times. None leaves one as it is.
    Times {
        /// Of what.
        path: PathBuf,
        /// Of the last read.
        accessed: Option<SystemTime>,
        /// Of the last write.
        modified: Option<SystemTime>,
    },
}

/// What came between a commit's check and its steps: kept, and to be told to a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collision {
    /// Where somebody else wrote in that instant.
    pub path: PathBuf,
    /// Where what they wrote is now.
    pub kept: PathBuf,
}

impl Changes {
    /// The first place that is not any more what the call saw, if any.
    pub fn conflict(&self, folder: &Folder) -> Result<Option<PathBuf>, Error> {
        let mut parent: Option<(&Path, OwnedFd)> = None;
        for (path, seen) in &self.seen {
            let (above, name) = split(path);
            if parent.as_ref().is_none_or(|(open, _)| *open != above) {
                parent = match open_folder(folder.dir(), above) {
                    Ok(opened) => Some((above, opened)),
                    Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) if *seen == Seen::Absent => continue,
                    Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(Some(path.clone())),
                    Err(error) => return Err(Error::io("look at", &path.to_string_lossy(), error.into())),
                };
            }
            let Some((_, opened)) = &parent else { continue };
            let now = match name {
                Some(name) => stat(opened, name),
                None => rustix::fs::fstat(opened),
            };
            let holds = match (seen, now) {
                (Seen::Absent, Err(Errno::NOENT)) => true,
                (Seen::Folder { dev, ino }, Ok(now)) => (*dev, *ino) == (now.st_dev, now.st_ino),
                (Seen::Exactly(identity), Ok(now)) => *identity == Identity::of(&now),
                _ => false,
            };
            if !holds {
                return Ok(Some(path.clone()));
            }
        }
        Ok(None)
    }

    /// Carries the steps out, or goes on with them after a crash. To be called when they are recorded for good.
    pub fn carry_out(&self, folder: &Folder, call: CallId) -> Result<Vec<Collision>, Error> {
        let place = Path::new(CALLS).join(call.to_string());
        let failed = |error: Errno| Error::io("commit", &place.to_string_lossy(), error.into());
        let opened = match open_folder(folder.dir(), &place) {
            // Nothing was staged, or everything is done and what is left was put away.
            Err(Errno::NOENT) if self.steps.is_empty() || is_put_away(folder, call) => return Ok(Vec::new()),
            Err(Errno::NOENT) => {
                make_folder(folder, &place).map_err(failed)?;
                open_folder(folder.dir(), &place).map_err(failed)?
            }
            opened => opened.map_err(failed)?,
        };
        let mut commit = Commit { folder, call: opened, id: call, collisions: Vec::new() };
        for step in &self.steps {
            commit.step(step).map_err(|errno| Error::Step {
                call,
                step: format!("{step:?}"),
                source: errno.into(),
            })?;
        }
        let collisions = commit.collisions;
        put_away(folder, call).map_err(failed)?;
        Ok(collisions)
    }
}

/// Makes the call's folder, by which a start after a crash finds that there may be steps to carry out. To be called
/// before they are recorded.
pub fn prepare(folder: &Folder, call: CallId) -> Result<(), Error> {
    let place = Path::new(CALLS).join(call.to_string());
    folder.dir().create_dir_all(&place).map_err(|e| Error::io("create", &place.to_string_lossy(), e))
}

/// Forgets what a call staged.
pub fn drop_staged(folder: &Folder, call: CallId) -> Result<(), Error> {
    let place = Path::new(CALLS).join(call.to_string());
    match folder.dir().remove_dir_all(&place) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::io("remove", &place.to_string_lossy(), error))
        }
        _ => Ok(()),
    }
}

/// Calls that have staged something which is neither committed nor dropped.
pub fn staged_calls(folder: &Folder) -> Result<Vec<CallId>, Error> {
    let entries = match folder.dir().read_dir(CALLS) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("list", CALLS, error)),
    };
    let mut calls = Vec::new();
    for entry in entries {
        let name = entry.map_err(|e| Error::io("list", CALLS, e))?.file_name();
        match name.to_string_lossy().parse::<CallId>() {
            Ok(call) => calls.push(call),
            Err(error) => tracing::warn!(%error, "a stranger among the staged calls is left alone"),
        }
    }
    calls.sort();
    Ok(calls)
}

struct Commit<'a> {
    folder: &'a Folder,
    call: OwnedFd,
    id: CallId,
    collisions: Vec<Collision>,
}

impl Commit<'_> {
    fn step(&mut self, step: &Step) -> Result<(), Errno> {
        match step {
            Step::Take { from, to, identity } => self.take(from, *to, identity),
            Step::MakeFolder { path } => self.make_folder(path),
            Step::Put { slot, path } => self.put(*slot, path),
            Step::Exchange { slot, path, undo, identity, ours } => {
                self.exchange(*slot, path, *undo, identity, ours)
            }
            Step::Link { from, path } => self.link(from, path),
            Step::Symlink { target, path } => self.symlink(target, path),
            Step::Times { path, accessed, modified } => self.times(path, *accessed, *modified),
        }
    }

    fn take(&mut self, from: &Path, to: Slot, identity: &Identity) -> Result<(), Errno> {
        if !self.is_there(to)? {
            let (parent, name) = match self.place(from) {
                Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(()),
                place => place?,
            };
            match stat(&parent, &name) {
                Err(Errno::NOENT) => return Ok(()),
                // What an earlier run of these steps put there, or somebody else: who needs the place makes way.
                Ok(now) if (now.st_dev, now.st_ino) != (identity.dev, identity.ino) => return Ok(()),
                found => drop(found?),
            }
            match rustix::fs::renameat_with(&parent, &name, &self.call, to.name(), RenameFlags::NOREPLACE) {
                // Somebody else has taken it away in this instant: it is theirs.
                Err(Errno::NOENT) => return Ok(()),
                other => other?,
            }
        }
        let taken = stat(&self.call, to.name().as_ref())?;
        if FileType::from_raw_mode(taken.st_mode) == FileType::Directory {
            // Its own times have changed with what was taken out of it; what is in it now is somebody else's.
            let inside = entries(open_folder(&self.call, Path::new(&to.name()))?)?;
            return if matches!(to, Slot::Undo(_)) && !inside.is_empty() {
                self.give_back(to, from)
            } else {
                Ok(())
            };
        }
        if Identity::of(&taken).same_content(identity) {
            return Ok(());
        }
        // It changed in this instant. It goes back where it was, under a name beside.
        self.put_beside(to, from)
    }

    /// A folder that was to go and in which somebody else has put something stays.
    fn give_back(&mut self, slot: Slot, path: &Path) -> Result<(), Errno> {
        let (parent, name) = self.place_or_make(path)?;
        match rustix::fs::renameat_with(&self.call, slot.name(), &parent, &name, RenameFlags::NOREPLACE) {
            Err(Errno::EXIST) => self.put_beside(slot, path),
            other => {
                other?;
                self.collisions.push(Collision { path: path.to_owned(), kept: path.to_owned() });
                Ok(())
            }
        }
    }

    fn make_folder(&mut self, path: &Path) -> Result<(), Errno> {
        let (parent, name) = self.place_or_make(path)?;
        match rustix::fs::mkdirat(&parent, &name, Mode::from_raw_mode(0o777)) {
            Err(Errno::EXIST) if is_folder(&parent, &name) => Ok(()),
            Err(Errno::EXIST) => {
                self.make_way(path)?;
                rustix::fs::mkdirat(&parent, &name, Mode::from_raw_mode(0o777))
            }
            other => other,
        }
    }

    fn put(&mut self, slot: Slot, path: &Path) -> Result<(), Errno> {
        if !self.is_there(slot)? {
            return Ok(());
        }
        let (parent, name) = self.place_or_make(path)?;
        let rename =
            || rustix::fs::renameat_with(&self.call, slot.name(), &parent, &name, RenameFlags::NOREPLACE);
        match rename() {
            Err(Errno::EXIST) => {
                self.make_way(path)?;
                rustix::fs::renameat_with(&self.call, slot.name(), &parent, &name, RenameFlags::NOREPLACE)
            }
            other => other,
        }
    }

    fn exchange(
        &mut self,
        slot: Slot,
        path: &Path,
        undo: Slot,
        identity: &Identity,
        ours: &Identity,
    ) -> Result<(), Errno> {
        if self.is_there(undo)? || !self.is_there(slot)? {
            return Ok(());
        }
        let (parent, name) = self.place_or_make(path)?;
        let waiting = stat(&self.call, slot.name().as_ref())?;
        if (waiting.st_dev, waiting.st_ino) == (ours.dev, ours.ino) {
            match rustix::fs::renameat_with(&self.call, slot.name(), &parent, &name, RenameFlags::EXCHANGE) {
                // Somebody else has removed it in this instant: ours comes all the same.
                Err(Errno::NOENT) => return self.put(slot, path),
                other => other?,
            }
        }
        let displaced = Identity::of(&stat(&self.call, slot.name().as_ref())?);
        if displaced.same_content(identity) {
            rustix::fs::renameat(&self.call, slot.name(), &self.call, undo.name())
        } else {
            self.put_beside(slot, path)
        }
    }

    fn link(&mut self, from: &Path, path: &Path) -> Result<(), Errno> {
        let (from_parent, from_name) = match self.place(from) {
            // Somebody else has taken it away in this instant: there is nothing to give another name.
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(()),
            place => place?,
        };
        if let Err(Errno::NOENT) = stat(&from_parent, &from_name) {
            return Ok(());
        }
        let (parent, name) = self.place_or_make(path)?;
        let link = || rustix::fs::linkat(&from_parent, &from_name, &parent, &name, AtFlags::empty());
        match link() {
            Err(Errno::EXIST) => {
                let (one, other) = (stat(&from_parent, &from_name)?, stat(&parent, &name)?);
                if (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino) {
                    return Ok(());
                }
                self.make_way(path)?;
                link()
            }
            other => other,
        }
    }

    fn symlink(&mut self, target: &Path, path: &Path) -> Result<(), Errno> {
        let (parent, name) = self.place_or_make(path)?;
        match rustix::fs::symlinkat(target, &parent, &name) {
            Err(Errno::EXIST) => {
                let there = rustix::fs::readlinkat(&parent, &name, Vec::new());
                if there.is_ok_and(|there| there.as_bytes() == target.as_os_str().as_encoded_bytes()) {
                    return Ok(());
                }
                self.make_way(path)?;
                rustix::fs::symlinkat(target, &parent, &name)
            }
            other => other,
        }
    }

    fn times(
        &self,
        path: &Path,
        accessed: Option<SystemTime>,
        modified: Option<SystemTime>,
    ) -> Result<(), Errno> {
        let (parent, name) = match self.place(path) {
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(()),
            place => place?,
        };
        let times = Timestamps { last_access: timespec(accessed), last_modification: timespec(modified) };
        match rustix::fs::utimensat(&parent, &name, &times, AtFlags::SYMLINK_NOFOLLOW) {
            // Somebody else has taken it away since.
            Err(Errno::NOENT) => Ok(()),
            set => set,
        }
    }

    /// Something that is in the way goes beside: it came in this instant.
    fn make_way(&mut self, path: &Path) -> Result<(), Errno> {
        let (parent, name) = self.place(path)?;
        self.rename_beside(path, |beside| {
            rustix::fs::renameat_with(&parent, &name, &parent, beside, RenameFlags::NOREPLACE)
        })
    }

    fn put_beside(&mut self, slot: Slot, path: &Path) -> Result<(), Errno> {
        let (parent, _) = self.place_or_make(path)?;
        let call =
            self.call.try_clone().map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
        self.rename_beside(path, |beside| {
            rustix::fs::renameat_with(&call, slot.name(), &parent, beside, RenameFlags::NOREPLACE)
        })
    }

    fn rename_beside(
        &mut self,
        path: &Path,
        rename: impl Fn(&str) -> Result<(), Errno>,
    ) -> Result<(), Errno> {
        for number in 1..=100 {
            let name = beside(path, self.id, number);
            match rename(&name) {
                Err(Errno::EXIST) => {}
                renamed => {
                    renamed?;
                    let kept = path.with_file_name(name);
                    self.collisions.push(Collision { path: path.to_owned(), kept });
                    return Ok(());
                }
            }
        }
        Err(Errno::EXIST)
    }

    /// The folder of a path, made again if somebody else has taken it away since: what is to come there must come.
    fn place_or_make(&self, path: &Path) -> Result<(OwnedFd, OsString), Errno> {
        match self.place(path) {
            Err(Errno::NOENT) => {
                make_folder(self.folder, split(path).0)?;
                self.place(path)
            }
            place => place,
        }
    }

    fn place(&self, path: &Path) -> Result<(OwnedFd, OsString), Errno> {
        let (parent, name) = split(path);
        Ok((open_folder(self.folder.dir(), parent)?, name.ok_or(Errno::INVAL)?.to_owned()))
    }

    fn is_there(&self, slot: Slot) -> Result<bool, Errno> {
        match stat(&self.call, slot.name().as_ref()) {
            Ok(_) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl Slot {
    /// The name in the call's folder.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Staged(number) => number.to_string(),
            Self::Parked(number) => format!("p{number}"),
            Self::Undo(number) => format!("u{number}"),
        }
    }
}

fn split(path: &Path) -> (&Path, Option<&OsStr>) {
    (path.parent().unwrap_or(Path::new("")), path.file_name())
}

/// `report.txt` was written by somebody else in the instant of the commit: it becomes `report (changed during …).txt`.
fn beside(path: &Path, call: CallId, number: u32) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path.extension().map(|end| format!(".{}", end.to_string_lossy())).unwrap_or_default();
    let cut = |text: &str, most: usize| text[..text.floor_char_boundary(most)].to_owned();
    let again = if number > 1 { format!(" {number}") } else { String::new() };
    format!("{} (changed during {call}{again}){}", cut(&stem, 120), cut(&extension, 40))
}

fn is_folder(parent: &OwnedFd, name: &OsStr) -> bool {
    stat(parent, name).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Directory)
}

fn is_put_away(folder: &Folder, call: CallId) -> bool {
    folder.dir().symlink_metadata(Path::new(UNDO).join(call.to_string())).is_ok()
}

fn make_folder(folder: &Folder, place: &Path) -> Result<(), Errno> {
    folder.dir().create_dir_all(place).map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))
}

/// The last step: what remains of the call's folder is what it replaced.
fn put_away(folder: &Folder, call: CallId) -> Result<(), Errno> {
    let from = Path::new(CALLS).join(call.to_string());
    if rustix::fs::unlinkat(folder.dir(), &from, AtFlags::REMOVEDIR).is_ok() {
        return Ok(());
    }
    let to = Path::new(UNDO).join(call.to_string());
    match rustix::fs::renameat(folder.dir(), &from, folder.dir(), &to) {
        Err(Errno::NOENT) => {
            make_folder(folder, Path::new(UNDO))?;
            rustix::fs::renameat(folder.dir(), &from, folder.dir(), &to)
        }
        other => other,
    }
}

fn timespec(time: Option<SystemTime>) -> Timespec {
    let since = time.map(|time| time.duration_since(UNIX_EPOCH).unwrap_or_default());
    match since {
        None => Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
        Some(since) => Timespec {
            tv_sec: i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: since.subsec_nanos().into(),
        },
    }
}
