//! What a guest does to names: looking, making folders, renaming.

use super::View;
use super::bindings::types::{DirectoryEntry, ErrorCode, NewTimestamp};
use super::error::{FsError, FsResult};
use super::node::OpenFile;
use super::resolve::{Resolved, resolve};
use super::stat::kind_of;
use cap_fs_ext::{DirExt as _, SystemTimeSpec};
use cap_std::fs::{Dir, Metadata};
use cap_std::time::{Duration, SystemClock, SystemTime};
use cowork_coworkspaces::{Access, access_of, name};
use rustix::fs::RenameFlags;
use std::path::Path;

/// Metadata of a link-free place; of the link itself where the last part is one.
pub(super) fn metadata(dir: &Dir, path: &Path) -> FsResult<Metadata> {
    if path.as_os_str().is_empty() {
        return Ok(dir.dir_metadata()?);
    }
    match dir.symlink_metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && escaped(dir, path).is_some() => {
            Err(ErrorCode::IllegalByteSequence.into())
        }
        found => Ok(found?),
    }
}

/// The metadata of what a listing shows under an escaped name, because it cannot be named in UTF-8.
fn escaped(dir: &Dir, path: &Path) -> Option<Metadata> {
    let real = name::unescape(path.file_name()?.to_str()?)?;
    dir.symlink_metadata(path.with_file_name(real)).ok()
}

/// What tells files apart. C libraries ask for it while they list a folder, so it must not end at an escaped name.
pub(super) fn identity_at(view: &View, base: &Path, path: &str, follow: bool) -> FsResult<Metadata> {
    let listed = |place: Resolved| escaped(view.dir(), &place.path);
    match metadata_at(view, base, path, follow) {
        Err(FsError::Code(ErrorCode::IllegalByteSequence)) => resolve(view.dir(), base, path, false)
            .ok()
            .and_then(listed)
            .ok_or(ErrorCode::IllegalByteSequence.into()),
        found => found,
    }
}

pub(super) fn metadata_at(view: &View, base: &Path, path: &str, follow: bool) -> FsResult<Metadata> {
    let place = resolve(view.dir(), base, path, follow)?;
    let meta = metadata(view.dir(), &place.path)?;
    if place.must_be_directory && !meta.is_dir() {
        return Err(ErrorCode::NotDirectory.into());
    }
    Ok(meta)
}

/// A sorted snapshot. Names that are not UTF-8 are escaped, the host's own folder is left out.
pub(super) fn list(view: &View, path: &Path) -> FsResult<Vec<DirectoryEntry>> {
    let dir = view.dir();
    let entries = if path.as_os_str().is_empty() { dir.entries()? } else { dir.read_dir(path)? };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        let file_name = entry.file_name();
        if access_of(&path.join(&file_name)) != Access::Hidden {
            found.push(DirectoryEntry { type_: kind_of(entry.file_type()?), name: name::escape(&file_name) });
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

pub(super) fn create_directory(view: &mut View, base: &Path, path: &str) -> FsResult<()> {
    let place = resolve(view.dir(), base, path, true)?;
    if metadata(view.dir(), &place.path).is_ok() {
        return Err(ErrorCode::Exist.into());
    }
    view.writable(&place.path)?.creates(&place.path)?;
    Ok(view.dir().create_dir(&place.path)?)
}

/// Renames to a free name. Onto an existing path is refused: what stands there would be lost.
pub(super) fn rename(view: &mut View, from: (&Path, &str), to: (&Path, &str)) -> FsResult<()> {
    let from = resolve(view.dir(), from.0, from.1, false)?;
    let to = resolve(view.dir(), to.0, to.1, false)?;
    let moved = metadata(view.dir(), &from.path)?;
    if (from.must_be_directory || to.must_be_directory) && !moved.is_dir() {
        return Err(ErrorCode::NotDirectory.into());
    }
    view.writable(&from.path)?;
    view.writable(&to.path)?;
    if from.path == to.path {
        return Ok(());
    }
    if metadata(view.dir(), &to.path).is_ok() {
        return Err(ErrorCode::NotPermitted.into());
    }
    if to.path.starts_with(&from.path) || from.path.as_os_str().is_empty() {
        return Err(ErrorCode::Invalid.into());
    }
    view.writable(&to.path)?.moves(&from.path, &to.path)?;
    rename_no_replace(view.dir(), &from, &to)
}

/// In one system call, so that a file which appears at the target in this instant is not lost either.
fn rename_no_replace(dir: &Dir, from: &Resolved, to: &Resolved) -> FsResult<()> {
    let (from_dir, from_name) = parent(dir, &from.path)?;
    let (to_dir, to_name) = parent(dir, &to.path)?;
    rustix::fs::renameat_with(&from_dir, from_name, &to_dir, to_name, RenameFlags::NOREPLACE)
        .map_err(|errno| super::error::code_of(&errno.into()).into())
}

fn parent<'p>(dir: &Dir, path: &'p Path) -> FsResult<(Dir, &'p std::ffi::OsStr)> {
    let name = path.file_name().ok_or(ErrorCode::Invalid)?;
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => dir.open_dir_nofollow(parent)?,
        _ => dir.try_clone()?,
    };
    Ok((parent, name))
}

/// A link's target, as written. An absolute one would tell about the machine.
pub(super) fn read_link(view: &View, base: &Path, path: &str) -> FsResult<String> {
    let place = resolve(view.dir(), base, path, false)?;
    let target = view.dir().read_link_contents(&place.path)?;
    match target.into_os_string().into_string() {
        Ok(target) if target.starts_with('/') => Err(ErrorCode::NotPermitted.into()),
        Ok(target) => Ok(target),
        Err(_) => Err(ErrorCode::IllegalByteSequence.into()),
    }
}

pub(super) fn set_times_at(
    view: &mut View,
    base: &Path,
    (path, follow): (&str, bool),
    (accessed, modified): (NewTimestamp, NewTimestamp),
) -> FsResult<()> {
    let place = resolve(view.dir(), base, path, follow)?;
    if !metadata(view.dir(), &place.path)?.is_file() {
        return Err(ErrorCode::Unsupported.into());
    }
    view.writable(&place.path)?.modifies(&place.path)?;
    let (accessed, modified) = (timestamp(accessed)?, timestamp(modified)?);
    Ok(view.dir().set_times(&place.path, accessed, modified)?)
}

/// The times of an open file. It is found by its handle, which was journalled when it was opened for writing.
pub(super) fn set_times(open: &OpenFile, accessed: NewTimestamp, modified: NewTimestamp) -> FsResult<()> {
    let (accessed, modified) = (std_time(accessed)?, std_time(modified)?);
    let mut times = std::fs::FileTimes::new();
    if let Some(accessed) = accessed {
        times = times.set_accessed(accessed);
    }
    if let Some(modified) = modified {
        times = times.set_modified(modified);
    }
    Ok(open.file.set_times(times)?)
}

fn timestamp(time: NewTimestamp) -> FsResult<Option<SystemTimeSpec>> {
    let absolute = |time| SystemTimeSpec::Absolute(SystemTime::from_std(time));
    Ok(match time {
        NewTimestamp::Now => Some(SystemTimeSpec::SymbolicNow),
        other => std_time(other)?.map(absolute),
    })
}

fn std_time(time: NewTimestamp) -> FsResult<Option<std::time::SystemTime>> {
    match time {
        NewTimestamp::NoChange => Ok(None),
        NewTimestamp::Now => Ok(Some(SystemClock::new(cap_std::ambient_authority()).now().into_std())),
        NewTimestamp::Timestamp(time) => {
            let since = Duration::new(time.seconds, time.nanoseconds.min(999_999_999));
            let time = std::time::UNIX_EPOCH.checked_add(since).ok_or(ErrorCode::Overflow)?;
            Ok(Some(time))
        }
    }
}
