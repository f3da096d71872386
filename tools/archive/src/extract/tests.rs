use super::*;
use crate::{Action, Archive, archive};
use cowork_tool::Output;
use std::io::{Cursor, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A folder with files, in which paths are written short.
struct Place(tempfile::TempDir);

impl Place {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        for (name, content) in files {
            place.put(name, content);
        }
        place
    }

    fn put(&self, name: &str, content: &[u8]) {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_string_lossy().into_owned()
    }

    fn run(
        &self,
        action: Action,
        path: &str,
        destination: Option<&str>,
        files: &[&str],
    ) -> Result<Output, Error> {
        let is_path = action == Action::Create;
        let files =
            files.iter().map(|name| if is_path { self.path(name) } else { (*name).to_owned() }).collect();
        let destination = destination.map(|name| self.path(name));
        archive(Archive { action, path: self.path(path), destination, files, limit: None, offset: 0 })
    }

    fn extract(&self, path: &str) -> String {
        match self.run(Action::Extract, path, Some("out"), &[]) {
            Ok(output) => output.as_text().replace(&relative(self.0.path()), ""),
            Err(error) => error.message().replace(&relative(self.0.path()), ""),
        }
    }
}

fn zip(build: impl FnOnce(&mut ZipWriter<Cursor<Vec<u8>>>)) -> Place {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    build(&mut writer);
    Place::new(&[("a.zip", &writer.finish().unwrap().into_inner())])
}

fn add(writer: &mut ZipWriter<Cursor<Vec<u8>>>, name: &str, content: &[u8]) {
    let time = zip::DateTime::from_date_and_time(2026, 3, 14, 9, 26, 52).unwrap();
    writer.start_file(name, SimpleFileOptions::default().last_modified_time(time)).unwrap();
    writer.write_all(content).unwrap();
}

fn tar(entries: &[(&str, tar::EntryType, &[u8])]) -> Place {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, kind, content) in entries {
        let mut header = tar::Header::new_gnu();
        // As a hostile program writes it: the library would refuse these names.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(content.len() as u64);
        header.set_mtime(1_773_480_412);
        header.set_cksum();
        builder.append(&header, *content).unwrap();
    }
    Place::new(&[("a.tar", &builder.into_inner().unwrap())])
}

const FILE: tar::EntryType = tar::EntryType::Regular;

#[test]
fn what_was_packed_comes_out_again() {
    for name in ["a.zip", "a.tar", "a.tar.gz", "a.tar.bz2", "a.tar.xz", "a.tar.zst"] {
        // More than a frame of zstd, and no bomb.
        let lines: u64 = if name == "a.tar.zst" { 350_000 } else { 5_000 };
        let long: String = (0..lines).map(|n| format!("{n} {}\n", n * 2_654_435_761 % 999_983)).collect();
        let files = [("in/one.txt", &b"one"[..]), ("in/sub/zwei ä.txt", b""), ("long.txt", long.as_bytes())];
        let place = Place::new(&files);
        let made = place.run(Action::Create, name, None, &["in", "long.txt"]).unwrap();
        assert_eq!(made.as_json()["count"], 3, "{name}");
        let listed = place.run(Action::List, name, None, &[]).unwrap().as_json();
        assert_eq!(
            (&listed["entries"][0]["path"], &listed["format"]),
            (&"in/one.txt".into(), &name[2..].into())
        );
        let some = place.run(Action::Extract, name, Some("some"), &["in/s*/**"]).unwrap().as_json();
        assert_eq!(some["count"], 1, "{name}");
        place.run(Action::Extract, name, Some("out"), &[]).unwrap();
        assert!(fs::read(place.path("out/long.txt")).unwrap() == long.as_bytes(), "{name}");
        assert_eq!(fs::read(place.path("out/in/one.txt")).unwrap(), b"one", "{name}");
        assert_eq!(fs::read(place.path("out/in/sub/zwei ä.txt")).unwrap(), b"", "{name}");
    }
}

#[test]
fn a_single_file_is_packed_and_unpacked() {
    for name in ["a.txt.gz", "a.txt.bz2", "a.txt.xz", "a.txt.zst"] {
        let place = Place::new(&[("a.txt", b"hello hello hello")]);
        place.run(Action::Create, name, None, &["a.txt"]).unwrap();
        assert_eq!(place.run(Action::List, name, None, &[]).unwrap().as_json()["total"], 17);
        let taken = place.run(Action::Extract, name, None, &[]).unwrap_err();
        assert!(taken.message().ends_with("a.txt exists already; choose another destination"), "{taken}");
        place.run(Action::Extract, name, Some("out"), &[]).unwrap();
        assert_eq!(fs::read(place.path("out/a.txt")).unwrap(), b"hello hello hello", "{name}");
        fs::remove_file(place.path("a.txt")).unwrap();
        place.run(Action::Extract, name, None, &[]).unwrap();
        assert_eq!(fs::read(place.path("a.txt")).unwrap(), b"hello hello hello", "{name}");
    }
}

#[test]
fn files_keep_their_time() {
    let zipped = zip(|writer| {
        writer.add_directory("a/", SimpleFileOptions::default()).unwrap();
        add(writer, "a/b.txt", b"hello");
    });
    let tarred = tar(&[("./a/", tar::EntryType::Directory, b""), ("./a/b.txt", FILE, b"hello")]);
    for (place, name) in [(zipped, "a.zip"), (tarred, "a.tar")] {
        assert_eq!(place.extract(name), "1 files extracted into /out\n/out/a/b.txt  5 bytes");
        let modified = fs::metadata(place.path("out/a/b.txt")).unwrap().modified().unwrap();
        assert_eq!(modified.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs(), 1_773_480_412);
    }
}

#[track_caller]
fn check_refused(place: &Place, name: &str, reason: &str) {
    let said = place.extract(name);
    assert!(said.contains(reason), "{said}");
}

#[test]
fn names_that_lead_out_are_refused() {
    for evil in ["../evil", "/etc/evil", "a/../../evil", "..\\evil"] {
        check_refused(&zip(|writer| add(writer, evil, b"b")), "a.zip", "could lead out");
        check_refused(&tar(&[(evil, FILE, b"b")]), "a.tar", "could lead out");
    }
}

#[test]
fn links_and_devices_are_left_out() {
    let place = zip(|writer| {
        add(writer, "a", b"a");
        writer.add_symlink("link", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    });
    assert_eq!(place.extract("a.zip"), "1 files extracted into /out\n/out/a  1 bytes\n(left out: link)");
    for kind in [tar::EntryType::Symlink, tar::EntryType::Link, tar::EntryType::Block, tar::EntryType::Fifo] {
        let place = tar(&[("link", kind, b""), ("link/a", FILE, b"a")]);
        assert_eq!(
            place.extract("a.tar"),
            "1 files extracted into /out\n/out/link/a  1 bytes\n(left out: link)"
        );
    }
}

#[test]
fn bombs_are_refused() {
    let zeros = vec![0; 1536 * 1024];
    check_refused(&zip(|writer| add(writer, "zeros", &zeros)), "a.zip", "decompression bomb");
    for name in ["zeros.gz", "zeros.bz2", "zeros.xz", "zeros.zst", "zeros.tar.gz", "zeros.tar.xz"] {
        let place = Place::new(&[("zeros", &zeros)]);
        place.run(Action::Create, name, None, &["zeros"]).unwrap();
        check_refused(&place, name, "the archive unpacks to more than 200 times its size");
        let listed = place.run(Action::List, name, None, &[]).unwrap_err();
        assert!(listed.message().contains("bomb"), "{name}: {listed}");
    }
}

#[test]
fn a_password_is_said() {
    let place = Place::new(&[("a.zip", include_bytes!("encrypted.zip"))]);
    check_refused(&place, "a.zip", "the entry secret.txt is protected by a password");
    assert_eq!(place.run(Action::List, "a.zip", None, &[]).unwrap().as_json()["count"], 1);
}

#[test]
fn nothing_is_overwritten() {
    let place = zip(|writer| add(writer, "a", b"new"));
    place.put("out/a", b"old");
    check_refused(&place, "a.zip", "exists already");
    assert_eq!(fs::read(place.path("out/a")).unwrap(), b"old");
    let again = place.run(Action::Create, "a.zip", None, &["out"]).unwrap_err();
    assert!(again.message().ends_with("a.zip: exists already"), "{again}");
}

#[test]
fn what_cannot_be_packed_or_read_is_said() {
    let place = Place::new(&[("a.txt", b"words"), ("b/a.txt", b"more"), ("r.rar", b"Rar!\x1a\x07\0")]);
    let say = |action, path: &str, files: &[&str]| {
        place.run(action, path, None, files).unwrap_err().message().replace(&relative(place.0.path()), "")
    };
    insta::assert_snapshot!([
        say(Action::List, "a.txt", &[]),
        say(Action::List, "r.rar", &[]),
        say(Action::List, "b", &[]),
        say(Action::List, "nowhere.zip", &[]),
        say(Action::Create, "a.rar", &["a.txt"]),
        say(Action::Create, "a.gz", &["a.txt", "b"]),
        say(Action::Create, "a.zip", &["a.txt", "b/a.txt"]),
        say(Action::Create, "a.zip", &[]),
    ].join("\n"), @r#"
    /a.txt: is no archive that can be read: zip, tar, gz, bz2, xz and zst can
    /r.rar: is a RAR archive, which cannot be read here; ask for a zip or tar
    /b: is a folder, not an archive; to make one, use the action create
    /nowhere.zip: no such file or folder
    the name of a new archive says its format: one of .zip .tar .tar.gz .tgz .tar.bz2 .tbz2 .tbz .tar.xz .txz .tar.zst .tzst
    /a.gz holds one file; for more make a .tar.gz
    two files would have the name a.txt in the archive
    name the files and folders to pack in `files`
    "#);
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]

    /// Whatever is done to an archive, it is read or refused.
    #[test]
    fn a_damaged_archive_is_no_trap(kind in 0_usize..8, at: proptest::sample::Index, byte: u8, cut: proptest::sample::Index) {
        let name = ["a.zip", "a.tar", "a.tar.gz", "a.tar.bz2", "a.tar.xz", "a.tar.zst", "a.gz", "a.zst"][kind];
        let place = Place::new(&[("a.txt", b"some words, some words, and more of them")]);
        place.run(Action::Create, name, None, &["a.txt"]).unwrap();
        let mut bytes = fs::read(place.path(name)).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= byte;
        bytes.truncate(bytes.len() - cut.index(bytes.len()) / 4);
        place.put(name, &bytes);
        let _ = place.run(Action::List, name, None, &[]);
        let _ = place.run(Action::Extract, name, Some("out"), &[]);
    }
}
