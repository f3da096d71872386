//! Taking back what a call did: a call of its own, in a staged view, that does the opposite. So it is judged, committed
//! and undone like any other.

use crate::commit::{Slot, Step, UNDO};
use crate::staged::lower::{entries, open_folder, stat};
use crate::staged::{Changes, Identity, NodeId, Scope, Staged};
use crate::{Error, Folder};
use cowork_domain::CallId;
use cowork_domain::capability::Effective;
use cowork_domain::change_set::{Change, ChangeKind};
use cowork_domain::coworkspace::EntryKind;
use rustix::fs::FileType;
use rustix::io::Errno;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What taking back a call would do.
#[derive(Debug)]
pub struct Undoing {
    /// To be committed under the id of the undoing call.
    pub changes: Changes,
    /// What has changed since the call and is therefore in the way. If there is any, nothing is to be done.
    pub conflicts: Vec<String>,
}

/// Derives what takes back the committed call `of`, as the call `by`.
pub fn undo(folder: &Folder, of: CallId, done: &Changes, by: CallId) -> Result<Undoing, Error> {
    undo_all(folder, [(of, done)], by)
}

/// Derives what takes back committed calls, newest first, all at once, as the call `by`: each of them is looked at as it
/// is when those after it are taken back. Every conflict is found; what only follows from another one is not named.
pub fn undo_all<'a>(
    folder: &Folder,
    calls: impl IntoIterator<Item = (CallId, &'a Changes)>,
    by: CallId,
) -> Result<Undoing, Error> {
    let mut view = Staged::new(folder, by, true, Scope::new(Effective::unlimited()), u64::MAX)
        .map_err(|source| Error::Io { action: "undo", path: by.to_string(), source })?;
    let mut conflicts = Vec::new();
    // What calls did that cannot be taken back: those before them cannot either, where they did something there.
    let mut stays = BTreeSet::new();
    for (of, done) in calls {
        let fail = |errno: Errno| Error::Io { action: "undo", path: of.to_string(), source: errno.into() };
        let kept = Path::new(UNDO).join(of.to_string());
        let mut undo = Undo { view: &mut view, done, kept, conflicts: Vec::new() };
        undo.check().map_err(fail)?;
        if undo.conflicts.is_empty() {
            undo.apply().map_err(fail)?;
            continue;
        }
        conflicts.extend(undo.conflicts.into_iter().filter(|path| !stays.contains(path)));
        stays.extend(done.set.changes().iter().flat_map(places));
    }
    let fail = |errno: Errno| Error::Io { action: "undo", path: by.to_string(), source: errno.into() };
    Ok(Undoing { changes: view.finish().map_err(fail)?, conflicts })
}

fn places(change: &Change) -> Vec<String> {
    match &change.kind {
        ChangeKind::Moved { from } => vec![change.path.clone(), from.clone()],
        _ => vec![change.path.clone()],
    }
}

/// Forgets what a call replaced: from then on it cannot be undone.
pub fn drop_undo(folder: &Folder, call: CallId) -> Result<(), Error> {
    let place = Path::new(UNDO).join(call.to_string());
    match folder.dir().remove_dir_all(&place) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::io("remove", &place.to_string_lossy(), error))
        }
        _ => Ok(()),
    }
}

/// How much is kept of what a call replaced, in bytes.
pub fn undo_size(folder: &Folder, call: CallId) -> Result<u64, Error> {
    let place = Path::new(UNDO).join(call.to_string());
    match size_below(folder, &place) {
        Err(Errno::NOENT) => Ok(0),
        size => size.map_err(|error| Error::io("measure", &place.to_string_lossy(), error.into())),
    }
}

fn size_below(folder: &Folder, place: &Path) -> Result<u64, Errno> {
    let opened = open_folder(folder.dir(), place)?;
    let mut size = 0;
    for (name, kind) in entries(&opened)? {
        size += match kind {
            FileType::Directory => size_below(folder, &place.join(name))?,
            _ => u64::try_from(stat(&opened, &name)?.st_size).unwrap_or(0),
        };
    }
    Ok(size)
}

struct Undo<'a> {
    view: &'a mut Staged,
    done: &'a Changes,
    /// Where the call keeps what it replaced.
    kept: PathBuf,
    conflicts: Vec<String>,
}

/// What comes back to a place.
enum Back {
    /// An object that the call moved away.
    Moved(NodeId),
    /// Something that the call replaced or removed.
    Kept(PathBuf),
}

impl Undo<'_> {
    /// Everything must still be as the call left it.
    fn check(&mut self) -> Result<(), Errno> {
        for change in self.done.set.changes() {
            if !self.is_as_left(change)? {
                self.conflicts.push(change.path.clone());
            }
            if let ChangeKind::Moved { from } = &change.kind
                && self.is_taken(from)?
            {
                self.conflicts.push(from.clone());
            }
        }
        Ok(())
    }

    fn is_as_left(&mut self, change: &Change) -> Result<bool, Errno> {
        let found = self.view.find(Staged::ROOT, &change.path, false);
        let id = match (&change.kind, found) {
            (ChangeKind::Deleted, Err(Errno::NOENT | Errno::NOTDIR)) => return Ok(true),
            (ChangeKind::Deleted, Ok(_)) => return self.was_replaced(&change.path),
            (_, Err(Errno::NOENT | Errno::NOTDIR)) => return Ok(false),
            (_, found) => found?,
        };
        let now = self.view.identity(id)?;
        let left = match (&change.kind, change.entry) {
            (_, EntryKind::Directory) => return Ok(self.view.kind(id) == FileType::Directory),
            (ChangeKind::Moved { .. }, _) => {
                self.done.made.get(&change.path).or_else(|| self.done.origins.get(&change.path))
            }
            _ => self.done.made.get(&change.path),
        };
        Ok(match left {
            Some(left) => now.is_some_and(|now| Identity::same_content(&now, left)),
            // A symbolic link that the call made.
            None => self.view.kind(id) == FileType::Symlink,
        })
    }

    /// Whether the call itself put something else at a place from which it deleted.
    fn was_replaced(&self, path: &str) -> Result<bool, Errno> {
        Ok(self
            .done
            .set
            .changes()
            .iter()
            .any(|change| change.path == path && change.kind != ChangeKind::Deleted))
    }

    fn is_taken(&mut self, path: &str) -> Result<bool, Errno> {
        match self.view.find(Staged::ROOT, path, false) {
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(false),
            Err(error) => Err(error),
            Ok(_) => Ok(!self.was_replaced_or_moved_to(path)),
        }
    }

    fn was_replaced_or_moved_to(&self, path: &str) -> bool {
        self.done.set.changes().iter().any(|change| change.path == path)
    }

    fn apply(&mut self) -> Result<(), Errno> {
        let mut back: BTreeMap<PathBuf, Back> = BTreeMap::new();
        // Content first, while everything is where the call left it; then names, from the bottom up.
        for change in self.done.set.changes() {
            if matches!(change.kind, ChangeKind::Modified | ChangeKind::Touched)
                && let Some(kept) = self.kept_of(&change.path)
            {
                self.view.put_kept(&kept, Path::new(&change.path))?;
            }
        }
        for change in self.done.set.changes().iter().rev() {
            let path = Path::new(&change.path);
            match &change.kind {
                ChangeKind::Created if change.entry == EntryKind::Directory => self.view.take_folder(path)?,
                ChangeKind::Created => drop(self.view.take(path)?),
                ChangeKind::Moved { from } => {
                    let moved = self.view.take(path)?;
                    let kept = self.kept_of(from).map(Back::Kept);
                    back.insert(from.into(), kept.unwrap_or(Back::Moved(moved)));
                }
                ChangeKind::Deleted => {
                    if let Some(kept) = self.kept_of(&change.path) {
                        back.insert(path.to_owned(), Back::Kept(kept));
                    }
                }
                ChangeKind::Modified | ChangeKind::Touched => {}
            }
        }
        for (path, back) in back {
            match back {
                Back::Moved(id) => self.view.put(id, &path)?,
                Back::Kept(kept) => self.view.put_kept(&kept, &path)?,
            }
        }
        Ok(())
    }

    /// Where the call keeps what was at a place.
    fn kept_of(&self, path: &str) -> Option<PathBuf> {
        let slot = self.done.steps.iter().find_map(|step| match step {
            Step::Take { from, to: to @ Slot::Undo(_), .. } if from == Path::new(path) => Some(*to),
            Step::Exchange { path: at, undo, .. } if at == Path::new(path) => Some(*undo),
            _ => None,
        })?;
        Some(self.kept.join(slot.name()))
    }
}
