//! Opening: the one place where a guest gets hold of a file.

use super::View;
use super::bindings::types::{DescriptorFlags, ErrorCode, OpenFlags};
use super::error::{FsError, FsResult};
use super::node::{Node, OpenFile};
use super::resolve::{Resolved, resolve};
use cap_fs_ext::OpenOptionsSyncExt as _;
use cap_std::fs::{Dir, OpenOptions};
use std::path::Path;
use std::sync::Arc;

/// What a guest asks for at an open.
pub(super) struct Request<'a> {
    pub(super) base: &'a Path,
    pub(super) path: &'a str,
    pub(super) follow: bool,
    pub(super) how: OpenFlags,
    pub(super) flags: DescriptorFlags,
}

impl Request<'_> {
    fn writes(&self) -> bool {
        self.flags.contains(DescriptorFlags::WRITE) || self.how.contains(OpenFlags::TRUNCATE)
    }

    fn create_new(&self) -> bool {
        self.how.contains(OpenFlags::CREATE | OpenFlags::EXCLUSIVE)
    }
}

pub(super) fn open(view: &mut View, request: &Request<'_>) -> FsResult<Node> {
    let follow = request.follow && !request.create_new();
    let place = resolve(view.dir(), request.base, request.path, follow)?;
    match existing(view.dir(), &place.path)? {
        Some(_) if request.create_new() => Err(ErrorCode::Exist.into()),
        Some(Existing::Directory) if request.writes() => Err(ErrorCode::IsDirectory.into()),
        Some(Existing::Directory) => Ok(Node::Directory(place.path)),
        Some(Existing::File) if place.must_be_directory || request.how.contains(OpenFlags::DIRECTORY) => {
            Err(ErrorCode::NotDirectory.into())
        }
        Some(Existing::File) => open_file(view, request, &place, false),
        Some(Existing::Link) => Err(ErrorCode::Loop.into()),
        // A FIFO would block, a device would act: neither is a file of a person.
        Some(Existing::Other) => Err(ErrorCode::NotPermitted.into()),
        None if place.must_be_directory || !request.how.contains(OpenFlags::CREATE) => {
            Err(ErrorCode::NoEntry.into())
        }
        None => open_file(view, request, &place, true),
    }
}

fn open_file(view: &mut View, request: &Request<'_>, place: &Resolved, new: bool) -> FsResult<Node> {
    if new {
        view.writable(&place.path)?.creates(&place.path)?;
    } else if request.writes() {
        view.writable(&place.path)?.modifies(&place.path)?;
    }
    let mut options = OpenOptions::new();
    options.read(true).write(new || request.writes()).create_new(new).nonblock(true);
    options.truncate(request.how.contains(OpenFlags::TRUNCATE) && !new);
    let file = view.dir().open_with(&place.path, &options)?;
    // What stood there may have been exchanged since it was looked at.
    if !file.metadata()?.is_file() {
        return Err(ErrorCode::NotPermitted.into());
    }
    Ok(Node::File(OpenFile {
        path: place.path.clone(),
        file: Arc::new(file.into_std()),
        flags: request.flags,
    }))
}

enum Existing {
    File,
    Directory,
    Link,
    Other,
}

fn existing(dir: &Dir, path: &Path) -> FsResult<Option<Existing>> {
    match super::paths::metadata(dir, path) {
        Ok(meta) if meta.is_file() => Ok(Some(Existing::File)),
        Ok(meta) if meta.is_dir() => Ok(Some(Existing::Directory)),
        Ok(meta) if meta.is_symlink() => Ok(Some(Existing::Link)),
        Ok(_) => Ok(Some(Existing::Other)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err::<_, FsError>(error),
    }
}
