//! Writing an archive's files.

use std::fs::{self, File, FileTimes};
use std::io::{self, Read, Seek};
use std::path::Path;

use cowork_tool::{Error, OnPath, relative};
use zip::ZipArchive;
use zip::read::ZipFile;

use crate::{Entry, broken, check, time};

/// Extracts everything into a folder. All names are checked before the first file is written.
pub(crate) fn extract<R: Read + Seek>(
    zip: &mut ZipArchive<R>,
    destination: &str,
) -> Result<Vec<Entry>, Error> {
    let plan = check::plan(zip)?;
    let base = relative(destination);
    for entry in plan.iter().flatten() {
        let target = target(&base, &entry.path);
        if fs::symlink_metadata(&target).is_ok() {
            return Err(Error::failed("exists already; choose another destination").about(relative(target)));
        }
    }
    let mut extracted = Vec::new();
    for (index, entry) in plan.into_iter().enumerate() {
        let Some(entry) = entry else { continue };
        let target = target(&base, &entry.path);
        let mut file = zip.by_index(index).map_err(|error| broken(&error).about(&entry.path))?;
        write(&mut file, &target, entry.size).on_path(&target)?;
        extracted.push(Entry { path: relative(&target), size: entry.size });
    }
    Ok(extracted)
}

fn target(base: &str, path: &str) -> String {
    if base == "." { format!("/{path}") } else { format!("/{base}/{path}") }
}

fn write<R: Read>(entry: &mut ZipFile<'_, R>, target: &str, size: u64) -> io::Result<()> {
    if let Some(parent) = Path::new(target).parent() {
        fs::create_dir_all(parent)?;
    }
    let mut file = File::create_new(target)?;
    // The declared size was checked; what comes out must not be more.
    let written = io::copy(&mut entry.by_ref().take(size + 1), &mut file)?;
    if written != size {
        return Err(io::Error::other(format!("the archive declares {size} bytes and holds others")));
    }
    if let Some(modified) = time::modified(entry) {
        // A file without its time is better than no file.
        let _ = file.set_times(FileTimes::new().set_modified(modified));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Write};
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    fn zip(build: impl FnOnce(&mut ZipWriter<Cursor<Vec<u8>>>)) -> ZipArchive<Cursor<Vec<u8>>> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        build(&mut writer);
        ZipArchive::new(writer.finish().unwrap()).unwrap()
    }

    fn add(writer: &mut ZipWriter<Cursor<Vec<u8>>>, name: &str, content: &[u8]) {
        let time = zip::DateTime::from_date_and_time(2026, 3, 14, 9, 26, 52).unwrap();
        writer.start_file(name, SimpleFileOptions::default().last_modified_time(time)).unwrap();
        writer.write_all(content).unwrap();
    }

    fn run(zip: &mut ZipArchive<Cursor<Vec<u8>>>) -> (tempfile::TempDir, Result<Vec<Entry>, Error>) {
        let folder = tempfile::tempdir().unwrap();
        let result = extract(zip, &folder.path().join("out").to_string_lossy());
        (folder, result)
    }

    #[test]
    fn files_keep_their_time() {
        let mut archive = zip(|writer| {
            writer.add_directory("a/", SimpleFileOptions::default()).unwrap();
            add(writer, "a/b.txt", b"hello");
        });
        let (folder, entries) = run(&mut archive);
        assert_eq!(entries.unwrap().len(), 1);
        let path = folder.path().join("out/a/b.txt");
        assert_eq!(fs::read(&path).unwrap(), b"hello");
        let modified = humantime_seconds(&path);
        assert_eq!(modified, 1_773_480_412);
    }

    fn humantime_seconds(path: &Path) -> u64 {
        let modified = fs::metadata(path).unwrap().modified().unwrap();
        modified.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
    }

    fn check_refused(build: impl FnOnce(&mut ZipWriter<Cursor<Vec<u8>>>), reason: &str) {
        let (folder, result) = run(&mut zip(build));
        let error = result.unwrap_err();
        assert!(error.message().contains(reason), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_could_do_harm_is_refused() {
        check_refused(
            |writer| {
                add(writer, "a", b"a");
                add(writer, "../evil", b"b");
            },
            "could lead out",
        );
        check_refused(
            |writer| writer.add_symlink("link", "/etc/passwd", SimpleFileOptions::default()).unwrap(),
            "is a link",
        );
        check_refused(|writer| add(writer, "zeros", &vec![0; 4 * 1024 * 1024]), "decompression bomb");
    }

    #[test]
    fn nothing_is_overwritten() {
        let mut archive = zip(|writer| add(writer, "a", b"new"));
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), "old").unwrap();
        let error = extract(&mut archive, &folder.path().to_string_lossy()).unwrap_err();
        assert!(error.message().contains("exists already"), "{error}");
        assert_eq!(fs::read(folder.path().join("a")).unwrap(), b"old");
    }
}
