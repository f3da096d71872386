//! Listings for people: sorted, bounded, and not stopped by what cannot be read.

use crate::{Access, Error, access_of, name};
use cap_std::fs::{Dir, DirEntry, FileType};
use cowork_domain::CoworkspacePath;
use cowork_domain::coworkspace::{Entry, EntryKind};
use std::path::{Path, PathBuf};

pub(crate) fn list(
    dir: &Dir,
    path: Option<&CoworkspacePath>,
    recursive: bool,
    limit: usize,
) -> Result<(Vec<Entry>, bool), Error> {
    let start = path.map_or(PathBuf::new(), |path| PathBuf::from(path.as_str()));
    let mut found = Vec::new();
    let mut folders = vec![start.clone()];
    let mut more = false;
    while let Some(folder) = folders.pop() {
        let mut entries = match read(dir, &folder) {
            Err(error) if folder != start => {
                // It may not be read, or has gone since it was listed: the rest is told all the same.
                tracing::info!(folder = %folder.display(), error = &error as &dyn std::error::Error, "not listed");
                continue;
            }
            read => read?,
        };
        entries.sort_by_key(DirEntry::file_name);
        let mut inner = Vec::new();
        for entry in &entries {
            let path = folder.join(entry.file_name());
            if access_of(&path) == Access::Hidden {
                continue;
            }
            if found.len() == limit {
                more = true;
                break;
            }
            let entry = describe(entry, &path);
            // A folder whose name is not UTF-8 is shown, not entered: its paths could not be asked for.
            if recursive && entry.kind == EntryKind::Directory && path.to_str().is_some() {
                inner.push(path);
            }
            found.push(entry);
        }
        folders.extend(inner.into_iter().rev());
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok((found, more))
}

fn read(dir: &Dir, folder: &Path) -> Result<Vec<DirEntry>, Error> {
    let shown = folder.to_string_lossy();
    let entries = if folder.as_os_str().is_empty() { dir.entries() } else { dir.read_dir(folder) };
    let entries = entries.map_err(|e| Error::io("list", &shown, e))?;
    entries.collect::<Result<_, _>>().map_err(|e| Error::io("list", &shown, e))
}

fn describe(entry: &DirEntry, path: &Path) -> Entry {
    let kind = entry.file_type().map_or(EntryKind::Other, kind_of);
    // A file may vanish between the listing and this look; then it is shown without size and time.
    let meta = entry.metadata().ok();
    let modified = meta.as_ref().and_then(|meta| meta.modified().ok()).map(|time| time.into_std().into());
    let size = meta.filter(|_| kind == EntryKind::File).map(|meta| meta.len());
    Entry { path: name::escape(path.as_os_str()), kind, size, modified }
}

fn kind_of(kind: FileType) -> EntryKind {
    if kind.is_file() {
        EntryKind::File
    } else if kind.is_dir() {
        EntryKind::Directory
    } else if kind.is_symlink() {
        EntryKind::Link
    } else {
        EntryKind::Other
    }
}
