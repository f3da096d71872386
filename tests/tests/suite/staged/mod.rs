//! The staged view behaves like a plain folder: the same random operations by the same guest give the same results,
//! and after the commit the same tree. `ARCHITECTURE.md` lists the differences that are allowed.

mod plain;
mod undo;

use cowork_sandbox::Limits;
use cowork_tests::{Called, Coworkspace, Host};
use plain::Plain;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, UNIX_EPOCH};

const PATHS: &[&str] = &[
    "a",
    "b",
    "c",
    "d",
    "a/a",
    "a/b",
    "a/c",
    "a/b/c",
    "a/b/d",
    "c/a",
    "c/b",
    "d/a",
    "l",
    "l/a",
    "l/b",
    "a/l",
    "n",
    "./a",
    "a/",
    "b/",
    "l/",
    "a/.",
    "a/..",
    "a/../b",
    "a/b/..",
    "..",
    ".",
    "",
    "a//b",
    "../x",
    "a/../../x",
    "/a",
    "d/",
];
/// Times before this were set by somebody; later ones are the present.
const SET: u64 = 1_500_000_000;

/// How a tree shows the present, and the time that everything has before.
const NOW: &str = "now";
const KEPT: &str = "1000000000";

fn path() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => prop::sample::select(&PATHS[..17]).prop_map(str::to_owned),
        1 => prop::sample::select(PATHS).prop_map(str::to_owned),
    ]
}

/// Without a slash or `/.` at the end. With one, wasmtime-wasi's own file system looks at files as if it were not there, and
/// removes no folder: a real one does neither.
fn trim(path: &str) -> &str {
    path.strip_suffix("/.").unwrap_or(path).trim_end_matches('/')
}

fn operation() -> impl Strategy<Value = Value> {
    let slot = 0..4u8;
    let text = "[xyz]{0,5}";
    let offset = 0..8u64;
    prop_oneof![
        8 => (slot.clone(), path(), any::<[bool; 6]>(), any::<u8>()).prop_map(|(slot, path, how, rare)| {
            // A folder is rarely asked for, and exclusively rarely.
            json!({"do": "open", "slot": slot, "path": path, "how": {
                "follow": how[0], "create": how[1], "exclusive": how[2] && rare % 4 == 0, "truncate": how[3] && rare % 3 == 0,
                "directory": how[4] && rare % 5 == 0, "write": how[5] || how[1],
            }})
        }),
        1 => slot.clone().prop_map(|slot| json!({"do": "close", "slot": slot})),
        3 => (slot.clone(), offset.clone(), 0..9u64)
            .prop_map(|(slot, offset, length)| json!({"do": "read", "slot": slot, "offset": offset, "length": length})),
        2 => (slot.clone(), offset.clone(), 1..9u64).prop_map(
            |(slot, offset, length)| json!({"do": "read_stream", "slot": slot, "offset": offset, "length": length})
        ),
        3 => (slot.clone(), offset.clone(), text)
            .prop_map(|(slot, offset, text)| json!({"do": "write", "slot": slot, "offset": offset, "text": text})),
        2 => (slot.clone(), offset, text)
            .prop_map(|(slot, offset, text)| json!({"do": "write_stream", "slot": slot, "offset": offset, "text": text})),
        2 => (slot.clone(), text).prop_map(|(slot, text)| json!({"do": "append", "slot": slot, "text": text})),
        2 => (slot.clone(), 0..12u64).prop_map(|(slot, size)| json!({"do": "set_size", "slot": slot, "size": size})),
        1 => (slot.clone(), 0..SET).prop_map(|(slot, seconds)| json!({"do": "set_times", "slot": slot, "seconds": seconds})),
        1 => (path(), any::<bool>(), 0..SET).prop_map(
            |(path, follow, seconds)| json!({"do": "set_times_at", "path": trim(&path), "follow": follow, "seconds": seconds})
        ),
        2 => slot.prop_map(|slot| json!({"do": "stat", "slot": slot})),
        4 => (path(), any::<bool>()).prop_map(|(path, follow)| json!({"do": "stat_at", "path": trim(&path), "follow": follow})),
        4 => path().prop_map(|path| json!({"do": "list", "path": path})),
        4 => path().prop_map(|path| json!({"do": "make_dir", "path": path})),
        3 => path().prop_map(|path| json!({"do": "remove_dir", "path": trim(&path)})),
        4 => path().prop_map(|path| json!({"do": "unlink", "path": path})),
        8 => (path(), path()).prop_map(|(from, to)| json!({"do": "rename", "from": from, "to": to})),
        3 => (path(), path()).prop_map(|(from, to)| json!({"do": "link", "from": from, "to": to})),
        3 => (path(), path()).prop_map(|(target, path)| json!({"do": "symlink", "target": trim(&target), "path": path})),
        2 => path().prop_map(|path| json!({"do": "read_link", "path": path})),
        1 => (path(), path()).prop_map(|(a, b)| json!({"do": "same", "a": a, "b": b})),
    ]
}

/// What both folders hold before the first operation.
fn furnish(base: &Path) {
    for folder in ["a/b", "c"] {
        std::fs::create_dir_all(base.join(folder)).expect("a folder");
    }
    for (path, text) in [("a/a", "one"), ("a/b/c", "two"), ("b", "three")] {
        std::fs::write(base.join(path), text).expect("a file");
    }
    std::os::unix::fs::symlink("a", base.join("l")).expect("a link");
    std::os::unix::fs::symlink("../b", base.join("a/l")).expect("a link");
    for path in ["a/a", "a/b/c", "b", "a/b", "a", "c", ""] {
        let file = File::open(base.join(path)).expect("a file");
        file.set_modified(UNIX_EPOCH + Duration::from_secs(1_000_000_000)).expect("a time");
    }
}

/// Everything beneath, as far as both must agree. Times of folders are no part of it: the commit makes one change of
/// what a plain folder sees as many.
fn tree(base: &Path, below: &Path, found: &mut BTreeMap<PathBuf, String>) {
    for entry in std::fs::read_dir(base.join(below)).expect("a folder") {
        let path = below.join(entry.expect("an entry").file_name());
        let meta = std::fs::symlink_metadata(base.join(&path)).expect("metadata");
        let set = u64::try_from(meta.mtime()).ok().filter(|seconds| *seconds < SET);
        let time = set.map_or(NOW.to_owned(), |seconds| seconds.to_string());
        let shown = if meta.is_dir() {
            tree(base, &path, found);
            "folder".to_owned()
        } else if meta.is_symlink() {
            format!("link to {} {time}", std::fs::read_link(base.join(&path)).expect("a link").display())
        } else {
            let text = std::fs::read_to_string(base.join(&path)).expect("a file");
            format!("{text:?} {time} {} names", meta.nlink())
        };
        found.insert(path, shown);
    }
}

fn whole_tree(base: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    tree(base, Path::new(""), &mut found);
    found
}

async fn compare(host: &Host, plain: &Plain, operations: &[Value]) -> Result<(), TestCaseError> {
    let (staged, folder) = (Coworkspace::new(), tempfile::tempdir().expect("a folder"));
    std::fs::create_dir(folder.path().join("files")).expect("a folder");
    furnish(&staged.path("files"));
    furnish(&folder.path().join("files"));
    let before = whole_tree(&staged.path("files"));
    let arguments = json!({"base": "files", "operations": operations}).to_string();
    let expected = plain.run(folder.path(), &arguments).await;
    let (id, finished) = host.begin(None, &staged, "run", &arguments).await.expect("the call succeeds");
    prop_assert_eq!(&whole_tree(&staged.path("files")), &before, "nobody sees anything before the commit");
    let called = Called::commit(&staged, id, finished);
    let given = called.text();
    for (number, (given, expected)) in given.lines().zip(expected.lines()).enumerate() {
        prop_assert_eq!(given, expected, "operation {}: {}", number, operations[number]);
    }
    let (given, mut expected) = (whole_tree(&staged.path("files")), whole_tree(&folder.path().join("files")));
    for (path, shown) in &mut expected {
        // A file that was written with the content that it had is not changed.
        if let Some(given) = given.get(path)
            && shown.replace(NOW, KEPT) == *given
        {
            shown.clone_from(given);
        }
    }
    prop_assert_eq!(given, expected);
    Ok(())
}

#[test]
fn it_behaves_like_a_plain_folder() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let host = runtime.block_on(Host::guest("filesystem", Limits::default()));
    let (plain, done) = (Plain::new(), AtomicUsize::new(0));
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
    let sequences = prop::collection::vec(operation(), 1..80);
    let result = runner.run(&sequences, |operations| {
        done.fetch_add(operations.len(), Ordering::Relaxed);
        runtime.block_on(compare(&host, &plain, &operations))
    });
    println!("{} operations", done.load(Ordering::Relaxed));
    if let Err(TestError::Fail(reason, operations)) = result {
        let lines: Vec<String> = operations.iter().map(Value::to_string).collect();
        panic!("{reason}\n{}", lines.join("\n"));
    }
}
