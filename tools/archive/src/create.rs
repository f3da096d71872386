//! Making archives.

use std::collections::HashSet;
use std::fs::{self, File, Metadata};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use cowork_tool::{Error, OnPath, relative};

use crate::codec::Encoder;
use crate::format::Format;
use crate::guard::{LARGEST_TOTAL, MOST_ENTRIES};
use crate::{Contents, Entry, tarball, zipped};

/// A file that is to be packed.
pub(crate) struct Found {
    pub(crate) source: String,
    /// In the archive.
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) modified: SystemTime,
}

/// Packs files and folders, each by its own name.
pub(crate) fn create(archive: &str, sources: &[String]) -> Result<(Format, Contents), Error> {
    let format = Format::of_name(archive)?;
    if sources.is_empty() {
        return Err(Error::invalid("name the files and folders to pack in `files`"));
    }
    let mut skipped = Vec::new();
    let files = collect(sources, &mut skipped)?;
    let entries = files.iter().map(|found| Entry { path: found.name.clone(), size: found.size }).collect();
    if let Some(parent) = Path::new(archive).parent().filter(|parent| !parent.as_os_str().is_empty()) {
        fs::create_dir_all(parent).on_path(parent)?;
    }
    let out = File::create_new(archive).on_path(archive)?;
    match format {
        Format::Zip => zipped::create(out, &files)?,
        Format::Tar(codec) => {
            let mut encoder = Encoder::new(codec, BufWriter::new(out))?;
            tarball::create(&mut encoder, &files)?;
            encoder.finish()?.flush()?;
        }
        Format::Single(codec) => {
            let [one] = files.as_slice() else {
                return Err(Error::invalid(format!(
                    "{} holds one file; for more make a .tar.{}",
                    relative(archive),
                    codec.name()
                )));
            };
            let mut encoder = Encoder::new(Some(codec), BufWriter::new(out))?;
            io::copy(&mut File::open(&one.source).on_path(&one.source)?, &mut encoder)
                .on_path(&one.source)?;
            encoder.finish()?.flush()?;
        }
    }
    Ok((format, Contents { entries, skipped }))
}

/// All files in the order of their names.
fn collect(sources: &[String], skipped: &mut Vec<String>) -> Result<Vec<Found>, Error> {
    let mut files = Vec::new();
    for source in sources {
        let path = relative(source);
        let name = match path.rsplit('/').next() {
            Some(name) if name != "." && name != ".." => name.to_owned(),
            _ => {
                return Err(Error::invalid(format!("{source:?} has no name of its own; name what is in it")));
            }
        };
        add(&path, &name, &mut files, skipped)?;
    }
    let mut names = HashSet::new();
    if let Some(twice) = files.iter().find(|found| !names.insert(&found.name)) {
        return Err(Error::invalid(format!("two files would have the name {} in the archive", twice.name)));
    }
    let total: u64 = files.iter().map(|found| found.size).sum();
    if total > LARGEST_TOTAL {
        return Err(Error::failed(format!(
            "these files have {total} bytes; an archive may hold {LARGEST_TOTAL}"
        )));
    }
    Ok(files)
}

fn add(path: &str, name: &str, files: &mut Vec<Found>, skipped: &mut Vec<String>) -> Result<(), Error> {
    let source = format!("/{path}");
    let metadata = fs::symlink_metadata(&source).on_path(path)?;
    if metadata.is_dir() {
        let mut names: Vec<_> = fs::read_dir(&source)
            .on_path(path)?
            .map(|entry| Ok(entry?.file_name()))
            .collect::<io::Result<_>>()?;
        names.sort();
        for inside in names {
            let inside = inside.to_string_lossy();
            add(&format!("{path}/{inside}"), &format!("{name}/{inside}"), files, skipped)?;
        }
    } else if metadata.is_file() {
        if files.len() == MOST_ENTRIES {
            return Err(Error::failed(format!(
                "these are more than {MOST_ENTRIES} files, which is the limit"
            )));
        }
        files.push(found(source, name, &metadata));
    } else {
        skipped.push(path.to_owned());
    }
    Ok(())
}

fn found(source: String, name: &str, metadata: &Metadata) -> Found {
    let modified = metadata.modified().unwrap_or(UNIX_EPOCH);
    Found { source, name: name.to_owned(), size: metadata.len(), modified }
}
