//! From a guest's path to a place in the coworkspace.

use super::bindings::types::ErrorCode;
use cap_std::fs::Dir;
use cowork_coworkspaces::{Access, access_of};
use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};

/// Symbolic links followed in one path, as on Linux.
const MAX_LINKS: usize = 40;
const MAX_NAME: usize = 255;
const MAX_PATH: usize = 4096;

/// A place relative to the coworkspace, free of links in all parts but possibly the last, of `.` and of `..`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Resolved {
    pub(super) path: PathBuf,
    /// The guest wrote a trailing slash: only a folder will do.
    pub(super) must_be_directory: bool,
}

/// Walks `path` from `base`. Every link is looked at here and followed only to a place inside; where the last part
/// does not exist, its place is the answer.
pub(super) fn resolve(dir: &Dir, base: &Path, path: &str, follow_last: bool) -> Result<Resolved, ErrorCode> {
    check(path)?;
    let must_be_directory = path.ends_with('/') || path.ends_with("/.") || path == ".";
    let mut at = base.to_owned();
    let mut rest: VecDeque<String> = parts(path).collect();
    let mut links = 0;
    while let Some(part) = rest.pop_front() {
        if part == ".." {
            // The coworkspace is `/`, but a path that climbs above it is an attempt, not a detour.
            if !at.pop() {
                return Err(ErrorCode::NotPermitted);
            }
            continue;
        }
        let next = at.join(&part);
        if access_of(&next) == Access::Hidden {
            return Err(ErrorCode::NoEntry);
        }
        let last = rest.is_empty();
        if last && !follow_last && !must_be_directory {
            at = next;
            continue;
        }
        match look(dir, &next, &part)? {
            Kind::Link => {
                links += 1;
                if links > MAX_LINKS {
                    return Err(ErrorCode::Loop);
                }
                for part in target(dir, &next)?.into_iter().rev() {
                    rest.push_front(part);
                }
            }
            Kind::Missing if !last => return Err(ErrorCode::NoEntry),
            Kind::NotDirectory if !last => return Err(ErrorCode::NotDirectory),
            Kind::Missing | Kind::NotDirectory | Kind::Directory => at = next,
        }
    }
    Ok(Resolved { path: at, must_be_directory })
}

enum Kind {
    Missing,
    Link,
    Directory,
    NotDirectory,
}

fn check(path: &str) -> Result<(), ErrorCode> {
    if path.is_empty() {
        return Err(ErrorCode::NoEntry);
    }
    if path.contains('\0') {
        return Err(ErrorCode::Invalid);
    }
    if path.len() > MAX_PATH || path.split('/').any(|part| part.len() > MAX_NAME) {
        return Err(ErrorCode::NameTooLong);
    }
    // Paths arrive relative to an open folder; the guest's own libc has taken the leading slash off.
    if path.starts_with('/') {
        return Err(ErrorCode::NotPermitted);
    }
    Ok(())
}

fn parts(path: &str) -> impl Iterator<Item = String> + '_ {
    path.split('/').filter(|part| !matches!(*part, "" | ".")).map(str::to_owned)
}

fn look(dir: &Dir, path: &Path, name: &str) -> Result<Kind, ErrorCode> {
    match dir.symlink_metadata(path) {
        Ok(meta) if meta.is_symlink() => Ok(Kind::Link),
        Ok(meta) if meta.is_dir() => Ok(Kind::Directory),
        Ok(_) => Ok(Kind::NotDirectory),
        Err(error) if error.kind() == io::ErrorKind::NotFound => missing(dir, path, name),
        Err(error) => Err(super::error::code_of(&error)),
    }
}

/// A name that a listing showed escaped exists but cannot be named in UTF-8: that is said, instead of "not found".
fn missing(dir: &Dir, path: &Path, name: &str) -> Result<Kind, ErrorCode> {
    match cowork_coworkspaces::name::unescape(name) {
        Some(real) if dir.symlink_metadata(path.with_file_name(&real)).is_ok() => {
            Err(ErrorCode::IllegalByteSequence)
        }
        _ => Ok(Kind::Missing),
    }
}

/// The parts of a link's target. An absolute one names a place on the machine, not in the coworkspace.
fn target(dir: &Dir, link: &Path) -> Result<Vec<String>, ErrorCode> {
    let target = dir.read_link_contents(link).map_err(|error| super::error::code_of(&error))?;
    let target = target.to_str().ok_or(ErrorCode::IllegalByteSequence)?;
    check(target)?;
    Ok(parts(target).collect())
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;
