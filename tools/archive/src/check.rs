//! What an archive says about itself, and whether that can be trusted enough to extract it.

use std::collections::HashSet;
use std::io::{Read, Seek};

use cowork_tool::Error;
use zip::ZipArchive;
use zip::read::ZipFile;

use crate::{Entry, broken};

/// Files and folders in one archive.
pub(crate) const MOST_ENTRIES: usize = 10_000;
/// Of all files together, in bytes.
pub(crate) const LARGEST_TOTAL: u64 = 1 << 30;
/// Unpacked to packed. Text packs at about 1 to 20; a bomb at 1 to 1000.
pub(crate) const HIGHEST_RATIO: u64 = 200;
/// In bytes; below this size any ratio is harmless.
const HARMLESS_SIZE: u64 = 1024 * 1024;

/// The files of an archive by the names it gives them.
pub(crate) fn list<R: Read + Seek>(zip: &mut ZipArchive<R>) -> Result<Vec<Entry>, Error> {
    check_count(zip.len())?;
    let mut entries = Vec::new();
    for index in 0..zip.len() {
        let file = zip.by_index_raw(index).map_err(|error| broken(&error))?;
        if !file.is_dir() {
            entries.push(Entry { path: name(&file)?.replace('\\', "/"), size: file.size() });
        }
    }
    Ok(entries)
}

/// The relative path of each entry, by its index; `None` for a folder. Fails if any entry may not be extracted.
pub(crate) fn plan<R: Read + Seek>(zip: &mut ZipArchive<R>) -> Result<Vec<Option<Entry>>, Error> {
    check_count(zip.len())?;
    let mut seen = HashSet::new();
    let mut total = 0u64;
    let mut plan = Vec::new();
    for index in 0..zip.len() {
        let file = zip.by_index_raw(index).map_err(|error| broken(&error))?;
        let path = safe_name(&name(&file)?)?;
        check_kind(&file)?;
        check_ratio(&path, file.size(), file.compressed_size())?;
        total = total.saturating_add(file.size());
        if total > LARGEST_TOTAL {
            return Err(Error::failed("the archive unpacks to more than 1 GiB, which is the limit"));
        }
        if file.is_dir() {
            plan.push(None);
        } else if seen.insert(path.clone()) {
            plan.push(Some(Entry { path, size: file.size() }));
        } else {
            return Err(Error::failed(format!("the archive has two files with the name {path}")));
        }
    }
    Ok(plan)
}

fn name<R: Read>(file: &ZipFile<'_, R>) -> Result<String, Error> {
    file.name().map(|name| name.into_owned()).map_err(|error| broken(&error))
}

fn check_count(count: usize) -> Result<(), Error> {
    if count > MOST_ENTRIES {
        return Err(Error::failed(format!("the archive has {count} entries; the limit is {MOST_ENTRIES}")));
    }
    Ok(())
}

/// A name that stays inside the destination. Some Windows programs write `\` for `/`.
fn safe_name(name: &str) -> Result<String, Error> {
    let name = name.replace('\\', "/");
    let parts: Vec<_> = name.trim_end_matches('/').split('/').collect();
    let is_bad =
        |part: &&str| matches!(*part, "" | "." | "..") || part.contains(|c: char| c.is_control() || c == ':');
    if parts.iter().any(is_bad) {
        return Err(Error::failed(format!(
            "the archive's entry {name:?} could lead out of the destination; nothing was extracted"
        )));
    }
    Ok(parts.join("/"))
}

fn check_kind<R: Read>(file: &ZipFile<'_, R>) -> Result<(), Error> {
    let name = name(file)?;
    if file.encrypted() {
        return Err(Error::failed(format!("the archive's entry {name:?} is protected by a password")));
    }
    const KIND: u32 = 0o170_000;
    let kind = file.unix_mode().map_or(0, |mode| mode & KIND);
    let is_ordinary = matches!(kind, 0 | 0o100_000 | 0o040_000);
    if file.is_symlink() || !is_ordinary {
        return Err(Error::failed(format!("the archive's entry {name:?} is a link or a device, not a file")));
    }
    Ok(())
}

fn check_ratio(path: &str, size: u64, packed: u64) -> Result<(), Error> {
    if size > HARMLESS_SIZE && size / packed.max(1) > HIGHEST_RATIO {
        return Err(Error::failed(format!(
            "{path} unpacks to more than {HIGHEST_RATIO} times its size, as a decompression bomb does"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inside() {
        assert_eq!(safe_name("a/b c.txt"), Ok("a/b c.txt".to_owned()));
        assert_eq!(safe_name("a\\b\\"), Ok("a/b".to_owned()));
        for name in ["../a", "/a", "a/../../b", "C:\\a", "\\\\server\\a", "a\0b", "", "a//b", "./a"] {
            assert!(safe_name(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_bomb_is_told_by_its_ratio() {
        assert!(check_ratio("a", 1024 * 1024, 1).is_ok());
        assert!(check_ratio("a", 1024 * 1024 * 200, 1024 * 1024).is_ok());
        assert!(check_ratio("a", 1024 * 1024 * 201, 1024 * 1024).is_err());
        assert!(check_ratio("a", 1024 * 1024 * 201, 0).is_err());
    }
}
