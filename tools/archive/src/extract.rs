//! Writing an archive's files.

use std::fs::{self, File, FileTimes};
use std::io::{self, Read, Seek};
use std::path::Path;
use std::time::SystemTime;

use cowork_tool::{Error, OnPath, relative};
use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::format::{self, Format, HEAD, broken};
use crate::guard::{LARGEST_TOTAL, LONGEST_STREAM, Packed, Unpacked};
use crate::{Contents, Entry, codec, tarball, zipped};

/// Extracts the files of an archive that fit one of the globs, all if there are none.
pub(crate) fn extract(
    archive: &str,
    destination: &str,
    globs: &[String],
) -> Result<(Format, Contents), Error> {
    let (format, file) = open(archive)?;
    let destination = Destination::new(destination, globs)?;
    let packed = Packed::new(file);
    let counter = packed.counter();
    let contents = match format {
        Format::Zip => zipped::extract(packed.into_inner(), &destination)?,
        Format::Tar(None) => tarball::extract(packed, &destination)?,
        Format::Tar(Some(codec)) => {
            let unpacked = Unpacked::new(codec::decoder(codec, packed), counter, LONGEST_STREAM);
            tarball::extract(unpacked, &destination)?
        }
        Format::Single(codec) => {
            let mut unpacked = Unpacked::new(codec::decoder(codec, packed), counter, LARGEST_TOTAL);
            single(archive, &mut unpacked, &destination)?
        }
    };
    if contents.entries.is_empty() && !globs.is_empty() {
        return Err(Error::failed("no entry fits `files`; list the archive first"));
    }
    Ok((format, contents))
}

/// The archive from its beginning, and its format.
pub(crate) fn open(path: &str) -> Result<(Format, File), Error> {
    if fs::metadata(path)?.is_dir() {
        return Err(Error::failed("is a folder, not an archive; to make one, use the action create"));
    }
    let mut file = File::open(path)?;
    let mut head = Vec::new();
    Read::by_ref(&mut file).take(HEAD as u64).read_to_end(&mut head)?;
    file.rewind()?;
    let format = Format::of_content(&head, &file)?;
    file.rewind()?;
    Ok((format, file))
}

/// The one file of a stream that is packed. Its destination is the file itself.
fn single(archive: &str, unpacked: &mut impl Read, destination: &Destination) -> Result<Contents, Error> {
    let name = format::beside(archive);
    let name = name.rsplit('/').next().unwrap_or(&name);
    let is_beside = destination.base == relative(format::beside(archive));
    let target = if is_beside { destination.target("") } else { destination.target(name) };
    if fs::symlink_metadata(&target).is_ok() {
        return Err(taken(&target));
    }
    let size = write(unpacked, &target, None)?;
    Ok(Contents { entries: vec![Entry { path: relative(&target), size }], skipped: Vec::new() })
}

/// Where files go, and which.
pub(crate) struct Destination {
    base: String,
    wanted: Option<GlobSet>,
}

impl Destination {
    fn new(folder: &str, globs: &[String]) -> Result<Self, Error> {
        let mut set = GlobSetBuilder::new();
        for glob in globs {
            set.add(Glob::new(glob).map_err(|error| Error::invalid(format!("`files`: {error}")))?);
        }
        let set = set.build().map_err(|error| Error::invalid(format!("`files`: {error}")))?;
        Ok(Self { base: relative(folder), wanted: (!globs.is_empty()).then_some(set) })
    }

    pub(crate) fn wants(&self, path: &str) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| wanted.is_match(path))
    }

    pub(crate) fn check_free(&self, path: &str) -> Result<(), Error> {
        let target = self.target(path);
        if fs::symlink_metadata(&target).is_ok() { Err(taken(&target)) } else { Ok(()) }
    }

    /// Writes one file, of exactly this size if it is known.
    pub(crate) fn write(
        &self,
        path: &str,
        content: &mut impl Read,
        size: Option<u64>,
        modified: Option<SystemTime>,
    ) -> Result<Entry, Error> {
        let target = self.target(path);
        let size = write(content, &target, size)?;
        if let (Some(modified), Ok(file)) = (modified, File::options().append(true).open(&target)) {
            // A file without its time is better than no file.
            let _ = file.set_times(FileTimes::new().set_modified(modified));
        }
        Ok(Entry { path: relative(&target), size })
    }

    fn target(&self, path: &str) -> String {
        match (self.base.as_str(), path) {
            (".", _) => format!("/{path}"),
            (base, "") => format!("/{base}"),
            (base, _) => format!("/{base}/{path}"),
        }
    }
}

fn taken(target: &str) -> Error {
    Error::failed(format!("{} exists already; choose another destination", relative(target)))
}

fn write(content: &mut impl Read, target: &str, size: Option<u64>) -> Result<u64, Error> {
    if let Some(parent) = Path::new(target).parent() {
        fs::create_dir_all(parent).on_path(parent)?;
    }
    let mut file = File::create_new(target).on_path(target)?;
    // The declared size was checked; what comes out must not be more.
    let most = size.map_or(u64::MAX, |size| size + 1);
    let written =
        io::copy(&mut content.by_ref().take(most), &mut file).map_err(|error| broken("whole", error))?;
    match size {
        Some(size) if written != size => Err(Error::failed(format!(
            "is broken: it declares {size} bytes for {} and holds others",
            relative(target)
        ))),
        _ => Ok(written),
    }
}

#[cfg(test)]
#[path = "extract/tests.rs"]
mod tests;
