//! Zip archives: what they hold, extracting and making them.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};

use cowork_tool::{Error, OnPath};
use zip::read::ZipFile;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::create::Found;
use crate::extract::Destination;
use crate::guard::{self, Guard, check_ratio, safe_name};
use crate::{Contents, Entry, time};

/// The files of an archive by the names it gives them.
pub(crate) fn list<R: Read + Seek>(reader: R) -> Result<Contents, Error> {
    let mut zip = open(reader)?;
    let mut contents = Contents::default();
    for index in 0..zip.len() {
        let file = zip.by_index_raw(index).map_err(|error| broken(&error))?;
        let path = name(&file)?.replace('\\', "/");
        if !is_ordinary(&file) {
            contents.skipped.push(path);
        } else if !file.is_dir() {
            contents.entries.push(Entry { path, size: file.size() });
        }
    }
    Ok(contents)
}

/// Writes the files of an archive. All names are checked before the first file is written.
pub(crate) fn extract<R: Read + Seek>(reader: R, destination: &Destination) -> Result<Contents, Error> {
    let mut zip = open(reader)?;
    let mut contents = Contents::default();
    let plan = plan(&mut zip, destination, &mut contents)?;
    for (index, path, size) in plan {
        let mut file = zip.by_index(index).map_err(|error| broken(&error).about(&path))?;
        let modified = time::modified(&file);
        contents.entries.push(destination.write(&path, &mut file, Some(size), modified)?);
    }
    Ok(contents)
}

/// The index, name and size of each file that is to be written. Fails if any entry may not be extracted.
fn plan<R: Read + Seek>(
    zip: &mut ZipArchive<R>,
    destination: &Destination,
    contents: &mut Contents,
) -> Result<Vec<(usize, String, u64)>, Error> {
    let mut guard = Guard::default();
    let mut plan = Vec::new();
    if zip.len() > guard::MOST_ENTRIES {
        return Err(guard::too_many());
    }
    for index in 0..zip.len() {
        let file = zip.by_index_raw(index).map_err(|error| broken(&error))?;
        let path = safe_name(&name(&file)?)?;
        if !is_ordinary(&file) {
            contents.skipped.push(path);
            continue;
        }
        if file.is_dir() || !destination.wants(&path) {
            continue;
        }
        if file.encrypted() {
            return Err(Error::failed(format!(
                "the entry {path} is protected by a password, and encrypted archives cannot be opened here; ask the \
                 person for one without a password"
            )));
        }
        check_ratio(&path, file.size(), file.compressed_size())?;
        guard.file(&path, file.size())?;
        destination.check_free(&path)?;
        plan.push((index, path, file.size()));
    }
    Ok(plan)
}

/// Packs files into a new archive.
pub(crate) fn create(out: File, files: &[Found]) -> Result<(), Error> {
    let mut zip = ZipWriter::new(BufWriter::new(out));
    for found in files {
        let large = found.size >= u64::from(u32::MAX);
        let options =
            SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).large_file(large);
        let options = match time::dos(found.modified) {
            Some(time) => options.last_modified_time(time),
            None => options,
        };
        zip.start_file(found.name.as_str(), options).map_err(|error| unwritten(&error))?;
        io::copy(&mut File::open(&found.source).on_path(&found.source)?, &mut zip).on_path(&found.source)?;
    }
    let mut out = zip.finish().map_err(|error| unwritten(&error))?;
    Ok(out.flush()?)
}

fn open<R: Read + Seek>(reader: R) -> Result<ZipArchive<BufReader<R>>, Error> {
    ZipArchive::new(BufReader::new(reader)).map_err(|error| broken(&error))
}

fn name<R: Read>(file: &ZipFile<'_, R>) -> Result<String, Error> {
    file.name().map(|name| name.into_owned()).map_err(|error| broken(&error))
}

fn is_ordinary<R: Read>(file: &ZipFile<'_, R>) -> bool {
    const KIND: u32 = 0o170_000;
    let kind = file.unix_mode().map_or(0, |mode| mode & KIND);
    !file.is_symlink() && matches!(kind, 0 | 0o100_000 | 0o040_000)
}

fn broken(error: &ZipError) -> Error {
    Error::failed(format!("is not a zip archive that can be read: {error}"))
}

fn unwritten(error: &ZipError) -> Error {
    Error::failed(format!("the archive cannot be written: {error}"))
}
