//! Power is lost after each operation of a commit: what was not flushed is gone, or a part of it. The next start then
//! finds the change set whole or absent.

use super::disk::record::{self, Operation};
use crate::staged::{Changes, How, Opened, Scope, Staged};
use crate::{Folder, drop_staged};
use cowork_domain::capability::Effective;
use cowork_domain::{CallId, Durability};
use rand::{RngExt as _, SeedableRng as _};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Objects by inode, as they would be after the loss of power.
#[derive(Debug, Clone, Default)]
struct Disk {
    objects: BTreeMap<u64, Object>,
    root: u64,
}

#[derive(Debug, Clone)]
enum Object {
    Folder(BTreeMap<OsString, u64>),
    File { bytes: Vec<u8>, modified: SystemTime },
    Link(OsString),
}

impl Disk {
    /// What is there now.
    fn read(root: &Path) -> Self {
        let mut disk = Self { root: fs::metadata(root).expect("a folder").ino(), ..Self::default() };
        disk.add(root);
        disk
    }

    fn add(&mut self, path: &Path) -> u64 {
        let meta = fs::symlink_metadata(path).expect("metadata");
        let object = if meta.is_dir() {
            let entries = fs::read_dir(path).expect("a folder").map(|entry| entry.expect("an entry"));
            Object::Folder(entries.map(|entry| (entry.file_name(), self.add(&entry.path()))).collect())
        } else if meta.is_symlink() {
            Object::Link(fs::read_link(path).expect("a link").into())
        } else {
            let modified = meta.modified().expect("a time");
            Object::File { bytes: fs::read(path).expect("a file"), modified }
        };
        self.objects.insert(meta.ino(), object);
        meta.ino()
    }

    fn folder(&mut self, inode: u64) -> Option<&mut BTreeMap<OsString, u64>> {
        match self.objects.get_mut(&inode) {
            Some(Object::Folder(entries)) => Some(entries),
            _ => None,
        }
    }

    /// Does an operation, unless one that it needs was lost.
    fn apply(&mut self, operation: &Operation, all: &Self) -> Option<()> {
        match operation {
            Operation::Rename { from, to, exchange } => {
                let moved = *self.folder(from.0)?.get(&from.1)?;
                let there = self.folder(to.0)?.get(&to.1).copied();
                self.folder(from.0)?.remove(&from.1);
                if *exchange {
                    self.folder(from.0)?.insert(from.1.clone(), there?);
                }
                self.folder(to.0)?.insert(to.1.clone(), moved);
            }
            Operation::Make { at, object } => {
                self.folder(at.0)?.insert(at.1.clone(), *object);
                let new = match all.objects.get(object)? {
                    Object::Folder(_) => Object::Folder(BTreeMap::new()),
                    other => other.clone(),
                };
                self.objects.entry(*object).or_insert(new);
            }
            Operation::Remove { at } => drop(self.folder(at.0)?.remove(&at.1)),
            Operation::Sync { .. } | Operation::Recorded => {}
        }
        Some(())
    }

    /// Makes it real, and gives the inode that stands for each old one.
    fn write(&self, root: &Path) -> BTreeMap<u64, u64> {
        let mut written = BTreeMap::new();
        self.write_object(self.root, root, &mut written);
        let new = |path: &PathBuf| fs::symlink_metadata(path).expect("metadata").ino();
        written.iter().map(|(inode, path)| (*inode, new(path))).collect()
    }

    fn write_object(&self, inode: u64, path: &Path, written: &mut BTreeMap<u64, PathBuf>) {
        if let Some(first) = written.get(&inode) {
            return fs::hard_link(first, path).expect("another name");
        }
        match &self.objects[&inode] {
            Object::Folder(entries) => {
                fs::create_dir_all(path).expect("a folder");
                for (name, inode) in entries {
                    self.write_object(*inode, &path.join(name), written);
                }
            }
            Object::File { bytes, modified } => {
                fs::write(path, bytes).expect("a file");
                fs::File::options()
                    .write(true)
                    .open(path)
                    .and_then(|file| file.set_modified(*modified))
                    .expect("a time");
            }
            Object::Link(target) => std::os::unix::fs::symlink(target, path).expect("a link"),
        }
        written.insert(inode, path.to_owned());
    }
}

/// Which of the operations have reached the disk: those whose folders were flushed later, and of the others those that
/// `luck` has written all the same.
fn survivors(log: &[Operation], mut luck: impl FnMut() -> bool) -> Vec<bool> {
    let synced_after = |at: usize, inode: u64| {
        log[at..].iter().any(|later| matches!(later, Operation::Sync { object } if *object == inode))
    };
    let survives = |(at, operation): (usize, &Operation)| match operation {
        Operation::Rename { from, to, .. } => (synced_after(at, from.0) && synced_after(at, to.0)) || luck(),
        Operation::Make { at: (folder, _), .. } | Operation::Remove { at: (folder, _) } => {
            synced_after(at, *folder) || luck()
        }
        Operation::Sync { .. } | Operation::Recorded => true,
    };
    log.iter().enumerate().map(survives).collect()
}

/// What a person sees: everything but the host's own folder.
fn visible(root: &Path) -> BTreeMap<String, String> {
    fn walk(root: &Path, path: &Path, found: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(path).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.strip_prefix(root).expect("below").to_string_lossy().into_owned();
            let meta = fs::symlink_metadata(&path).expect("metadata");
            if name == ".cowork" {
                continue;
            } else if meta.is_dir() {
                found.insert(name, "folder".to_owned());
                walk(root, &path, found);
            } else if meta.is_symlink() {
                found.insert(name, format!("{:?}", fs::read_link(&path).expect("a link")));
            } else {
                found.insert(name, fs::read_to_string(&path).expect("a file"));
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(root, root, &mut found);
    found
}

/// The same changes on a disk whose objects have other inodes.
fn renumbered(changes: &Changes, inodes: &BTreeMap<u64, u64>) -> Changes {
    fn walk(value: &mut serde_json::Value, inodes: &BTreeMap<u64, u64>) {
        match value {
            serde_json::Value::Object(fields) => {
                if let Some(new) = fields.get("ino").and_then(|ino| inodes.get(&ino.as_u64()?)) {
                    fields.insert("ino".to_owned(), (*new).into());
                }
                fields.values_mut().for_each(|value| walk(value, inodes));
            }
            serde_json::Value::Array(values) => values.iter_mut().for_each(|value| walk(value, inodes)),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(changes).expect("JSON");
    walk(&mut value, inodes);
    serde_json::from_value(value).expect("changes")
}

fn open(root: &Path) -> Folder {
    let folder = Folder::open(&"mine".parse().expect("a slug"), root).expect("a folder");
    folder.with_durability(Durability::Power)
}

/// A call that does something of every kind.
fn call(folder: &Folder, id: CallId) -> Changes {
    let mut view =
        Staged::new(folder, id, true, Scope::new(Effective::unlimited()), u64::MAX).expect("a view");
    let write = |view: &mut Staged, path: &str, text: &str| {
        let how = How { create: true, truncate: true, write: true, ..How::default() };
        let Opened::File(file) = view.open(Staged::ROOT, path, how).expect(path) else { panic!("a file") };
        file.write_all_at(text.as_bytes(), 0).expect("a write");
    };
    let root = Staged::ROOT;
    write(&mut view, "files/changed", "after");
    write(&mut view, "files/new", "new");
    view.create_directory(root, "files/made").expect("a folder");
    write(&mut view, "files/made/inside", "inside");
    view.rename(root, "files/moved", root, "output/moved").expect("a move");
    view.rename(root, "files/folder", root, "output/folder").expect("a move");
    write(&mut view, "output/folder/changed", "after");
    view.unlink(root, "files/gone").expect("a removal");
    view.symlink(root, "new", "files/link").expect("a link");
    view.link(root, "files/new", root, "files/hard").expect("a name");
    view.finish().expect("changes")
}

#[test]
fn power_may_be_lost_after_every_operation_of_a_commit() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let root = place.path().join("run");
    for folder in ["files/folder", "output", ".cowork"] {
        fs::create_dir_all(root.join(folder)).expect("a folder");
    }
    for file in ["files/changed", "files/moved", "files/folder/kept", "files/folder/changed", "files/gone"] {
        fs::write(root.join(file), "before").expect("a file");
    }
    let before = (Disk::read(&root), visible(&root));
    let (folder, id) = (open(&root), CallId::new());
    let changes = call(&folder, id);
    let staged = Disk::read(&root);
    drop(record::take());
    changes.prepare(&folder, id).expect("it is prepared");
    record::push(Operation::Recorded);
    assert_eq!(changes.carry_out(&folder, id).expect("a commit"), []);
    let (after, log) = (visible(&root), record::take());
    let all = everything(&staged, &Disk::read(&root));

    let mut random = rand::rngs::StdRng::seed_from_u64(7);
    let mut tried = 0;
    for length in 0..=log.len() {
        let log = &log[..length];
        for round in 0..32 {
            let lucky = |random: &mut rand::rngs::StdRng| round > 0 && random.random_bool(0.5);
            let disk = lost(&before.0, &staged, &all, log, || lucky(&mut random));
            let root = place.path().join(format!("{length}-{round}"));
            let inodes = disk.write(&root);
            let (folder, changes) = (open(&root), renumbered(&changes, &inodes));
            let recorded = log.contains(&Operation::Recorded);
            if recorded {
                assert_eq!(
                    changes.carry_out(&folder, id).expect("the rest"),
                    [],
                    "after {length} of {log:#?}"
                );
            } else {
                drop_staged(&folder, id).expect("nothing happened");
            }
            let expected = if recorded { &after } else { &before.1 };
            assert_eq!(visible(&root), *expected, "round {round}, after {length} of {log:#?}");
            tried += 1;
        }
    }
    assert!(tried > 1000, "{tried} losses were tried");
}

/// Every object that ever was.
fn everything(one: &Disk, other: &Disk) -> Disk {
    let mut all = one.clone();
    all.objects.extend(other.objects.clone());
    all
}

/// The disk at the next start. The staged files are there as far as they were flushed.
fn lost(before: &Disk, staged: &Disk, all: &Disk, log: &[Operation], mut luck: impl FnMut() -> bool) -> Disk {
    let mut disk = before.clone();
    let flushed: BTreeSet<u64> = log
        .iter()
        .filter_map(|operation| if let Operation::Sync { object } = operation { Some(*object) } else { None })
        .collect();
    // Folders of the staging area that were made before the log begins: their names count once those above are flushed.
    for (inode, object) in &staged.objects {
        if let Object::Folder(entries) = object {
            let old = before.objects.get(inode).cloned();
            let names = match (old, flushed.contains(inode) || luck()) {
                (_, true) => entries.clone(),
                (Some(Object::Folder(old)), false) => old,
                _ => BTreeMap::new(),
            };
            disk.objects.insert(*inode, Object::Folder(names));
        } else if !before.objects.contains_key(inode) {
            let object = match object {
                Object::File { modified, .. } if !flushed.contains(inode) => {
                    Object::File { bytes: Vec::new(), modified: *modified }
                }
                other => other.clone(),
            };
            disk.objects.insert(*inode, object);
        }
    }
    for (operation, survives) in log.iter().zip(survivors(log, luck)) {
        if survives {
            // What needs a lost one is lost with it.
            let _ = disk.apply(operation, all);
        }
    }
    disk
}
