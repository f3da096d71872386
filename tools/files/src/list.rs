//! `file_list`: what is in a folder.

use std::fmt::Write;
use std::fs::Metadata;

use cowork_tool::{Deserialize, Error, JsonSchema, Output, Serialize};

use crate::walk::{self, Walk};

/// Arguments of [`file_list`].
#[derive(Deserialize, JsonSchema)]
pub struct FileList {
    /// The folder; `.` is the whole coworkspace. Default `files`.
    pub path: Option<String>,
    /// Whether to list everything below it too. Default false.
    #[serde(default)]
    pub recursive: bool,
    /// How many entries to return at most. Default 1000.
    #[schemars(range(min = 1))]
    pub limit: Option<usize>,
}

/// What is in a folder.
#[derive(Serialize, JsonSchema)]
pub struct Listing {
    /// In the order of their paths.
    entries: Vec<Entry>,
    /// Whether there are more than `limit`.
    truncated: bool,
}

#[derive(Serialize, JsonSchema)]
struct Entry {
    /// Relative to the coworkspace.
    path: String,
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

/// Lists a folder. An entry that cannot be read does not end the listing.
pub fn file_list(args: FileList) -> Result<Output, Error> {
    let mut walk = Walk::new(args.path.as_deref().unwrap_or("files"), args.recursive)?;
    let entries: Vec<_> = walk.by_ref().take(args.limit.unwrap_or(DEFAULT_LIMIT)).map(entry).collect();
    let listing = Listing { entries, truncated: walk.next().is_some() };
    Output::text(render(&listing)).structured(listing)
}

fn entry(found: walk::Entry) -> Entry {
    let metadata = found.metadata.ok();
    Entry {
        path: found.path,
        kind: metadata.as_ref().map_or(Kind::Unreadable, kind),
        size: metadata.as_ref().filter(|metadata| metadata.is_file()).map(Metadata::len),
        modified: metadata.and_then(|metadata| metadata.modified().ok()).map(rfc3339),
    }
}

fn kind(metadata: &Metadata) -> Kind {
    let kind = metadata.file_type();
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

fn render(listing: &Listing) -> String {
    let mut text = String::new();
    for entry in &listing.entries {
        let note = match (entry.kind, entry.size) {
            (Kind::File, Some(size)) => format!("  {size} bytes"),
            (Kind::File, None) => String::new(),
            (Kind::Directory, _) => "/".to_owned(),
            (Kind::Link, _) => "  (link)".to_owned(),
            (Kind::Other, _) => "  (neither file nor folder)".to_owned(),
            (Kind::Unreadable, _) => "  (unreadable)".to_owned(),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}{note}", entry.path);
    }
    match (listing.entries.len(), listing.truncated) {
        (0, false) => text.push_str("(empty)"),
        (count, true) => text.push_str(&format!("(the first {count}; there are more)")),
        (_, false) => {}
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn paths(folder: &std::path::Path, recursive: bool, limit: usize) -> (Vec<String>, bool) {
        let path = Some(folder.to_string_lossy().into_owned());
        let listing = file_list(FileList { path, recursive, limit: Some(limit) }).unwrap().as_json();
        let base = format!("{}/", cowork_tool::relative(folder));
        let path = |entry: &serde_json::Value| entry["path"].as_str().unwrap().replacen(&base, "", 1);
        (listing["entries"].as_array().unwrap().iter().map(path).collect(), listing["truncated"] == true)
    }

    #[test]
    fn entries_come_in_order_and_links_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("a/b")).unwrap();
        for name in ["a/b/c.txt", "a.txt", "a-1.txt", "z"] {
            fs::write(folder.path().join(name), name).unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.path(), folder.path().join("loop")).unwrap();
        let (all, truncated) = paths(folder.path(), true, 100);
        assert_eq!(all, ["a", "a-1.txt", "a.txt", "a/b", "a/b/c.txt", "loop", "z"]);
        assert!(!truncated);
        assert_eq!(paths(folder.path(), false, 2), (vec!["a".to_owned(), "a-1.txt".to_owned()], true));
    }

    #[test]
    fn times_are_utc_seconds() {
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_millis(1_773_480_413_500);
        assert_eq!(rfc3339(time), "2026-03-14T09:26:53Z");
    }
}
