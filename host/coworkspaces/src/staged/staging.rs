//! Where the bytes of a call's new and changed files are until its commit: `.cowork/calls/{call}/`, flat, a file for
//! each node.

use super::Result;
use super::lower;
use cap_std::fs::Dir;
use cowork_domain::CallId;
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// Where all calls stage.
pub(crate) const CALLS: &str = ".cowork/calls";

/// The staging folder of one call. Nothing is on disk before the first file.
#[derive(Debug)]
pub(super) struct Staging {
    root: Arc<Dir>,
    call: CallId,
    folder: OnceLock<OwnedFd>,
    written: AtomicU64,
    limit: u64,
    torn: AtomicBool,
}

impl Staging {
    pub(super) fn new(root: Arc<Dir>, call: CallId, limit: u64) -> Self {
        Self {
            root,
            call,
            folder: OnceLock::new(),
            written: AtomicU64::new(0),
            limit,
            torn: AtomicBool::new(false),
        }
    }

    pub(super) fn path(&self) -> PathBuf {
        Path::new(CALLS).join(self.call.to_string())
    }

    /// A new empty file of this number.
    pub(super) fn create(&self, number: u64, mode: Mode) -> Result<File> {
        let how = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(self.folder()?, number.to_string(), how, mode)?.into())
    }

    /// Gives a file that lies elsewhere this number as another name.
    pub(super) fn adopt(&self, number: u64, from: &OwnedFd, name: &OsStr) -> Result<()> {
        rustix::fs::linkat(from, name, self.folder()?, number.to_string(), AtFlags::empty())
    }

    pub(super) fn open(&self, number: u64) -> Result<File> {
        let how = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(self.folder()?, number.to_string(), how, Mode::empty())?.into())
    }

    pub(super) fn remove(&self, number: u64) -> Result<()> {
        rustix::fs::unlinkat(self.folder()?, number.to_string(), AtFlags::empty())
    }

    /// To be called before bytes are written. Past the limit nothing more is.
    pub(super) fn meter(&self, bytes: u64) -> Result<()> {
        let add = |written: u64| Some(written.saturating_add(bytes));
        let before = self.written.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).unwrap_or(u64::MAX);
        if before.saturating_add(bytes) > self.limit { Err(Errno::DQUOT) } else { Ok(()) }
    }

    /// Bytes staged so far, those that were refused too.
    pub(super) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// A real file changed while the call used it.
    pub(super) fn tear(&self) {
        self.torn.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_torn(&self) -> bool {
        self.torn.load(Ordering::Relaxed)
    }

    fn folder(&self) -> Result<&OwnedFd> {
        if let Some(folder) = self.folder.get() {
            return Ok(folder);
        }
        let make = |path: &Path| match rustix::fs::mkdirat(&*self.root, path, Mode::from_raw_mode(0o777)) {
            Err(Errno::EXIST) => Ok(false),
            made => made.map(|()| true),
        };
        let calls = Path::new(CALLS);
        // A folder that no host has kept yet, such as one in which somebody tries a tool, has nothing of the host's.
        if make(calls) == Err(Errno::NOENT) {
            calls.parent().map_or(Ok(false), make)?;
            make(calls)?;
        }
        let is_new = make(&self.path())?;
        let opened = lower::open_folder(&*self.root, &self.path())?;
        if !is_new {
            // An earlier run of the same call was broken off: nothing of it counts.
            for (name, _) in lower::entries(&opened)? {
                rustix::fs::unlinkat(&opened, &name, AtFlags::empty())?;
            }
        }
        Ok(self.folder.get_or_init(|| opened))
    }
}
