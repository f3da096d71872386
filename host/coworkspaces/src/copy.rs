//! A coworkspace as the beginning of another one.

use crate::{Access, Error, Folder, access_of};
use cowork_domain::CoworkspacePath;
use cowork_domain::coworkspace::{Entry, EntryKind};
use std::io::Read as _;
use std::path::Path;

/// What is copied at most, so that nobody copies a disk by mistake.
const MOST: usize = 200_000;
/// Bytes that are copied at once.
const CHUNK: usize = 1 << 20;

/// Copies what people and tools see: files with their times, folders, links, instructions and memory. What the host keeps
/// for itself stays, and so does what is neither file nor folder nor link, or has a name that is not UTF-8. It may be
/// done again after a crash.
pub fn copy(from: &Folder, to: &Folder) -> Result<(), Error> {
    let (entries, more) = from.list(None, true, MOST)?;
    if more {
        return Err(Error::TooMany { limit: MOST });
    }
    for entry in entries.iter().filter(|entry| is_copied(&entry.path)) {
        match entry.kind {
            EntryKind::Directory => {
                to.dir().create_dir_all(&entry.path).map_err(|e| Error::io("create", &entry.path, e))?;
            }
            EntryKind::File => copy_file(from, to, entry)?,
            EntryKind::Link => copy_link(from, to, &entry.path)?,
            EntryKind::Other => {}
        }
    }
    Ok(())
}

fn is_copied(path: &str) -> bool {
    let of_the_person = path == ".instructions.md" || path.starts_with(".memory");
    access_of(Path::new(path)) == Access::ReadWrite || of_the_person
}

fn copy_file(from: &Folder, to: &Folder, entry: &Entry) -> Result<(), Error> {
    // A listing escapes names that are not UTF-8: those are not found.
    let Ok(path) = entry.path.parse::<CoworkspacePath>() else { return Ok(()) };
    let (mut file, _) = match from.open_file(&path) {
        Err(Error::NoFile(_)) => return Ok(()),
        opened => opened?,
    };
    let mut upload = crate::Upload::begin(to, &path)?;
    let mut buffer = vec![0; CHUNK];
    loop {
        match file.read(&mut buffer).map_err(|e| Error::io("read", path.as_str(), e))? {
            0 => return upload.commit(entry.modified),
            count => upload.write(&buffer[..count])?,
        }
    }
}

fn copy_link(from: &Folder, to: &Folder, path: &str) -> Result<(), Error> {
    let target = match from.dir().read_link_contents(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        target => target.map_err(|e| Error::io("read", path, e))?,
    };
    match to.dir().symlink_contents(target, path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(Error::io("link", path, error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_what_people_and_tools_see() {
        let root = tempfile::tempdir().expect("a folder");
        let manager = crate::CoworkspaceManager::new(root.path().to_owned()).expect("a folder");
        let make = |slug: &str| manager.create_coworkspace(&slug.parse().expect("a slug"), Some("Be tidy."));
        let (from, to) = (make("one").expect("a coworkspace"), make("two").expect("another"));
        std::fs::create_dir_all(from.root().join("files/empty")).expect("a folder");
        std::fs::write(from.root().join("files/a.txt"), "a").expect("a file");
        std::fs::write(from.root().join(".memory/facts.md"), "fact").expect("a file");
        std::fs::write(from.root().join(".plan.json"), "{}").expect("a file");
        std::os::unix::fs::symlink("a.txt", from.root().join("files/link")).expect("a link");
        for _ in 0..2 {
            copy(&from, &to).expect("a copy");
        }
        assert_eq!(std::fs::read_to_string(to.root().join("files/link")).expect("a file"), "a");
        assert_eq!(std::fs::read_to_string(to.root().join(".memory/facts.md")).expect("a file"), "fact");
        assert!(to.root().join("files/empty").is_dir() && !to.root().join(".plan.json").exists());
        let times = |folder: &Folder| {
            folder.root().join("files/a.txt").metadata().expect("a file").modified().expect("a time")
        };
        let apart = times(&from).duration_since(times(&to)).unwrap_or_default();
        assert!(apart < std::time::Duration::from_secs(1), "{apart:?}");
    }
}
