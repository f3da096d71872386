//! A folder's entries in the order of their paths, with everything below if asked for.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::{self, Metadata};
use std::io;
use std::path::Path;

use cowork_tool::{Error, relative};

/// One entry of a folder.
pub struct Entry {
    /// Relative to the coworkspace.
    pub path: String,
    /// Of the entry itself, not of what a link points at.
    pub metadata: io::Result<Metadata>,
}

/// Walks a folder. Links are not followed.
pub struct Walk {
    /// What is still to be visited, the smallest path on top. A folder's path is smaller than those of its
    /// entries, so taking the top and adding what it holds gives all paths in order.
    pending: BinaryHeap<Reverse<String>>,
    recursive: bool,
}

impl Walk {
    /// Begins at a folder, which is not itself among the entries.
    pub fn new(folder: &str, recursive: bool) -> Result<Self, Error> {
        let folder = if folder.is_empty() { "." } else { folder };
        let mut walk = Walk { pending: BinaryHeap::new(), recursive };
        walk.add_entries(&relative(folder)).map_err(|error| match error.kind() {
            io::ErrorKind::NotADirectory => Error::failed("is a file, not a folder").about(relative(folder)),
            _ => Error::from(error).about(relative(folder)),
        })?;
        Ok(walk)
    }

    fn add_entries(&mut self, folder: &str) -> io::Result<()> {
        for entry in fs::read_dir(absolute(folder))? {
            let name = entry?.file_name();
            self.pending.push(Reverse(relative(Path::new(folder).join(name))));
        }
        Ok(())
    }
}

impl Iterator for Walk {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        let Reverse(path) = self.pending.pop()?;
        let mut metadata = fs::symlink_metadata(absolute(&path));
        if self.recursive && metadata.as_ref().is_ok_and(Metadata::is_dir) {
            // A folder that cannot be listed is reported as such, and the walk goes on.
            if let Err(error) = self.add_entries(&path) {
                metadata = Err(error);
            }
        }
        Some(Entry { path, metadata })
    }
}

/// Paths are shown relative to the coworkspace, whose root is `/`.
pub fn absolute(path: &str) -> String {
    format!("/{path}")
}
