//! A part of what a call would do, as a person chose it.

use super::{Slot, Step, place_of};
use crate::staged::Changes;
use crate::staged::lower::{entries, open_folder};
use crate::{Error, Folder, name};
use cowork_domain::change_set::{Change, ChangeKind};
use cowork_domain::coworkspace::EntryKind;
use cowork_domain::{CallId, ChangeSet};
use rustix::fs::AtFlags;
use rustix::io::Errno;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::Path;

/// Why paths are no part that can be carried out by itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotWhole {
    /// Nothing happens at some of the paths.
    #[error("nothing would change at {}", .0.join(", "))]
    Unknown(Vec<String>),
    /// Others are needed for them.
    #[error("what was chosen needs also {}", .0.join(", "))]
    Needs(Vec<String>),
    /// Nothing was chosen.
    #[error("no path was chosen")]
    Empty,
}

impl Changes {
    /// What would happen at these paths alone. New folders that they need come with them; anything else that they
    /// need must be chosen too, so that nothing happens which nobody has seen.
    pub fn part(&self, chosen: &BTreeSet<String>) -> Result<Self, NotWhole> {
        let all = self.set.changes();
        let unknown: Vec<String> =
            chosen.iter().filter(|path| !all.iter().any(|change| change.path == **path)).cloned().collect();
        if !unknown.is_empty() {
            return Err(NotWhole::Unknown(unknown));
        }
        if chosen.is_empty() {
            return Err(NotWhole::Empty);
        }
        let kept = self.close(chosen)?;
        let steps = self.owners();
        let keeps = |(_, owners): &(&Step, Vec<usize>)| owners.iter().any(|owner| kept.contains(owner));
        let set = ChangeSet::new(kept.iter().map(|at| all[*at].clone()).collect());
        let of_kept = |path: &String| set.changes().iter().any(|change| change.path == *path);
        Ok(Self {
            steps: self.steps.iter().zip(steps).filter(keeps).map(|(step, _)| step.clone()).collect(),
            seen: self.seen.clone(),
            origins: self.origins.iter().filter(|(path, _)| of_kept(path)).map(clone).collect(),
            made: self.made.iter().filter(|(path, _)| of_kept(path)).map(clone).collect(),
            set,
        })
    }

    /// The chosen changes and the folders that they need, by their places in the set.
    fn close(&self, chosen: &BTreeSet<String>) -> Result<BTreeSet<usize>, NotWhole> {
        let all = self.set.changes();
        let mut kept: BTreeSet<usize> = (0..all.len()).filter(|at| chosen.contains(&all[*at].path)).collect();
        let mut needs = BTreeSet::new();
        for (at, change) in all.iter().enumerate() {
            let is_needed = || kept.iter().any(|one| is_above(change, &all[*one]));
            if !kept.contains(&at) && is_needed() {
                // The set is sorted by path: a folder comes before what is in it, and above it are only more folders.
                match change.kind {
                    ChangeKind::Created => drop(kept.insert(at)),
                    _ => drop(needs.insert(change.path.clone())),
                }
            }
        }
        for owners in self.owners() {
            if owners.iter().any(|owner| kept.contains(owner)) {
                let missing = owners.iter().filter(|owner| !kept.contains(owner));
                needs.extend(missing.map(|owner| all[*owner].path.clone()));
            }
        }
        let folders = kept.iter().filter(|at| is_removed_folder(&all[**at])).map(|at| &all[*at].path);
        for folder in folders {
            let inside = |change: &&Change| old_place(change).is_some_and(|old| is_beneath(old, folder));
            let missing = all.iter().enumerate().filter(|(at, change)| !kept.contains(at) && inside(change));
            needs.extend(missing.map(|(_, change)| change.path.clone()));
        }
        if needs.is_empty() { Ok(kept) } else { Err(NotWhole::Needs(needs.into_iter().collect())) }
    }

    /// Of each step the changes that it is a part of.
    fn owners(&self) -> Vec<Vec<usize>> {
        let mut by_place: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, change) in self.set.changes().iter().enumerate() {
            by_place.entry(&change.path).or_default().push(at);
            if let ChangeKind::Moved { from } = &change.kind {
                by_place.entry(from).or_default().push(at);
            }
        }
        let at =
            |path: &Path| by_place.get(name::escape(path.as_os_str()).as_str()).cloned().unwrap_or_default();
        let of = |step: &Step| match step {
            Step::Take { from, .. } => at(from),
            Step::Link { from, path } => [at(from), at(path)].concat(),
            Step::MakeFolder { path }
            | Step::Put { path, .. }
            | Step::Exchange { path, .. }
            | Step::Symlink { path, .. }
            | Step::Times { path, .. } => at(path),
        };
        self.steps.iter().map(of).collect()
    }
}

/// Forgets what a call staged for changes that are not among these.
pub fn drop_left_out(folder: &Folder, call: CallId, part: &Changes) -> Result<(), Error> {
    let place = place_of(call);
    let failed = |error: Errno| Error::io("remove", &place.to_string_lossy(), error.into());
    let needed = |name: &OsStr| {
        part.steps.iter().any(|step| match step {
            Step::Put { slot: slot @ Slot::Staged(_), .. } | Step::Exchange { slot, .. } => {
                *slot.name() == *name
            }
            _ => false,
        })
    };
    let staged = open_folder(folder.dir(), &place).map_err(failed)?;
    for (name, _) in entries(&staged).map_err(failed)? {
        if !needed(&name) {
            rustix::fs::unlinkat(&staged, &name, AtFlags::empty()).map_err(failed)?;
        }
    }
    Ok(())
}

fn clone<'a, A: Clone, B: Clone>((a, b): (&'a A, &'a B)) -> (A, B) {
    (a.clone(), b.clone())
}

fn is_beneath(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// Whether a change makes the folder that another one needs.
fn is_above(folder: &Change, of: &Change) -> bool {
    let makes = matches!(folder.kind, ChangeKind::Created | ChangeKind::Moved { .. });
    makes
        && folder.entry != EntryKind::File
        && of.kind != ChangeKind::Deleted
        && is_beneath(&of.path, &folder.path)
}

fn is_removed_folder(change: &Change) -> bool {
    change.kind == ChangeKind::Deleted && change.entry == EntryKind::Directory
}

/// Where the object of a change was before, if it leaves that place.
fn old_place(change: &Change) -> Option<&str> {
    match &change.kind {
        ChangeKind::Deleted => Some(&change.path),
        ChangeKind::Moved { from } => Some(from),
        _ => None,
    }
}
