//! `file_list`: what is in a folder.

mod render;

use std::fs::{self, FileType, Metadata};

use cowork_tool::{Deserialize, Error, JsonSchema, Output, Serialize, relative};

use crate::pattern::Pattern;
use crate::walk::{self, Reach, Walk, absolute};

/// Arguments of [`file_list`].
#[derive(Default, Deserialize, JsonSchema)]
pub struct FileList {
    /// The folder; `.` is the whole coworkspace. Default `files`.
    pub path: Option<String>,
    /// Whether to list everything below it too. Default false.
    #[serde(default)]
    pub recursive: bool,
    /// How many folders deep to go if recursive.
    #[schemars(range(min = 1))]
    pub depth: Option<usize>,
    /// Only what fits a glob in any case: `*.{jpg,png}` for names, `**/2026/*` for paths.
    pub glob: Option<String>,
    /// Also what `.gitignore` and `.ignore` leave out. Default false.
    #[serde(default)]
    pub ignored: bool,
    /// How many entries to return at most. Default 1000.
    #[schemars(range(min = 1))]
    pub limit: Option<usize>,
    /// Go on after this path, the `next` of the page before.
    pub after: Option<String>,
}

/// What is in a folder.
#[derive(Serialize, JsonSchema)]
pub struct Listing {
    /// In the order of their paths.
    entries: Vec<Entry>,
    /// Whether there are more than `limit`.
    truncated: bool,
    /// Of a listing that is truncated: `after` for the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Entries that `.gitignore` and `.ignore` leave out; `ignored` shows them.
    #[serde(skip_serializing_if = "is_zero")]
    left_out: u64,
}

#[derive(Serialize, JsonSchema)]
struct Entry {
    /// Relative to the coworkspace.
    path: String,
    #[serde(skip)]
    depth: usize,
    kind: Kind,
    /// Of a file, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    /// Such as `2026-03-14T09:26:53Z`.
    #[serde(skip_serializing_if = "Option::is_none")]
    modified: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Kind {
    File,
    Directory,
    Link,
    Other,
    /// It is there, and nothing about it can be read.
    Unreadable,
}

const DEFAULT_LIMIT: usize = 1000;

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Lists a folder. An entry that cannot be read does not end the listing.
pub fn file_list(args: FileList) -> Result<Output, Error> {
    let glob = args.glob.as_deref().map(|glob| Pattern::new("glob", glob)).transpose()?;
    let depth = if args.recursive { args.depth.unwrap_or(usize::MAX) } else { 1 };
    let path = args.path.as_deref().unwrap_or("files");
    let mut walk = Walk::new(path, Reach { depth, ignored: args.ignored })?;
    let after = args.after.map(relative);
    let mut wanted = walk.by_ref().filter(|found| {
        after.as_ref().is_none_or(|after| found.path > *after)
            && glob.as_ref().is_none_or(|glob| glob.matches(&found.path))
    });
    let entries: Vec<_> = wanted.by_ref().take(args.limit.unwrap_or(DEFAULT_LIMIT)).map(entry).collect();
    let truncated = wanted.next().is_some();
    let next = entries.last().filter(|_| truncated).map(|entry| entry.path.clone());
    let listing = Listing { entries, truncated, next, left_out: walk.left_out() };
    let tree = args.recursive && glob.is_none();
    Output::text(render::listing(&listing, &relative(path), tree)).structured(listing)
}

fn entry(found: walk::Entry) -> Entry {
    let metadata = match found.kind {
        Ok(_) => fs::symlink_metadata(absolute(&found.path)).ok(),
        Err(_) => None,
    };
    Entry {
        path: found.path,
        depth: found.depth,
        kind: metadata.as_ref().map_or(Kind::Unreadable, |metadata| kind(metadata.file_type())),
        size: metadata.as_ref().filter(|metadata| metadata.is_file()).map(Metadata::len),
        modified: metadata.and_then(|metadata| metadata.modified().ok()).map(rfc3339),
    }
}

fn kind(kind: FileType) -> Kind {
    if kind.is_symlink() {
        Kind::Link
    } else if kind.is_dir() {
        Kind::Directory
    } else if kind.is_file() {
        Kind::File
    } else {
        Kind::Other
    }
}

fn rfc3339(time: std::time::SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}

#[cfg(test)]
#[path = "list/tests.rs"]
mod tests;
