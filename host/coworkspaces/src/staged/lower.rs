//! The real folder, reached beneath its one handle only.

use super::Result;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, ResolveFlags, Stat};
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::Path;

const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW);

/// Opens a folder beneath `root`. A link anywhere on the way is refused: paths that come here are free of them, so one
/// that is met was put there in this instant.
pub(crate) fn open_folder(root: impl AsFd, path: &Path) -> Result<OwnedFd> {
    if path.as_os_str().is_empty() {
        return rustix::fs::openat(root, ".", FOLDER, Mode::empty());
    }
    let beneath = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    match rustix::fs::openat2(&root, path, FOLDER, Mode::empty(), beneath) {
        Err(Errno::NOSYS | Errno::PERM) => walk(root, path),
        opened => opened,
    }
}

/// The same where the system has no `openat2`, or does not let us use it.
fn walk(root: impl AsFd, path: &Path) -> Result<OwnedFd> {
    let mut at = rustix::fs::openat(root, ".", FOLDER, Mode::empty())?;
    for part in path.components() {
        let std::path::Component::Normal(part) = part else { return Err(Errno::INVAL) };
        at = rustix::fs::openat(&at, part, FOLDER, Mode::empty())?;
    }
    Ok(at)
}

/// Looks at one entry of a folder, not through it.
pub(crate) fn stat(folder: impl AsFd, name: &OsStr) -> Result<Stat> {
    rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)
}

/// Opens a regular file for reading, and what it is. Anything else is refused, without waiting for it: a FIFO would
/// block, a device would act.
pub(crate) fn open_file(folder: impl AsFd, name: &OsStr) -> Result<(File, Stat)> {
    let how = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = rustix::fs::openat(folder, name, how, Mode::empty())?;
    let stat = rustix::fs::fstat(&file)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(Errno::PERM);
    }
    Ok((file.into(), stat))
}

/// A link's target, as written.
pub(crate) fn read_link(folder: impl AsFd, name: &OsStr) -> Result<OsString> {
    Ok(OsString::from_vec(rustix::fs::readlinkat(folder, name, Vec::new())?.into_bytes()))
}

/// The entries of a folder, in no order, without `.` and `..`.
pub(crate) fn entries(folder: impl AsFd) -> Result<Vec<(OsString, FileType)>> {
    let mut found = Vec::new();
    for entry in Dir::read_from(&folder)? {
        let entry = entry?;
        let name = OsStr::from_bytes(entry.file_name().to_bytes());
        if name == "." || name == ".." {
            continue;
        }
        let kind = match entry.file_type() {
            FileType::Unknown => FileType::from_raw_mode(stat(&folder, name)?.st_mode),
            kind => kind,
        };
        found.push((name.to_owned(), kind));
    }
    Ok(found)
}
