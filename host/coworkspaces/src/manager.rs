//! Where coworkspaces are made and found.

use crate::{Error, Folder};
use cowork_domain::{CoworkspacePath, Durability, Slug};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use std::path::PathBuf;
use std::sync::Arc;

/// All coworkspaces of a host: `{root}/{slug}/`.
#[derive(Debug, Clone)]
pub struct CoworkspaceManager {
    root: PathBuf,
    durability: Durability,
}

impl CoworkspaceManager {
    /// Takes the folder that holds them, and makes it if there is none.
    pub fn new(root: PathBuf) -> Result<Self, Error> {
        std::fs::create_dir_all(&root).map_err(|e| Error::io("create", &root.to_string_lossy(), e))?;
        Ok(Self { root, durability: Durability::default() })
    }

    /// The same with another promise for every folder.
    pub fn with_durability(self, durability: Durability) -> Self {
        Self { durability, ..self }
    }

    /// Where the folder of a slug lies.
    pub fn root_of(&self, slug: &Slug) -> PathBuf {
        self.root.join(slug.as_str())
    }

    /// Makes a coworkspace with its fixed places, or completes one. Its instructions become these.
    pub fn create_coworkspace(&self, slug: &Slug, instructions: Option<&str>) -> Result<Arc<Folder>, Error> {
        let root = self.root_of(slug);
        std::fs::create_dir_all(&root).map_err(|e| Error::io("create", &root.to_string_lossy(), e))?;
        let folder = Folder::open(slug, &root)?;
        for place in [".memory", ".locks", ".cowork", "files", "output"] {
            folder.dir().create_dir_all(place).map_err(|e| Error::io("create", place, e))?;
        }
        let folder = folder.with_durability(self.durability);
        folder.write_host_file(".instructions.md", instructions.unwrap_or_default().as_bytes())?;
        self.sync(&folder).map_err(|e| Error::io("make durable", &root.to_string_lossy(), e.into()))?;
        Ok(Arc::new(folder))
    }

    /// The names of the fixed places and of the coworkspace itself outlive the loss of power, if that is promised.
    fn sync(&self, folder: &Folder) -> Result<(), Errno> {
        if self.durability == Durability::Power {
            rustix::fs::fsync(folder.dir())?;
            let root = rustix::fs::open(&self.root, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())?;
            rustix::fs::fsync(root)?;
        }
        Ok(())
    }

    /// Opens a coworkspace.
    pub fn open(&self, slug: &Slug) -> Result<Arc<Folder>, Error> {
        let folder = Folder::open(slug, &self.root_of(slug))?;
        Ok(Arc::new(folder.with_durability(self.durability)))
    }

    /// The bytes of a file.
    pub fn read_file(&self, slug: &Slug, path: &CoworkspacePath) -> Result<Vec<u8>, Error> {
        self.open(slug)?.read(path)
    }
}
