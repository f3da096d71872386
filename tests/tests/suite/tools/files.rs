//! `file_*`: read, write, list, move, delete, search.

use super::{call, check, with_downloads};
use cowork_tests::{Coworkspace, Host};
use serde_json::{Value, json};

#[tokio::test]
async fn a_file_is_written_and_read() {
    let space = Coworkspace::new();
    let write =
        |mode: &str, content: &str| json!({ "path": "output/new/a.md", "content": content, "mode": mode });
    check(&space, "file_write", write("create", "one\n"), "created output/new/a.md (4 bytes)").await;
    check(&space, "file_write", write("append", "two\n"), "changed output/new/a.md (8 bytes)").await;
    check(&space, "file_read", json!({ "path": "output/new/a.md" }), "one\ntwo\n").await;
    let exists = "failed: output/new/a.md: exists already; use the mode overwrite or append, or another path";
    check(&space, "file_write", write("create", "three"), exists).await;
    check(&space, "file_write", write("overwrite", "3"), "changed output/new/a.md (1 bytes)").await;
    assert_eq!(space.text("output/new/a.md"), "3");
}

#[tokio::test]
async fn a_long_file_is_read_in_parts() {
    let space = Coworkspace::new();
    space.plant("files/long.txt", "0123456789".repeat(10));
    let called =
        call(&space, "file_read", json!({ "path": "files/long.txt", "offset": 90, "limit": 5 })).await;
    assert_eq!(called.text(), "01234\n(bytes 90 to 95 of 100; go on with offset 95)");
    assert_eq!(called.json()["end"], json!(false));
}

#[tokio::test]
async fn a_listing_tells_kind_and_size() {
    let space = Coworkspace::new();
    space.plant("files/a.txt", "abc").plant("files/sub/b.txt", "").link("files/link", "a.txt");
    let text = "files/a.txt  3 bytes\nfiles/link  (link)\nfiles/sub/\nfiles/sub/b.txt  0 bytes\n";
    check(&space, "file_list", json!({ "recursive": true }), text).await;
    let called = call(&space, "file_list", json!({ "path": ".", "limit": 2 })).await;
    let paths: Vec<_> =
        called.json()["entries"].as_array().expect("entries").iter().map(|e| e["path"].clone()).collect();
    assert_eq!(
        (paths, &called.json()["truncated"]),
        (vec![json!(".instructions.md"), json!(".locks")], &json!(true))
    );
}

#[tokio::test]
async fn files_move_together_or_not_at_all() {
    let space = Coworkspace::new();
    space.plant("files/a.txt", "a").plant("files/b.txt", "b").plant("files/taken.txt", "taken");
    let moves = |b: &str| json!({ "moves": [{ "from": "files/a.txt", "to": "files/2026/03/a.txt" }, { "from": "files/b.txt", "to": b }] });
    let before = space.tree();
    let taken = "failed: files/taken.txt: exists already; choose another name";
    check(&space, "file_move", moves("files/taken.txt"), taken).await;
    // This one is seen only when the first has moved already.
    let below = "failed: files/taken.txt/b.txt: a part of the path is a file, not a folder";
    check(&space, "file_move", moves("files/taken.txt/b.txt"), below).await;
    assert_eq!(space.tree(), before);
    call(&space, "file_move", moves("output/b.txt")).await;
    assert_eq!(
        (space.text("files/2026/03/a.txt"), space.text("output/b.txt")),
        ("a".to_owned(), "b".to_owned())
    );
}

#[tokio::test]
async fn files_are_deleted_together_or_not_at_all() {
    let space = Coworkspace::new();
    space.plant("files/a.txt", "a").plant("files/b.txt", "b");
    let missing = "failed: files/nowhere.txt: no such file or folder";
    check(&space, "file_delete", json!({ "paths": ["files/a.txt", "files/nowhere.txt"] }), missing).await;
    assert_eq!(space.text("files/a.txt"), "a");
    let both = "deleted files/a.txt, files/b.txt";
    check(&space, "file_delete", json!({ "paths": ["files/a.txt", "files/b.txt"] }), both).await;
    assert!(!space.path("files/a.txt").exists() && !space.path("files/b.txt").exists());
}

#[tokio::test]
async fn files_are_found_by_name_and_text() {
    let space = with_downloads(&["todo.txt", "contacts.csv", "receipt.pdf", "receipt (1).pdf"]);
    space.plant("files/sub/notes.md", "# Notes\n\ncall the Dentist\n");
    let receipts = "files/receipt (1).pdf\nfiles/receipt.pdf";
    check(&space, "file_search", json!({ "name": "receipt*.PDF" }), receipts).await;
    let line = "files/sub/notes.md:3: call the Dentist";
    check(&space, "file_search", json!({ "text": "(?i)the dentist$" }), line).await;
}

#[tokio::test]
async fn a_name_that_is_not_utf8_does_not_end_a_listing() {
    use std::os::unix::ffi::OsStrExt as _;
    let space = Coworkspace::new();
    space.plant(std::path::Path::new("files").join(std::ffi::OsStr::from_bytes(b"caf\xe9")), "x");
    space.plant("files/z.txt", "z");
    let text = "files/caf\\xE9  (unreadable)\nfiles/z.txt  1 bytes\n";
    check(&space, "file_list", json!({ "recursive": true }), text).await;
}

#[tokio::test]
async fn every_tool_describes_itself_to_a_model() {
    for tool in Host::tools().await.registry.tools() {
        let shown = tool.definition();
        assert!(shown.title.is_some() && shown.description.len() > 20, "{}", shown.name);
        assert_eq!(shown.input_schema["additionalProperties"], Value::Bool(false), "{}", shown.name);
    }
}
