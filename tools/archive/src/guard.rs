//! What stands between an archive and the files: names that lead out, links, devices, bombs.

use std::cell::Cell;
use std::collections::HashSet;
use std::io::{self, Read};
use std::rc::Rc;

use cowork_tool::Error;

/// Files and folders in one archive.
pub(crate) const MOST_ENTRIES: usize = 20_000;
/// Of all files together, in bytes.
pub(crate) const LARGEST_TOTAL: u64 = 1 << 30;
/// What is read of a stream to find the files in it, in bytes.
pub(crate) const LONGEST_STREAM: u64 = 4 << 30;
/// Unpacked to packed. Text packs at about 1 to 20; a bomb at 1 to 1000.
pub(crate) const HIGHEST_RATIO: u64 = 200;
/// In bytes; below this size any ratio is harmless.
const HARMLESS_SIZE: u64 = 1024 * 1024;

/// What was extracted so far.
#[derive(Default)]
pub(crate) struct Guard {
    names: HashSet<String>,
    total: u64,
}

impl Guard {
    /// Takes one more file, or refuses the archive.
    pub(crate) fn file(&mut self, path: &str, size: u64) -> Result<(), Error> {
        if !self.names.insert(path.to_owned()) {
            return Err(Error::failed(format!("the archive has two files with the name {path}")));
        }
        if self.names.len() > MOST_ENTRIES {
            return Err(too_many());
        }
        self.total = self.total.saturating_add(size);
        if self.total > LARGEST_TOTAL {
            return Err(Error::failed("the archive unpacks to more than 1 GiB, which is the limit"));
        }
        Ok(())
    }
}

pub(crate) fn too_many() -> Error {
    Error::failed(format!("the archive has more than {MOST_ENTRIES} entries, which is the limit"))
}

/// A name that stays inside the destination. Some Windows programs write `\` for `/`, tar begins with `./`.
pub(crate) fn safe_name(name: &str) -> Result<String, Error> {
    let slashes = name.replace('\\', "/");
    let parts: Vec<&str> = slashes.trim_end_matches('/').split('/').filter(|part| *part != ".").collect();
    let is_bad =
        |part: &&str| matches!(*part, "" | "..") || part.contains(|c: char| c.is_control() || c == ':');
    if parts.iter().any(is_bad) || parts.is_empty() {
        return Err(Error::failed(format!(
            "the archive's entry {slashes:?} could lead out of the destination; nothing was extracted"
        )));
    }
    Ok(parts.join("/"))
}

pub(crate) fn check_ratio(path: &str, size: u64, packed: u64) -> Result<(), Error> {
    if size > HARMLESS_SIZE && size / packed.max(1) > HIGHEST_RATIO {
        return Err(Error::failed(bomb(path)));
    }
    Ok(())
}

fn bomb(path: &str) -> String {
    format!("{path} unpacks to more than {HIGHEST_RATIO} times its size, as a decompression bomb does")
}

/// Counts what is read of a packed stream.
pub(crate) struct Packed<R> {
    inner: R,
    count: Rc<Cell<u64>>,
}

/// Reads an unpacked stream as long as it is no bomb.
pub(crate) struct Unpacked<R> {
    inner: R,
    packed: Rc<Cell<u64>>,
    count: u64,
    most: u64,
}

impl<R: Read> Packed<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self { inner, count: Rc::default() }
    }

    pub(crate) fn into_inner(self) -> R {
        self.inner
    }

    /// The guard for what comes out of this.
    pub(crate) fn counter(&self) -> Rc<Cell<u64>> {
        Rc::clone(&self.count)
    }
}

impl<R> Unpacked<R> {
    pub(crate) fn new(inner: R, packed: Rc<Cell<u64>>, most: u64) -> Self {
        Self { inner, packed, count: 0, most }
    }
}

impl<R: Read> Read for Packed<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(bytes)?;
        self.count.set(self.count.get() + count as u64);
        Ok(count)
    }
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(bytes)?;
        self.count += count as u64;
        if self.count > HARMLESS_SIZE && self.count / self.packed.get().max(1) > HIGHEST_RATIO {
            return Err(io::Error::new(io::ErrorKind::QuotaExceeded, bomb("the archive")));
        }
        if self.count > self.most {
            let why = format!("the archive unpacks to more than {} GiB, which is the limit", self.most >> 30);
            return Err(io::Error::new(io::ErrorKind::QuotaExceeded, why));
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inside() {
        assert_eq!(safe_name("a/b c.txt"), Ok("a/b c.txt".to_owned()));
        assert_eq!(safe_name("a\\b\\"), Ok("a/b".to_owned()));
        assert_eq!(safe_name("./a/./b"), Ok("a/b".to_owned()));
        for name in ["../a", "/a", "a/../../b", "C:\\a", "\\\\server\\a", "a\0b", "", "a//b", ".", "./.."] {
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

    #[test]
    fn two_files_of_one_name_and_too_much_are_refused() {
        let mut guard = Guard::default();
        guard.file("a", 1).unwrap();
        assert!(guard.file("a", 1).is_err());
        assert!(guard.file("b", LARGEST_TOTAL).is_err());
    }
}
