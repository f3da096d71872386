//! Tar archives, packed or not: what they hold, extracting and making them.

use std::fs::File;
use std::io::{self, Read, Write};
use std::time::{Duration, UNIX_EPOCH};

use cowork_tool::{Error, OnPath};
use tar::{Archive, Builder, Entry as TarEntry, EntryType, Header};

use crate::create::Found;
use crate::extract::Destination;
use crate::format::broken;
use crate::guard::{self, Guard, safe_name};
use crate::{Contents, Entry};

/// The files of an archive by the names it gives them.
pub(crate) fn list(reader: impl Read) -> Result<Contents, Error> {
    let mut contents = Contents::default();
    each(reader, |entry, path| {
        match kind(entry) {
            Kind::File => contents.entries.push(Entry { path, size: entry.size() }),
            Kind::Folder => {}
            Kind::Other => contents.skipped.push(path),
        }
        // A listing is paged, but held in memory.
        if contents.entries.len() > MOST_LISTED { Err(guard::too_many()) } else { Ok(()) }
    })?;
    Ok(contents)
}

const MOST_LISTED: usize = 1_000_000;

/// Writes the files of an archive as they come; if one may not be written, the host drops those before it.
pub(crate) fn extract(reader: impl Read, destination: &Destination) -> Result<Contents, Error> {
    let mut contents = Contents::default();
    let mut guard = Guard::default();
    each(reader, |entry, path| {
        if matches!(kind(entry), Kind::Folder) {
            return Ok(());
        }
        let path = safe_name(&path)?;
        if !destination.wants(&path) {
            return Ok(());
        }
        if matches!(kind(entry), Kind::Other) {
            contents.skipped.push(path);
            return Ok(());
        }
        guard.file(&path, entry.size())?;
        destination.check_free(&path)?;
        let size = entry.size();
        let modified = entry.header().mtime().ok().map(|seconds| UNIX_EPOCH + Duration::from_secs(seconds));
        contents.entries.push(destination.write(&path, entry, Some(size), modified)?);
        Ok(())
    })?;
    Ok(contents)
}

/// Packs files into a new archive.
pub(crate) fn create(out: impl Write, files: &[Found]) -> Result<(), Error> {
    let mut tar = Builder::new(out);
    for found in files {
        let mut header = Header::new_gnu();
        header.set_size(found.size);
        header.set_mode(0o644);
        header.set_mtime(found.modified.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()));
        let file = File::open(&found.source).on_path(&found.source)?;
        // Exactly as much as the header says.
        tar.append_data(&mut header, &found.name, file.take(found.size)).on_path(&found.source)?;
    }
    Ok(tar.finish()?)
}

enum Kind {
    File,
    Folder,
    Other,
}

fn kind<R: Read>(entry: &TarEntry<'_, R>) -> Kind {
    match entry.header().entry_type() {
        EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => Kind::File,
        EntryType::Directory => Kind::Folder,
        _ => Kind::Other,
    }
}

fn each<R: Read>(
    reader: R,
    mut take: impl FnMut(&mut TarEntry<'_, R>, String) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut tar = Archive::new(reader);
    let wrong = |error: io::Error| broken("tar", error);
    for entry in tar.entries().map_err(wrong)? {
        let mut entry = entry.map_err(wrong)?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        take(&mut entry, path)?;
    }
    Ok(())
}
