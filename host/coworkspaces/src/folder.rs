//! One open coworkspace: files in and out for the host and for people.

use crate::{Access, Error, Upload, access_of};
use cap_fs_ext::OpenOptionsSyncExt as _;
use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, OpenOptions};
use cowork_domain::coworkspace::Entry;
use cowork_domain::{CoworkspacePath, Durability, Slug};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An open coworkspace. Cheap to share behind an `Arc`; every operation goes beneath its one directory handle.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    dir: Arc<Dir>,
    durability: Durability,
}

impl Folder {
    /// The largest file that [`Folder::read`] takes into memory, in bytes.
    pub const MAX_READ: u64 = 64 << 20;

    /// Opens the folder at `root`.
    pub fn open(slug: &Slug, root: &Path) -> Result<Self, Error> {
        let dir = Dir::open_ambient_dir(root, ambient_authority()).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => Error::NoCoworkspace(slug.to_string()),
            _ => Error::io("open", &root.to_string_lossy(), source),
        })?;
        Ok(Self { root: root.to_owned(), dir: Arc::new(dir), durability: Durability::default() })
    }

    /// The same folder with another promise.
    pub fn with_durability(self, durability: Durability) -> Self {
        Self { durability, ..self }
    }

    /// Against what commits in this folder are safe.
    pub fn durability(&self) -> Durability {
        self.durability
    }

    /// Its place on the host's disk.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The handle that everything beneath is reached through.
    pub fn dir(&self) -> &Dir {
        &self.dir
    }

    /// The same, for those that outlive this.
    pub(crate) fn shared_dir(&self) -> Arc<Dir> {
        Arc::clone(&self.dir)
    }

    /// The bytes of a file.
    pub fn read(&self, path: &CoworkspacePath) -> Result<Vec<u8>, Error> {
        let (file, size) = self.open_file(path)?;
        if size > Self::MAX_READ {
            return Err(Error::TooLarge { path: path.to_string(), size, limit: Self::MAX_READ });
        }
        let mut bytes = Vec::new();
        // The file may grow while it is read.
        file.take(Self::MAX_READ).read_to_end(&mut bytes).map_err(|e| Error::io("read", path.as_str(), e))?;
        Ok(bytes)
    }

    /// Opens a file for reading, and its size in bytes. Only regular files are opened; a FIFO does not block.
    pub fn open_file(&self, path: &CoworkspacePath) -> Result<(File, u64), Error> {
        let mut options = OpenOptions::new();
        options.read(true).nonblock(true);
        let file =
            self.dir.open_with(path.as_str(), &options).map_err(|e| Error::io("open", path.as_str(), e))?;
        let meta = file.metadata().map_err(|e| Error::io("inspect", path.as_str(), e))?;
        if !meta.is_file() {
            return Err(Error::NotAFile(path.to_string()));
        }
        Ok((file, meta.len()))
    }

    /// Begins to write a file piece by piece; nothing is visible before [`Upload::commit`].
    pub fn upload(&self, path: &CoworkspacePath) -> Result<Upload<'_>, Error> {
        Self::must_be_the_persons(path)?;
        Upload::begin(self, path)
    }

    /// Removes a file, for a person.
    pub fn remove(&self, path: &CoworkspacePath) -> Result<(), Error> {
        Self::must_be_the_persons(path)?;
        self.dir.remove_file(path.as_str()).map_err(|e| Error::io("remove", path.as_str(), e))
    }

    fn must_be_the_persons(path: &CoworkspacePath) -> Result<(), Error> {
        let of_the_person = path.as_str() == ".instructions.md" || path.as_str().starts_with(".memory/");
        if access_of(Path::new(path.as_str())) != Access::ReadWrite && !of_the_person {
            return Err(Error::HostOwned(path.to_string()));
        }
        Ok(())
    }

    /// Removes what uploads left behind that the host's end cut off.
    pub fn sweep_uploads(&self) -> Result<(), Error> {
        crate::upload::sweep(&self.dir)
    }

    /// What lies in a folder, sorted by path; `None` is the coworkspace itself. At most `limit` entries; the flag
    /// tells whether there are more. The host's own folder is left out.
    pub fn list(
        &self,
        path: Option<&CoworkspacePath>,
        recursive: bool,
        limit: usize,
    ) -> Result<(Vec<Entry>, bool), Error> {
        crate::list::list(&self.dir, path, recursive, limit)
    }
}
