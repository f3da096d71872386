//! Carrying out what a call did, so that a crash leaves it whole or to be continued.
//!
//! The steps are recorded before the first of them; each may be done again after a crash and then finds that it is
//! done. What they take away or replace goes to the call's own folder by renames, so nothing is copied and nothing is
//! lost. Where the host promises durability against power loss, what a record speaks of is on the disk before it is
//! recorded, and every step is before the call's folder is put away.

mod carry;
mod disk;
mod part;
#[cfg(test)]
mod power_tests;
mod step;

pub use part::{NotWhole, drop_left_out};
pub use step::{Collision, Slot, Step};

use crate::staged::lower::{open_file, open_folder, stat};
use crate::staged::staging::CALLS;
use crate::staged::{Changes, Identity, Seen};
use crate::{Error, Folder, reached};
use carry::Commit;
use cowork_domain::{CallId, Durability};
use rustix::fd::OwnedFd;
use rustix::fs::RenameFlags;
use rustix::io::Errno;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

/// Where calls keep what they replaced, to be undone.
pub(crate) const UNDO: &str = ".cowork/undo";

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

    /// To be called before the changes are recorded, held or committed: makes the call's folder, by which a start
    /// after a crash finds that there may be steps to carry out, and what is staged durable.
    pub fn prepare(&self, folder: &Folder, call: CallId) -> Result<(), Error> {
        let place = place_of(call);
        let failed = |error: Errno| Error::io("prepare", &place.to_string_lossy(), error.into());
        let opened = make_folders(folder, &place).map_err(failed)?;
        if folder.durability() == Durability::Power {
            self.sync_staged(&opened).map_err(failed)?;
        }
        reached("prepared");
        Ok(())
    }

    fn sync_staged(&self, call: &OwnedFd) -> Result<(), Errno> {
        for step in &self.steps {
            if let Step::Put { slot: slot @ Slot::Staged(_), .. } | Step::Exchange { slot, .. } = step {
                disk::sync(&open_file(call, slot.name().as_ref())?.0.into())?;
            }
        }
        disk::sync(call)
    }

    /// Carries the steps out, or goes on with them after a crash. To be called when they are recorded for good.
    pub fn carry_out(&self, folder: &Folder, call: CallId) -> Result<Vec<Collision>, Error> {
        let place = place_of(call);
        let failed = |error: Errno| Error::io("commit", &place.to_string_lossy(), error.into());
        let opened = match open_folder(folder.dir(), &place) {
            // Nothing was staged, or everything is done and what is left was put away.
            Err(Errno::NOENT) if self.steps.is_empty() || is_put_away(folder, call) => return Ok(Vec::new()),
            Err(Errno::NOENT) => make_folders(folder, &place).map_err(failed)?,
            opened => opened.map_err(failed)?,
        };
        let mut commit = Commit::new(folder, opened, call);
        for (number, step) in self.steps.iter().enumerate() {
            reached(format_args!("step {number}"));
            commit.step(step).map_err(|errno| Error::Step {
                call,
                step: format!("{step:?}"),
                source: errno.into(),
            })?;
        }
        let collisions = commit.end().map_err(failed)?;
        reached("stepped");
        put_away(folder, call).map_err(failed)?;
        reached("put away");
        Ok(collisions)
    }
}

/// Forgets what a call staged.
pub fn drop_staged(folder: &Folder, call: CallId) -> Result<(), Error> {
    let place = place_of(call);
    match folder.dir().remove_dir_all(&place) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::io("remove", &place.to_string_lossy(), error))
        }
        _ => Ok(()),
    }
}

/// Calls that have staged something which is neither committed nor dropped.
pub fn staged_calls(folder: &Folder) -> Result<Vec<CallId>, Error> {
    calls_in(folder, CALLS)
}

/// The calls that have a folder at this place, oldest first.
pub(crate) fn calls_in(folder: &Folder, place: &'static str) -> Result<Vec<CallId>, Error> {
    let entries = match folder.dir().read_dir(place) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("list", place, error)),
    };
    let mut calls = Vec::new();
    for entry in entries {
        let name = entry.map_err(|e| Error::io("list", place, e))?.file_name();
        match name.to_string_lossy().parse::<CallId>() {
            Ok(call) => calls.push(call),
            Err(error) => tracing::warn!(%error, "a stranger among the folders of calls is left alone"),
        }
    }
    calls.sort();
    Ok(calls)
}

fn place_of(call: CallId) -> PathBuf {
    Path::new(CALLS).join(call.to_string())
}

fn split(path: &Path) -> (&Path, Option<&OsStr>) {
    (path.parent().unwrap_or(Path::new("")), path.file_name())
}

fn is_put_away(folder: &Folder, call: CallId) -> bool {
    folder.dir().symlink_metadata(Path::new(UNDO).join(call.to_string())).is_ok()
}

/// Makes a folder and those above it, durable as the host promises it, and opens it.
fn make_folders(folder: &Folder, place: &Path) -> Result<OwnedFd, Errno> {
    let mut at = open_folder(folder.dir(), Path::new(""))?;
    for part in place.components() {
        let Component::Normal(name) = part else { return Err(Errno::INVAL) };
        match disk::make_folder((&at, name)) {
            Err(Errno::EXIST) => {}
            made => made?,
        }
        if folder.durability() == Durability::Power {
            disk::sync(&at)?;
        }
        at = open_folder(&at, Path::new(name))?;
    }
    Ok(at)
}

/// The last step: what remains of the call's folder is what it replaced.
fn put_away(folder: &Folder, call: CallId) -> Result<(), Errno> {
    let calls = open_folder(folder.dir(), Path::new(CALLS))?;
    let name = call.to_string();
    if disk::remove_folder((&calls, name.as_ref())).is_ok() {
        return Ok(());
    }
    let undo = match open_folder(folder.dir(), Path::new(UNDO)) {
        Err(Errno::NOENT) => make_folders(folder, Path::new(UNDO))?,
        opened => opened?,
    };
    disk::rename((&calls, name.as_ref()), (&undo, name.as_ref()), RenameFlags::empty())
}
