//! Where coworkspaces are made and found.

use crate::{Error, Folder};
use cowork_domain::{CoworkspacePath, Slug};
use std::path::PathBuf;
use std::sync::Arc;

/// All coworkspaces of a host: `{root}/{slug}/`.
#[derive(Debug, Clone)]
pub struct CoworkspaceManager {
    root: PathBuf,
}

impl CoworkspaceManager {
    /// Takes the folder that holds them, and makes it if there is none.
    pub fn new(root: PathBuf) -> Result<Self, Error> {
        std::fs::create_dir_all(&root).map_err(|e| Error::io("create", &root.to_string_lossy(), e))?;
        Ok(Self { root })
    }

    /// Where the folder of a slug lies.
    pub fn root_of(&self, slug: &Slug) -> PathBuf {
        self.root.join(slug.as_str())
    }

    /// Makes a coworkspace with its fixed places, or completes one. Its instructions become these.
    pub fn create_coworkspace(&self, slug: &Slug, instructions: Option<&str>) -> Result<Arc<Folder>, Error> {
        let root = self.root_of(slug);
        std::fs::create_dir_all(&root).map_err(|e| Error::io("create", &root.to_string_lossy(), e))?;
        let folder = Folder::open(slug.clone(), &root)?;
        for place in [".memory", ".locks", ".cowork", "files", "output"] {
            folder.dir().create_dir_all(place).map_err(|e| Error::io("create", place, e))?;
        }
        folder.write_host_file(".instructions.md", instructions.unwrap_or_default().as_bytes())?;
        Ok(Arc::new(folder))
    }

    /// Opens a coworkspace.
    pub fn open(&self, slug: &Slug) -> Result<Arc<Folder>, Error> {
        Folder::open(slug.clone(), &self.root_of(slug)).map(Arc::new)
    }

    /// The bytes of a file.
    pub fn read_file(&self, slug: &Slug, path: &CoworkspacePath) -> Result<Vec<u8>, Error> {
        self.open(slug)?.read(path)
    }

    /// Writes a file, replacing it at once or not at all.
    pub fn write_file(&self, slug: &Slug, path: &CoworkspacePath, content: &[u8]) -> Result<(), Error> {
        self.open(slug)?.write(path, content)
    }
}
