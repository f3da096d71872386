//! Names that a person's disk may hold, or that a model may make up.

use super::{MISSING, check, check_unreachable, inhabited};
use serde_json::json;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// `caf\xE9.txt`, as an old Windows archive leaves it.
fn latin_1(folder: &str) -> PathBuf {
    Path::new(folder).join(OsStr::from_bytes(b"caf\xe9.txt"))
}

#[tokio::test]
async fn a_name_that_is_not_utf8_is_listed_escaped() {
    let space = inhabited();
    space.plant(latin_1("files"), "latin");
    check(&space, "list", json!({ "path": "files" }), "a.txt\nb.txt\ncaf\\xE9.txt\nsub").await;
}

#[tokio::test]
async fn a_name_that_is_not_utf8_cannot_be_opened_and_that_is_said() {
    const SAID: &str = "failed: illegal byte sequence";
    let space = inhabited();
    space.plant(latin_1("files"), "latin");
    let escaped = "files/caf\\xE9.txt";
    check_unreachable(&space, escaped, SAID).await;
    check(&space, "stat", json!({ "path": escaped }), SAID).await;
    check(&space, "rename", json!({ "from": escaped, "to": "files/cafe.txt" }), SAID).await;
    check(&space, "read", json!({ "path": "files/th\\xE9.txt" }), MISSING).await;
}

#[tokio::test]
async fn a_folder_that_moves_carries_such_a_name_along() {
    let space = inhabited();
    space.plant(latin_1("files/sub"), "latin");
    check(&space, "rename", json!({ "from": "files/sub", "to": "output/sub" }), "").await;
    assert_eq!(std::fs::read(space.path(latin_1("output/sub"))).expect("the file"), b"latin");
}

#[tokio::test]
async fn names_of_any_script_are_names() {
    let space = inhabited();
    for name in [
        "領収書 (1).html",
        "-rf",
        "a\\b",
        "...",
        "line\nbreak",
        " ",
        "*?<>|:\"",
        "e\u{301}té",
        "\u{202e}fdp.exe",
    ] {
        let path = format!("files/{name}");
        check(&space, "write", json!({ "path": path, "text": name }), "").await;
        check(&space, "read", json!({ "path": path }), name).await;
    }
}

#[tokio::test]
async fn a_name_that_no_file_system_takes_is_an_error() {
    let space = inhabited();
    let (long, huge, deep) = ("x".repeat(300), "x".repeat(10 << 20), "x/".repeat(3000));
    for path in [&long, &huge, &deep] {
        check_unreachable(&space, path, "failed: filename too long").await;
    }
    for path in ["files/a\0b", "\0", "files/a.txt\0.png"] {
        let nul = "failed: file name contained an unexpected NUL byte";
        check_unreachable(&space, path, nul).await;
    }
    // An empty path is the coworkspace itself, which is no file.
    super::check_unwritable(&space, "", "failed: is a folder").await;
}
