//! A folder's entries in the order of their paths, with everything below if asked for.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::{self, FileType};
use std::io;
use std::path::Path;
use std::rc::Rc;

use cowork_tool::{Error, relative};

use crate::rules::Rules;

/// One entry of a folder.
#[derive(Debug)]
pub struct Entry {
    /// Relative to the coworkspace.
    pub path: String,
    /// How many folders below the first one it is: 1 in that folder itself.
    pub depth: usize,
    /// Of the entry itself, not of what a link points at.
    pub kind: io::Result<FileType>,
}

/// How far to go.
#[derive(Debug, Clone, Copy)]
pub struct Reach {
    /// Folders in one another; 1 is the first one alone.
    pub depth: usize,
    /// Also what `.gitignore` and `.ignore` leave out.
    pub ignored: bool,
}

/// Walks a folder. Links are not followed.
pub struct Walk {
    /// What is still to be visited, the smallest path on top. A folder's path is smaller than those of its
    /// entries, so taking the top and adding what it holds gives all paths in order.
    pending: BinaryHeap<Reverse<Pending>>,
    reach: Reach,
    left_out: u64,
}

struct Pending {
    path: String,
    depth: usize,
    kind: io::Result<FileType>,
    rules: Rc<Rules>,
}

impl Walk {
    /// Begins at a folder, which is not itself among the entries.
    pub fn new(folder: &str, reach: Reach) -> Result<Self, Error> {
        let folder = relative(if folder.is_empty() { "." } else { folder });
        let rules = if reach.ignored { Rules::none() } else { Rules::above(&folder) };
        let mut walk = Walk { pending: BinaryHeap::new(), reach, left_out: 0 };
        walk.add_entries(&folder, 1, &rules).map_err(|error| match error.kind() {
            io::ErrorKind::NotADirectory => Error::failed("is a file, not a folder").about(folder),
            _ => Error::from(error).about(folder),
        })?;
        Ok(walk)
    }

    /// Entries that rules have left out so far; what is in a folder that was left out is not counted.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    fn add_entries(&mut self, folder: &str, depth: usize, rules: &Rc<Rules>) -> io::Result<()> {
        let entries: Vec<fs::DirEntry> = fs::read_dir(absolute(folder))?.collect::<io::Result<_>>()?;
        let names = || entries.iter().map(fs::DirEntry::file_name);
        let rules = if self.reach.ignored { Rc::clone(rules) } else { Rules::of(rules, folder, names()) };
        for entry in &entries {
            let path = relative(Path::new(folder).join(entry.file_name()));
            let kind = entry.file_type();
            if !self.reach.ignored && rules.leave_out(&path, kind.as_ref().is_ok_and(FileType::is_dir)) {
                self.left_out += 1;
            } else {
                self.pending.push(Reverse(Pending { path, depth, kind, rules: Rc::clone(&rules) }));
            }
        }
        Ok(())
    }
}

impl Iterator for Walk {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        let Reverse(Pending { path, depth, mut kind, rules }) = self.pending.pop()?;
        if depth < self.reach.depth && kind.as_ref().is_ok_and(FileType::is_dir) {
            // A folder that cannot be listed is reported as such, and the walk goes on.
            if let Err(error) = self.add_entries(&path, depth + 1, &rules) {
                kind = Err(error);
            }
        }
        Some(Entry { path, depth, kind })
    }
}

/// Paths are shown relative to the coworkspace, whose root is `/`.
pub fn absolute(path: &str) -> String {
    if path == "." { "/".to_owned() } else { format!("/{path}") }
}

impl PartialEq for Pending {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path
    }
}

impl Eq for Pending {}

impl PartialOrd for Pending {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Pending {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.path.cmp(&other.path)
    }
}
