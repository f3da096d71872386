//! A coworkspace in a temporary folder, beside another whose content nobody may see.

use cowork_coworkspaces::{CoworkspaceManager, Folder};
use cowork_domain::Slug;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A fresh coworkspace. Its neighbour is [`Coworkspace::NEIGHBOUR`], with the file `files/secret.txt`.
pub struct Coworkspace {
    /// Open, as the sandbox wants it.
    pub folder: Arc<Folder>,
    // The temporary folder goes when this does.
    temporary: tempfile::TempDir,
}

impl Default for Coworkspace {
    fn default() -> Self {
        Self::new()
    }
}

impl Coworkspace {
    /// The slug of the coworkspace beside this one.
    pub const NEIGHBOUR: &str = "neighbour";

    /// Makes both.
    pub fn new() -> Self {
        let temporary = tempfile::tempdir().expect("a temporary folder");
        let manager =
            CoworkspaceManager::new(temporary.path().to_owned()).expect("a folder for coworkspaces");
        let create = |slug: &str| {
            let slug: Slug = slug.parse().expect("a slug");
            manager.create_coworkspace(&slug, Some("Be tidy.")).expect("a coworkspace")
        };
        let neighbour = create(Self::NEIGHBOUR);
        fs::write(neighbour.root().join("files/secret.txt"), "secret").expect("a secret");
        Self { folder: create("mine"), temporary }
    }

    /// The place of a path on the host's disk.
    pub fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.folder.root().join(path)
    }

    /// Puts a file there, as a person would, with the folders that it needs.
    pub fn plant(&self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
        self
    }

    /// Puts a symbolic link there, as a person would.
    pub fn link(&self, path: &str, target: &str) -> &Self {
        symlink(target, self.path(path)).expect("a link");
        self
    }

    /// The text of a file.
    pub fn text(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// All that lies in this coworkspace and its neighbour: files with mode, hash and time of modification, folders,
    /// links with their targets. Two that are equal show that nothing has changed.
    pub fn tree(&self) -> BTreeMap<PathBuf, String> {
        let mut tree = BTreeMap::new();
        walk(self.temporary.path(), &mut tree);
        // Where the host's own folders come to be is no matter, what stays in them is.
        tree.retain(|path, entry| !(path.ends_with(".cowork/calls") && entry == "folder"));
        tree
    }
}

fn walk(folder: &Path, tree: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let meta = fs::symlink_metadata(&path).expect("metadata");
        let shown = if meta.is_dir() {
            walk(&path, tree);
            "folder".to_owned()
        } else if meta.is_symlink() {
            format!("link to {}", fs::read_link(&path).expect("a link").display())
        } else if meta.is_file() {
            let hash = blake3::hash(&fs::read(&path).expect("a file"));
            let (mode, modified) = (meta.permissions().mode(), meta.modified().expect("a time"));
            format!("{mode:o} {} of {modified:?}", hash.to_hex())
        } else {
            "other".to_owned()
        };
        tree.insert(path, shown);
    }
}
