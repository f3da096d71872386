//! One step after the other.

use super::{Collision, Slot, Step, disk, make_folders, split};
use crate::Folder;
use crate::staged::lower::{entries, open_folder, stat};
use crate::staged::{Identity, timespec};
use cowork_domain::{CallId, Durability};
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, FileType, RenameFlags, Timestamps};
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::time::SystemTime;

/// Folders that are kept open until they are flushed together.
const TOUCHED: usize = 64;

/// A commit on its way.
pub(super) struct Commit<'a> {
    folder: &'a Folder,
    call: OwnedFd,
    id: CallId,
    collisions: Vec<Collision>,
    /// Folders with names that are new or gone, by inode, where these are to outlive the loss of power.
    touched: BTreeMap<u64, OwnedFd>,
}

impl<'a> Commit<'a> {
    pub(super) fn new(folder: &'a Folder, call: OwnedFd, id: CallId) -> Self {
        Self { folder, call, id, collisions: Vec::new(), touched: BTreeMap::new() }
    }

    /// What came between, when every step is done and as durable as the host promises it.
    pub(super) fn end(mut self) -> Result<Vec<Collision>, Errno> {
        if self.folder.durability() == Durability::Power {
            self.flush()?;
            disk::sync(&self.call)?;
        }
        Ok(self.collisions)
    }

    pub(super) fn step(&mut self, step: &Step) -> Result<(), Errno> {
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
            match disk::rename((&parent, &name), (&self.call, to.name().as_ref()), RenameFlags::NOREPLACE) {
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
        match disk::rename((&self.call, slot.name().as_ref()), (&parent, &name), RenameFlags::NOREPLACE) {
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
        match disk::make_folder((&parent, &name)) {
            Err(Errno::EXIST) if is_folder(&parent, &name) => Ok(()),
            Err(Errno::EXIST) => {
                self.make_way(path)?;
                disk::make_folder((&parent, &name))
            }
            other => other,
        }
    }

    fn put(&mut self, slot: Slot, path: &Path) -> Result<(), Errno> {
        if !self.is_there(slot)? {
            return Ok(());
        }
        let (parent, name) = self.place_or_make(path)?;
        let from = slot.name();
        match disk::rename((&self.call, from.as_ref()), (&parent, &name), RenameFlags::NOREPLACE) {
            Err(Errno::EXIST) => {
                self.make_way(path)?;
                disk::rename((&self.call, from.as_ref()), (&parent, &name), RenameFlags::NOREPLACE)
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
        if self.is_ours(undo, ours)? {
            // The loss of power took the exchange and not what followed it.
            let (from, to) = (undo.name(), slot.name());
            disk::rename((&self.call, from.as_ref()), (&self.call, to.as_ref()), RenameFlags::NOREPLACE)?;
        }
        if self.is_there(undo)? || !self.is_there(slot)? {
            return Ok(());
        }
        let (parent, name) = self.place_or_make(path)?;
        if self.is_ours(slot, ours)? {
            match disk::rename((&self.call, slot.name().as_ref()), (&parent, &name), RenameFlags::EXCHANGE) {
                // Somebody else has removed it in this instant: ours comes all the same.
                Err(Errno::NOENT) => return self.put(slot, path),
                other => other?,
            }
        }
        let displaced = Identity::of(&stat(&self.call, slot.name().as_ref())?);
        if displaced.same_content(identity) {
            let (from, to) = (slot.name(), undo.name());
            disk::rename((&self.call, from.as_ref()), (&self.call, to.as_ref()), RenameFlags::empty())
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
        let link = || disk::link((&from_parent, &from_name), (&parent, &name));
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
        match disk::symlink(target, (&parent, &name)) {
            Err(Errno::EXIST) => {
                let there = rustix::fs::readlinkat(&parent, &name, Vec::new());
                if there.is_ok_and(|there| there.as_bytes() == target.as_os_str().as_encoded_bytes()) {
                    return Ok(());
                }
                self.make_way(path)?;
                disk::symlink(target, (&parent, &name))
            }
            other => other,
        }
    }

    fn times(
        &mut self,
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
            disk::rename((&parent, &name), (&parent, beside.as_ref()), RenameFlags::NOREPLACE)
        })
    }

    fn put_beside(&mut self, slot: Slot, path: &Path) -> Result<(), Errno> {
        let (parent, _) = self.place_or_make(path)?;
        let call = rustix::io::dup(&self.call)?;
        self.rename_beside(path, |beside| {
            disk::rename((&call, slot.name().as_ref()), (&parent, beside.as_ref()), RenameFlags::NOREPLACE)
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
    fn place_or_make(&mut self, path: &Path) -> Result<(OwnedFd, OsString), Errno> {
        match self.place(path) {
            Err(Errno::NOENT) => {
                make_folders(self.folder, split(path).0)?;
                self.place(path)
            }
            place => place,
        }
    }

    /// The folder of a path, where something is to be made or taken away, and the name there.
    fn place(&mut self, path: &Path) -> Result<(OwnedFd, OsString), Errno> {
        let (parent, name) = split(path);
        let opened = open_folder(self.folder.dir(), parent)?;
        self.touch(&opened)?;
        Ok((opened, name.ok_or(Errno::INVAL)?.to_owned()))
    }

    fn touch(&mut self, folder: &OwnedFd) -> Result<(), Errno> {
        if self.folder.durability() == Durability::Process {
            return Ok(());
        }
        if self.touched.len() >= TOUCHED {
            self.flush()?;
        }
        self.touched.insert(rustix::fs::fstat(folder)?.st_ino, rustix::io::dup(folder)?);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Errno> {
        std::mem::take(&mut self.touched).values().try_for_each(disk::sync)
    }

    fn is_ours(&self, slot: Slot, ours: &Identity) -> Result<bool, Errno> {
        match stat(&self.call, slot.name().as_ref()) {
            Ok(stat) => Ok((stat.st_dev, stat.st_ino) == (ours.dev, ours.ino)),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn is_there(&self, slot: Slot) -> Result<bool, Errno> {
        match stat(&self.call, slot.name().as_ref()) {
            Ok(_) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(error),
        }
    }
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
