//! Which files a call may get hold of, and how: asked at every operation, so that a grant which is taken away counts at
//! once, on open files too.

use super::tree::Kind;
use super::{NodeId, Result, Staged};
use cowork_domain::capability::{Effective, FileAccess, Ruling};
use cowork_domain::policy::Verdict;
use rustix::io::Errno;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What the call's powers say of files, and what they refused.
#[derive(Debug)]
pub struct Scope {
    powers: Effective,
    refused: Mutex<Vec<Refusal>>,
}

/// An access that the call's powers do not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// To what.
    pub path: PathBuf,
    /// How.
    pub access: FileAccess,
    /// Who refuses, and by which rule.
    pub ruling: Ruling,
}

/// What an open file was opened for, to be asked again when the call's powers change.
#[derive(Debug)]
pub(super) struct Held {
    scope: Arc<Scope>,
    path: PathBuf,
    /// Where it lies in the real folder, if the call had moved it from there: it must stay in reach there too.
    origin: Option<PathBuf>,
    /// What it takes to write to it; what the call made itself it may also read by this.
    write: FileAccess,
    /// The powers' version when it was opened: as long as it is the same, so is the answer.
    opened_at: u64,
}

/// What is remembered of what was refused.
const REFUSALS: usize = 8;

impl Scope {
    /// The files in these powers.
    pub fn new(powers: Effective) -> Self {
        Self { powers, refused: Mutex::default() }
    }

    /// The first accesses that were refused.
    pub fn refused(&self) -> Vec<Refusal> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes whenever something else may be in reach.
    pub(super) fn version(&self) -> u64 {
        self.powers.version()
    }

    /// Whether nothing is out of reach.
    pub(super) fn has_all(&self) -> bool {
        self.powers.has_all_files()
    }

    pub(super) fn check(&self, path: &Path, access: FileAccess) -> Result<()> {
        if self.has_all() {
            return Ok(());
        }
        self.refuse_unless(self.powers.file(path, access), path, access)
    }

    fn refuse_unless(&self, ruling: Ruling, path: &Path, access: FileAccess) -> Result<()> {
        // Nobody can be asked in the middle of a call, and what was read cannot be taken back.
        let asks = access == FileAccess::Read && ruling.verdict == Some(Verdict::Ask);
        if !ruling.is_denied() && !asks {
            return Ok(());
        }
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.len() < REFUSALS {
            refused.push(Refusal { path: path.to_owned(), access, ruling });
        }
        Err(Errno::ACCESS)
    }

    /// Whether a name shows in a listing.
    pub(super) fn shows(&self, path: &Path, is_folder: bool) -> bool {
        let ruling = || if is_folder { self.powers.sight_of_folder(path) } else { self.powers.sight(path) };
        self.has_all() || !ruling().is_denied()
    }

    fn may_see_folder(&self, path: &Path) -> Result<()> {
        if self.has_all() {
            return Ok(());
        }
        self.refuse_unless(self.powers.sight_of_folder(path), path, FileAccess::Read)
    }

    fn covers_below(&self, folder: &Path, access: FileAccess) -> bool {
        self.has_all() || self.powers.covers_below(folder, access)
    }
}

impl Held {
    /// `version` is that of the powers by which the file was opened, taken before they were asked.
    pub(super) fn new(scope: &Arc<Scope>, version: u64, path: PathBuf, write: FileAccess) -> Self {
        Self { opened_at: version, scope: Arc::clone(scope), path, origin: None, write }
    }

    pub(super) fn moved_from(self, origin: Option<PathBuf>) -> Self {
        Self { origin, ..self }
    }

    pub(super) fn may_read(&self) -> Result<()> {
        let own = self.write == FileAccess::Create;
        self.check(if own { FileAccess::Create } else { FileAccess::Read })?;
        match &self.origin {
            Some(origin) if self.opened_at != self.scope.version() => {
                self.scope.check(origin, FileAccess::Read)
            }
            _ => Ok(()),
        }
    }

    pub(super) fn may_write(&self) -> Result<()> {
        self.check(self.write)
    }

    /// A handle for reading was not asked about this when it was opened.
    pub(super) fn may_change_times(&self) -> Result<()> {
        self.scope.check(&self.path, self.write)
    }

    fn check(&self, access: FileAccess) -> Result<()> {
        if self.opened_at == self.scope.version() { Ok(()) } else { self.scope.check(&self.path, access) }
    }
}

impl Staged {
    /// What the call was refused so far.
    pub fn refused(&self) -> Vec<Refusal> {
        self.scope.refused()
    }

    /// Whether a name may be looked up. What is out of reach is refused alike whether it is there or not.
    pub(super) fn may_see(&self, path: &Path) -> Result<()> {
        self.scope.may_see_folder(path)
    }

    /// Whether what a name stands for shows: what is only on the way to something does as a folder alone.
    pub(super) fn shows(&self, id: NodeId, path: &Path) -> bool {
        let is_folder = matches!(self.node(id).kind, Kind::Folder(_));
        self.is_own(id) || self.scope.shows(path, is_folder)
    }

    /// Changes whenever something else may be in reach.
    pub fn scope_version(&self) -> u64 {
        self.scope.version()
    }

    /// Whether a name that a listing of the folder showed may still be told.
    pub fn still_shows(&self, folder: NodeId, name: &str, is_folder: bool) -> Result<bool> {
        self.may_list(folder)?;
        Ok(self.scope.shows(&self.path_of(folder)?.join(name), is_folder))
    }

    /// Whether a folder may be listed or looked at: it or something below it is in reach.
    pub(super) fn may_list(&self, folder: NodeId) -> Result<()> {
        let path = self.path_of(folder)?;
        if self.is_own(folder) { Ok(()) } else { self.may_see(&path) }
    }

    /// Whether a file or link at a place may be read. What the call made itself may be, where it may make things.
    pub(super) fn may_read(&self, id: NodeId, path: &Path) -> Result<()> {
        self.scope.check(path, self.access_to(id, FileAccess::Read))?;
        // Moved by this call: it must be in reach where it lies still.
        match self.origin_elsewhere(id, path) {
            Some(origin) => self.scope.check(&origin, FileAccess::Read),
            None => Ok(()),
        }
    }

    /// Where an object lies in the real folder, if the call has moved it from there.
    pub(super) fn origin_elsewhere(&self, id: NodeId, path: &Path) -> Option<PathBuf> {
        let origin = self.node(id).origin.as_ref()?;
        (origin.path != path && !self.scope.has_all()).then(|| origin.path.clone())
    }

    /// The access that it takes to do something with an object: what the call made itself is its own.
    pub(super) fn access_to(&self, id: NodeId, access: FileAccess) -> FileAccess {
        if self.is_own(id) { FileAccess::Create } else { access }
    }

    fn is_own(&self, id: NodeId) -> bool {
        self.node(id).origin.is_none() && id != Self::ROOT
    }

    /// Whether an object may go from one place to another, with everything in it: it leaves the one as a change, and
    /// must not come into reach by it.
    pub(super) fn may_move(&mut self, id: NodeId, from: &Path, to: &Path) -> Result<()> {
        self.may_change(from, self.access_to(id, FileAccess::Modify))?;
        self.scope.check(from, self.access_to(id, FileAccess::Read))?;
        self.may_change(to, FileAccess::Create)?;
        if !matches!(self.node(id).kind, Kind::Folder(_)) {
            return Ok(());
        }
        let sources = [FileAccess::Read, FileAccess::Modify];
        let all_covered = sources.iter().all(|access| self.scope.covers_below(from, *access))
            && self.scope.covers_below(to, FileAccess::Create);
        if all_covered { Ok(()) } else { self.may_move_inside(id, from, to) }
    }

    fn may_move_inside(&mut self, folder: NodeId, from: &Path, to: &Path) -> Result<()> {
        // All of it, also what does not show.
        for name in self.all_names(folder)?.into_keys() {
            let inside = self.look_up_any(folder, &name)?.ok_or(Errno::STALE)?;
            self.may_move(inside, &from.join(&name), &to.join(&name))?;
        }
        Ok(())
    }
}
