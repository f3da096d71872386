//! From a guest's path to a place in the merged tree.

use super::tree::Kind;
use super::{MAX_PATH, NodeId, Result, Staged};
use rustix::io::Errno;
use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};

/// Symbolic links followed in one path, as on Linux.
const MAX_LINKS: usize = 40;
const MAX_NAME: usize = 255;

/// What a path names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The folder that it is in, and its name there. None: the path ends at the base itself, by `.` or `..`.
    pub(super) entry: Option<(NodeId, OsString)>,
    /// What is there, if anything; of a link that is not followed, the link.
    pub(super) node: Option<NodeId>,
    /// The guest wrote a trailing slash: only a folder will do.
    pub(super) must_be_folder: bool,
}

/// What a link in the last part of a path stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LastLink {
    /// What it points to.
    Follow,
    /// Itself, unless the path says that it is a folder.
    Open,
    /// Itself: it is the name that is meant.
    Name,
}

impl LastLink {
    pub(super) fn follow(follow: bool) -> Self {
        if follow { Self::Follow } else { Self::Open }
    }
}

impl Place {
    /// The node, which must exist.
    pub(super) fn existing(&self, view: &Staged) -> Result<NodeId> {
        let id = self.node.ok_or(Errno::NOENT)?;
        match view.node(id).kind {
            Kind::Folder(_) => Ok(id),
            _ if self.must_be_folder => Err(Errno::NOTDIR),
            _ => Ok(id),
        }
    }
}

impl Staged {
    /// Walks `path` from the folder `base`, never above it. Every link is followed here, by the merged tree.
    pub(super) fn resolve(&mut self, base: NodeId, path: &str, last_link: LastLink) -> Result<Place> {
        check(path)?;
        let dot = path == "." || path.ends_with("/.");
        let mut must_be_folder = dot || path.ends_with('/');
        let follows = match last_link {
            LastLink::Follow => true,
            LastLink::Open => must_be_folder,
            LastLink::Name => dot,
        };
        let mut above = Vec::new();
        let mut at = base;
        let mut rest: VecDeque<String> = parts(path).collect();
        let mut links = 0;
        if self.folder(base)?.removed {
            return Err(Errno::NOENT);
        }
        while let Some(part) = rest.pop_front() {
            if part == ".." {
                at = above.pop().ok_or(Errno::PERM)?;
                continue;
            }
            let last = rest.is_empty();
            let name = OsStr::new(&part);
            let found = self.look_up(at, name)?;
            let link = found.and_then(|id| match &self.node(id).kind {
                Kind::Link(target) if !last || follows => Some(target.clone()),
                _ => None,
            });
            if let Some(target) = link {
                links += 1;
                let target_bytes = target.as_encoded_bytes();
                must_be_folder |= last && [&b"/"[..], b"/."].iter().any(|end| target_bytes.ends_with(end));
                if links > MAX_LINKS {
                    return Err(Errno::LOOP);
                }
                for part in target_parts(&target)?.into_iter().rev() {
                    rest.push_front(part);
                }
                continue;
            }
            if last && !dot {
                return Ok(Place { entry: Some((at, name.to_owned())), node: found, must_be_folder });
            }
            let next = found.ok_or(Errno::NOENT)?;
            self.folder(next)?;
            above.push(at);
            at = next;
        }
        Ok(Place { entry: None, node: Some(at), must_be_folder })
    }
}

fn check(path: &str) -> Result<()> {
    if path.is_empty() {
        return Err(Errno::NOENT);
    }
    if path.contains('\0') {
        return Err(Errno::INVAL);
    }
    if path.len() > MAX_PATH || path.split('/').any(|part| part.len() > MAX_NAME) {
        return Err(Errno::NAMETOOLONG);
    }
    // Paths arrive relative to an open folder; the guest's own libc has taken the leading slash off.
    if path.starts_with('/') { Err(Errno::PERM) } else { Ok(()) }
}

fn parts(path: &str) -> impl Iterator<Item = String> + '_ {
    path.split('/').filter(|part| !matches!(*part, "" | ".")).map(str::to_owned)
}

/// The parts of a link's target. An absolute one names a place on the machine, not in the coworkspace.
fn target_parts(target: &OsStr) -> Result<Vec<String>> {
    let target = target.to_str().ok_or(Errno::ILSEQ)?;
    check(target)?;
    Ok(parts(target).collect())
}
