//! The journal of a call: what to take back when the call fails or the host dies in it.
//!
//! One line goes to `.cowork/calls/{call}/journal` *before* each change, and a copy of a file before it is first
//! written. A call whose result is final has its journal discarded; one that failed, or that a crash left
//! unfinished, is rolled back from it, newest change first. Every step of a rollback may be done twice.

use crate::Error;
use cap_fs_ext::{DirExt as _, SystemTimeSpec};
use cap_std::fs::{Dir, File, OpenOptions};
use cowork_domain::CallId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

const CALLS: &str = ".cowork/calls";

/// The changes of one call so far. Nothing is on disk before the first one.
#[derive(Debug)]
pub struct Journal {
    dir: Dir,
    place: PathBuf,
    lines: Option<File>,
    saved: BTreeSet<PathBuf>,
    copies: usize,
}

/// A call whose changes were taken back.
#[derive(Debug, PartialEq, Eq)]
pub struct Recovered {
    /// The call's id.
    pub call: CallId,
    /// How many changes it had made.
    pub changes: usize,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Change {
    /// A file or folder will be made here.
    Created { path: PathBuf },
    /// This will be renamed.
    Moved { from: PathBuf, to: PathBuf },
    /// This will be written; the copy holds what it was.
    Modified { path: PathBuf, copy: PathBuf },
}

impl Journal {
    /// The journal of a call in the coworkspace behind `dir`.
    pub fn new(dir: &Dir, call: CallId) -> io::Result<Self> {
        let place = Path::new(CALLS).join(call.to_string());
        Ok(Self { dir: dir.try_clone()?, place, lines: None, saved: BTreeSet::new(), copies: 0 })
    }

    /// To be called before a file or folder is made.
    pub fn creates(&mut self, path: &Path) -> io::Result<()> {
        self.saved.insert(path.to_owned());
        self.append(&Change::Created { path: path.to_owned() })
    }

    /// To be called before a rename to a free name.
    pub fn moves(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        self.append(&Change::Moved { from: from.to_owned(), to: to.to_owned() })?;
        // What is saved follows its content; what comes to a place anew is not saved by what stood there.
        let (moved, stayed): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.saved).into_iter().partition(|path| path.starts_with(from));
        self.saved = stayed.into_iter().filter(|path| !path.starts_with(to)).collect();
        let renamed = moved.iter().filter_map(|path| path.strip_prefix(from).ok()).map(|rest| to.join(rest));
        self.saved.extend(renamed);
        Ok(())
    }

    /// To be called before a file or its times change. Only the first time costs a copy.
    pub fn modifies(&mut self, path: &Path) -> io::Result<()> {
        if !self.saved.insert(path.to_owned()) {
            return Ok(());
        }
        self.open()?;
        self.copies += 1;
        let copy = self.place.join(self.copies.to_string());
        let partial = copy.with_extension("partial");
        self.dir.copy(path, &self.dir, &partial)?;
        keep_times(&self.dir, path, &partial)?;
        self.dir.rename(&partial, &self.dir, &copy)?;
        self.append(&Change::Modified { path: path.to_owned(), copy })
    }

    /// The call's result is final: forgets how to take it back.
    pub fn discard(self) -> Result<(), Error> {
        if self.lines.is_none() {
            return Ok(());
        }
        discard(&self.dir, &self.place)
    }

    /// Takes back everything, newest first.
    pub fn roll_back(self) -> Result<usize, Error> {
        if self.lines.is_none() {
            return Ok(0);
        }
        roll_back(&self.dir, &self.place)
    }

    /// The calls of a coworkspace that left a journal behind.
    pub fn interrupted(dir: &Dir) -> Result<Vec<CallId>, Error> {
        Ok(places(dir)?.into_iter().map(|(call, _)| call).collect())
    }

    /// Puts every call of a coworkspace in order that a crash interrupted: those that `is_final` knows keep their
    /// changes, all others are taken back and can be run again as if never.
    pub fn recover(dir: &Dir, is_final: impl Fn(CallId) -> bool) -> Result<Vec<Recovered>, Error> {
        let mut recovered = Vec::new();
        for (call, place) in places(dir)? {
            if is_final(call) {
                discard(dir, &place)?;
            } else {
                recovered.push(Recovered { call, changes: roll_back(dir, &place)? });
            }
        }
        Ok(recovered)
    }

    fn append(&mut self, change: &Change) -> io::Result<()> {
        let mut line = serde_json::to_vec(change)?;
        line.push(b'\n');
        // One write, so that a crash leaves at most one torn line, whose change did not happen.
        self.open()?.write_all(&line)
    }

    fn open(&mut self) -> io::Result<&mut File> {
        if self.lines.is_none() {
            self.dir.create_dir_all(&self.place)?;
            let mut options = OpenOptions::new();
            options.append(true).create(true);
            self.lines = Some(self.dir.open_with(self.place.join("journal"), &options)?);
        }
        self.lines.as_mut().ok_or_else(|| io::Error::other("the journal is not open"))
    }
}

fn places(dir: &Dir) -> Result<Vec<(CallId, PathBuf)>, Error> {
    let entries = match dir.read_dir(CALLS) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("list", CALLS, error)),
    };
    let mut calls = Vec::new();
    for entry in entries {
        let name = entry.map_err(|e| Error::io("list", CALLS, e))?.file_name();
        match name.to_string_lossy().parse::<CallId>() {
            Ok(call) => calls.push((call, Path::new(CALLS).join(name))),
            Err(error) => tracing::warn!(%error, "a stranger among the journals is left alone"),
        }
    }
    calls.sort();
    Ok(calls)
}

fn roll_back(dir: &Dir, place: &Path) -> Result<usize, Error> {
    let text = match dir.read(place.join("journal")) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(Error::io("read the journal in", &place.to_string_lossy(), error)),
    };
    // A torn last line was never acted upon.
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let changes: Vec<Change> = serde_json::Deserializer::from_slice(&text[..whole])
        .into_iter()
        .collect::<Result<_, _>>()
        .map_err(|e| Error::io("read the journal in", &place.to_string_lossy(), e.into()))?;
    for change in changes.iter().rev() {
        take_back(dir, change)
            .map_err(|e| Error::io("take back a change of", &place.to_string_lossy(), e))?;
    }
    discard(dir, place)?;
    Ok(changes.len())
}

fn take_back(dir: &Dir, change: &Change) -> io::Result<()> {
    match change {
        Change::Created { path } => match dir.symlink_metadata(path) {
            // A folder that has content again holds something that is not the call's.
            Ok(meta) if meta.is_dir() => dir.remove_dir(path).or_else(|error| match error.kind() {
                io::ErrorKind::DirectoryNotEmpty => Ok(()),
                _ => Err(error),
            }),
            Ok(_) => dir.remove_file(path),
            Err(error) => ignore_absent(error),
        },
        Change::Moved { from, to } if dir.symlink_metadata(from).is_err() => {
            dir.rename(to, dir, from).or_else(ignore_absent)
        }
        Change::Moved { .. } => Ok(()),
        Change::Modified { path, copy } => dir.rename(copy, dir, path).or_else(ignore_absent),
    }
}

fn discard(dir: &Dir, place: &Path) -> Result<(), Error> {
    dir.remove_dir_all(place)
        .or_else(ignore_absent)
        .map_err(|e| Error::io("remove", &place.to_string_lossy(), e))
}

fn ignore_absent(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

fn keep_times(dir: &Dir, from: &Path, to: &Path) -> io::Result<()> {
    let modified = dir.metadata(from)?.modified()?;
    dir.set_mtime(to, SystemTimeSpec::Absolute(modified))
}

#[cfg(test)]
#[path = "journal_tests.rs"]
mod tests;
