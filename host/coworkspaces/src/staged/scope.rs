//! Which files a call may get hold of, and how: asked at every operation, so that a grant which is taken away counts at
//! once, on open files too.

use super::tree::Kind;
use super::{NodeId, Result, Staged};
use cowork_domain::capability::{Effective, FileAccess, Ruling};
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
        let ruling = self.powers.file(path, access);
        if !ruling.is_denied() {
            return Ok(());
        }
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.len() < REFUSALS {
            refused.push(Refusal { path: path.to_owned(), access, ruling });
        }
        Err(Errno::ACCESS)
    }

    /// Whether a name shows at all: something may be done with what it names, or with something below it.
    pub(super) fn shows(&self, path: &Path) -> bool {
        self.has_all()
            || FileAccess::ALL.iter().any(|access| !self.powers.file(path, *access).is_denied())
            || self.powers.leads_through(path)
    }

    fn covers_below(&self, folder: &Path, access: FileAccess) -> bool {
        self.has_all() || self.powers.covers_below(folder, access)
    }
}

impl Held {
    pub(super) fn new(scope: &Arc<Scope>, path: PathBuf, write: FileAccess) -> Self {
        Self { opened_at: scope.version(), scope: Arc::clone(scope), path, write }
    }

    pub(super) fn may_read(&self) -> Result<()> {
        let own = self.write == FileAccess::Create;
        self.check(if own { FileAccess::Create } else { FileAccess::Read })
    }

    pub(super) fn may_write(&self) -> Result<()> {
        self.check(self.write)
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
        if self.scope.shows(path) { Ok(()) } else { self.scope.check(path, FileAccess::Read) }
    }

    /// Whether a folder may be listed: it or something below it is in reach.
    pub(super) fn may_list(&self, folder: NodeId) -> Result<()> {
        let path = self.path_of(folder)?;
        if self.is_own(folder) { Ok(()) } else { self.may_see(&path) }
    }

    /// Whether a file or link at a place may be read. What the call made itself may be, where it may make things.
    pub(super) fn may_read(&self, id: NodeId, path: &Path) -> Result<()> {
        self.scope.check(path, self.access_to(id, FileAccess::Read))
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
