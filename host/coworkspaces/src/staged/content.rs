//! The bytes of a file, wherever they are: in the real folder until the first change, in the staging folder after it.

use super::lower;
use super::scope::Held;
use super::seen::Identity;
use super::staging::Staging;
use super::{How, NodeId, Result};
use cap_std::fs::Dir;
use rustix::fs::{Mode, Stat, Timespec, Timestamps};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// One file's bytes. All names and handles of the file share it, so a reader sees what a writer wrote after both
/// were opened.
#[derive(Debug)]
pub(super) struct Content {
    number: u64,
    staging: Arc<Staging>,
    root: Arc<Dir>,
    place: Mutex<Place>,
}

#[derive(Debug)]
struct Place {
    at: At,
    /// The handle that is open now, if any: files are many, handles are few.
    open: Weak<File>,
    /// It is part of the change set, which outlives this.
    kept: bool,
    /// Its times were set, not only its bytes.
    has_times: bool,
}

#[derive(Debug, Clone)]
enum At {
    /// Untouched, in the real folder.
    Real { path: PathBuf, identity: Identity },
    /// In the staging folder.
    Staged,
}

/// An open file of a guest.
#[derive(Debug, Clone)]
pub struct OpenFile {
    pub(super) node: NodeId,
    content: Arc<Content>,
    handle: Arc<Mutex<Arc<File>>>,
    held: Arc<Held>,
    how: How,
    /// Whether its place may be changed, also where it was opened for reading only.
    changeable: bool,
}

impl Content {
    /// The bytes of a real file, which is not opened yet.
    pub(super) fn real(
        number: u64,
        staging: &Arc<Staging>,
        root: &Arc<Dir>,
        path: PathBuf,
        stat: &Stat,
    ) -> Self {
        Self::new(number, staging, root, At::Real { path, identity: Identity::of(stat) })
    }

    /// A new empty file.
    pub(super) fn fresh(number: u64, staging: &Arc<Staging>, root: &Arc<Dir>) -> Result<Self> {
        staging.create(number, Mode::from_raw_mode(0o666))?;
        Ok(Self::new(number, staging, root, At::Staged))
    }

    /// A file that is in the staging folder already.
    pub(super) fn adopted(number: u64, staging: &Arc<Staging>, root: &Arc<Dir>) -> Self {
        Self::new(number, staging, root, At::Staged)
    }

    fn new(number: u64, staging: &Arc<Staging>, root: &Arc<Dir>, at: At) -> Self {
        let (staging, root) = (Arc::clone(staging), Arc::clone(root));
        Self {
            number,
            staging,
            root,
            place: Mutex::new(Place { at, open: Weak::new(), kept: false, has_times: false }),
        }
    }

    /// Opens a handle for a guest.
    pub(super) fn open(
        self: &Arc<Self>,
        node: NodeId,
        how: How,
        changeable: bool,
        held: Held,
    ) -> Result<OpenFile> {
        let handle = Arc::new(Mutex::new(self.handle(&mut self.lock())?));
        Ok(OpenFile { node, content: Arc::clone(self), handle, held: Arc::new(held), how, changeable })
    }

    /// A handle of the host's own, from the beginning of the file.
    pub(super) fn reader(&self) -> Result<File> {
        let file = self.handle(&mut self.lock())?;
        let mut file = file.try_clone().map_err(errno)?;
        io::Seek::rewind(&mut file).map_err(errno)?;
        Ok(file)
    }

    /// Keeps the staged file beyond the end of the view. Its number, if it is staged.
    pub(super) fn keep(&self) -> Option<u64> {
        let mut place = self.lock();
        place.kept = matches!(place.at, At::Staged);
        place.kept.then_some(self.number)
    }

    /// What the file is now, if it is staged.
    pub(super) fn stat(&self) -> Result<Option<Stat>> {
        let mut place = self.lock();
        match place.at {
            At::Real { .. } => Ok(None),
            At::Staged => Ok(Some(rustix::fs::fstat(&*self.handle(&mut place)?)?)),
        }
    }

    /// Makes the bytes the call's own, with what they are now.
    pub(super) fn copy_up(&self) -> Result<Arc<File>> {
        self.stage(|from, to, size| {
            self.staging.meter(size)?;
            if rustix::fs::ioctl_ficlone(to, from).is_err() {
                io::copy(&mut &*from, &mut &*to).map_err(errno)?;
            }
            Ok(())
        })
    }

    /// Makes the bytes the call's own, and none of them.
    pub(super) fn empty(&self) -> Result<()> {
        let file = self.stage(|_, _, _| Ok(()))?;
        rustix::fs::ftruncate(&*file, 0)
    }

    pub(super) fn set_times(&self, times: &Timestamps) -> Result<()> {
        rustix::fs::futimens(&*self.copy_up()?, times)?;
        self.lock().has_times = true;
        Ok(())
    }

    pub(super) fn has_times(&self) -> bool {
        self.lock().has_times
    }

    fn stage(&self, fill: impl FnOnce(&File, &File, u64) -> Result<()>) -> Result<Arc<File>> {
        let mut place = self.lock();
        let At::Real { identity, .. } = &place.at else { return self.handle(&mut place) };
        let identity = *identity;
        let from = self.handle(&mut place)?;
        let before = rustix::fs::fstat(&*from)?;
        let to = self.staging.create(self.number, Mode::from_raw_mode(before.st_mode & 0o7777))?;
        let filled = fill(&from, &to, identity.size).and_then(|()| {
            // Written to by somebody else in the meantime: what was copied may be neither the old nor the new.
            if Identity::of(&rustix::fs::fstat(&*from)?) == identity {
                return keep_times(&to, &before);
            }
            self.staging.tear();
            Err(Errno::STALE)
        });
        if let Err(error) = filled {
            self.staging.remove(self.number)?;
            return Err(error);
        }
        let to = Arc::new(to);
        *place = Place { at: At::Staged, open: Arc::downgrade(&to), kept: false, has_times: false };
        Ok(to)
    }

    fn handle(&self, place: &mut Place) -> Result<Arc<File>> {
        if let Some(file) = place.open.upgrade() {
            return Ok(file);
        }
        let file = Arc::new(match &place.at {
            At::Staged => self.staging.open(self.number)?,
            At::Real { path, identity } => open_same(&self.root, path, identity)?,
        });
        place.open = Arc::downgrade(&file);
        Ok(file)
    }

    fn lock(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenFile {
    /// Reads at most as many bytes as `buffer` has.
    pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<usize> {
        if !self.how.read {
            return Err(Errno::BADF);
        }
        self.held.may_read()?;
        let file = self.file()?;
        loop {
            match file.read_at(buffer, offset) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => return other.map_err(errno),
            }
        }
    }

    /// Writes all bytes.
    pub fn write_all_at(&self, bytes: &[u8], offset: u64) -> Result<()> {
        let length = bytes.len() as u64;
        let file = self.writing(0)?;
        // A hole costs nothing on disk, but everything that reads the file afterwards.
        let grown = offset.saturating_add(length).saturating_sub(file.metadata().map_err(errno)?.len());
        self.content.staging.meter(length.max(grown))?;
        file.write_all_at(bytes, offset).map_err(errno)
    }

    /// Writes all bytes at where the end is now, and tells where that was.
    pub fn append(&self, bytes: &[u8]) -> Result<()> {
        let file = self.writing(bytes.len() as u64)?;
        let end = file.metadata().map_err(errno)?.len();
        file.write_all_at(bytes, end).map_err(errno)
    }

    /// Cuts or extends with zeroes.
    pub fn set_size(&self, size: u64) -> Result<()> {
        let file = self.writing(0)?;
        let before = file.metadata().map_err(errno)?.len();
        self.content.staging.meter(size.saturating_sub(before))?;
        rustix::fs::ftruncate(&*file, size)
    }

    /// What it was opened for.
    pub fn how(&self) -> How {
        self.how
    }

    /// The file that it is an open handle of.
    pub fn node(&self) -> NodeId {
        self.node
    }

    pub(super) fn set_timestamps(&self, times: &Timestamps) -> Result<()> {
        if !self.changeable {
            return Err(Errno::PERM);
        }
        self.held.may_change_times()?;
        self.content.set_times(times)
    }

    pub(super) fn stat(&self) -> Result<Option<Stat>> {
        self.held.may_read().or_else(|_| self.held.may_write())?;
        self.content.stat()
    }

    fn writing(&self, bytes: u64) -> Result<Arc<File>> {
        if !self.how.write {
            return Err(Errno::BADF);
        }
        self.held.may_write()?;
        self.content.staging.meter(bytes)?;
        self.content.copy_up()?;
        self.file()
    }

    /// The handle to use now: once the bytes are staged, the one opened before it is of the past.
    fn file(&self) -> Result<Arc<File>> {
        let mut place = self.content.lock();
        let mut handle = self.handle.lock().unwrap_or_else(PoisonError::into_inner);
        if !std::ptr::eq(place.open.as_ptr(), Arc::as_ptr(&handle)) {
            *handle = self.content.handle(&mut place)?;
        }
        Ok(Arc::clone(&handle))
    }
}

impl Drop for Content {
    /// A file that has neither names nor handles any more is gone.
    fn drop(&mut self) {
        let place = self.place.get_mut().unwrap_or_else(PoisonError::into_inner);
        if matches!(place.at, At::Staged) && !place.kept {
            // Whatever stays is swept with the whole folder at the end of the call.
            let _ = self.staging.remove(self.number);
        }
    }
}

fn open_same(root: &Dir, path: &Path, identity: &Identity) -> Result<File> {
    let folder = lower::open_folder(root, path.parent().unwrap_or(Path::new("")))?;
    let (file, stat) = lower::open_file(folder, path.file_name().unwrap_or(OsStr::new("")))?;
    // Another file stands there since it was looked at.
    if (stat.st_dev, stat.st_ino) == (identity.dev, identity.ino) { Ok(file) } else { Err(Errno::STALE) }
}

fn keep_times(to: &File, before: &Stat) -> Result<()> {
    let time =
        |tv_sec, nanoseconds: u64| Timespec { tv_sec, tv_nsec: i64::try_from(nanoseconds).unwrap_or(0) };
    let times = Timestamps {
        last_access: time(before.st_atime, before.st_atime_nsec),
        last_modification: time(before.st_mtime, before.st_mtime_nsec),
    };
    rustix::fs::futimens(to, &times)
}

pub(super) fn errno(error: io::Error) -> Errno {
    Errno::from_io_error(&error).unwrap_or(Errno::IO)
}
