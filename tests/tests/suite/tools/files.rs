//! `file_*`: read, write, edit, list, move, delete, search.

use super::{call, check, with_downloads};
use cowork_sandbox::Content;
use cowork_tests::{Coworkspace, Host, shown};
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
async fn a_folder_that_no_host_has_kept_yet_takes_changes() {
    let space = Coworkspace::new();
    let _ = std::fs::remove_dir_all(space.path(".cowork"));
    call(&space, "file_write", json!({ "path": "a.md", "content": "one" })).await;
    assert_eq!(space.text("a.md"), "one");
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
async fn texts_are_replaced_together_or_not_at_all() {
    let space = Coworkspace::new();
    space.plant("files/a.md", "# Title\r\n\r\nMeet Anna on “Monday”.\r\n");
    let edits = |second: &str| {
        json!({ "path": "files/a.md", "edits": [
        { "old": "# Title\n", "new": "# Notes\n" },
        { "old": second, "new": "on Friday" },
    ] })
    };
    let before = space.tree();
    let missing = Host::tools().await.call(&space, "file_edit", &edits("Meet Anna on Tuesday")).await;
    let missing = shown(&missing);
    let expected =
        "failed: nothing was changed; edit 2: `old` is not in the file; the nearest is at line 3 (";
    assert!(missing.starts_with(expected) && missing.ends_with("\nMeet Anna on “Monday”."), "{missing}");
    assert_eq!(space.tree(), before);
    call(&space, "file_edit", edits("on \"Monday\"")).await;
    assert_eq!(space.text("files/a.md"), "# Notes\r\n\r\nMeet Anna on Friday.\r\n");
}

#[tokio::test]
async fn a_log_is_read_from_its_end_and_a_picture_shown() {
    let space = with_downloads(&["chart.png"]);
    let log: String = (1..=100_000).map(|number| format!("line {number}\n")).collect();
    space.plant("files/long.log", log);
    check(&space, "file_read", json!({ "path": "files/long.log", "line": -2 }), "line 99999\nline 100000\n")
        .await;
    let middle = "line 5000\nline 5001\n\n(lines 5000 to 5001 of files/long.log; go on with line 5002)";
    check(&space, "file_read", json!({ "path": "files/long.log", "line": 5000, "lines": 2 }), middle).await;
    let picture = call(&space, "file_read", json!({ "path": "files/chart.png" })).await;
    let is_picture =
        |part: &Content| matches!(part, Content::Image { media_type, .. } if media_type == "image/png");
    assert!(picture.output.content.iter().any(is_picture));
}

#[tokio::test]
async fn names_of_every_kind_are_taken() {
    let names = [
        "a b.txt",
        " lead",
        "trail ",
        "-rf",
        "ä ö",
        "領収書",
        "😀",
        "a\nb",
        "#x",
        "%41",
        "it's",
        "\"q\"",
        "*?[x]{y}",
        "a:b",
        "a\\b",
        "$HOME",
        "~",
        "..x",
        "...",
        "e\u{301}",
    ];
    let space = Coworkspace::new();
    for name in names {
        space.plant(format!("files/in/{name}"), "needle");
    }
    let found = call(&space, "file_search", json!({ "path": "files/in", "text": "needle" })).await.json();
    let mut found: Vec<String> = found["matches"]
        .as_array()
        .expect("matches")
        .iter()
        .map(|found| found["path"].as_str().expect("a path").replacen("files/in/", "", 1))
        .collect();
    let mut expected = names.map(str::to_owned).to_vec();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    for name in names {
        let (from, to) = (format!("files/in/{name}"), format!("files/out/{name}"));
        check(&space, "file_read", json!({ "path": from }), "needle").await;
        call(&space, "file_edit", json!({ "path": from, "edits": [{ "old": "needle", "new": "pin" }] }))
            .await;
        call(&space, "file_move", json!({ "moves": [{ "from": from, "to": to }] })).await;
        assert_eq!(space.text(&to), "pin");
        call(&space, "file_delete", json!({ "paths": [to] })).await;
    }
}

#[tokio::test]
async fn what_is_no_text_file_is_refused_by_every_tool() {
    let space = Coworkspace::new();
    space.plant("files/folder/a.txt", "a").plant("files/zeros", vec![0; 1000]).link("files/gone", "nowhere");
    space.plant("files/cut.txt", &"words é".as_bytes()[..7]).plant("files/empty", "");
    for (path, read) in [
        ("files/missing", "failed: files/missing: no such file or folder"),
        ("files/folder", "failed: files/folder: is a folder; use file_list"),
        ("files/gone", "failed: files/gone: no such file or folder"),
        ("files/empty", ""),
        ("files/cut.txt", "words Ă"),
    ] {
        check(&space, "file_read", json!({ "path": path }), read).await;
    }
    let zeros =
        shown(&Host::tools().await.call(&space, "file_read", &json!({ "path": "files/zeros" })).await);
    assert!(zeros.starts_with("failed: files/zeros: is not text (application/octet-stream)"), "{zeros}");
    let edit = |path: &str| json!({ "path": path, "edits": [{ "old": "a", "new": "b" }] });
    check(&space, "file_edit", edit("files/folder"), "failed: files/folder: is a folder").await;
    let broken = "failed: files/zeros: is not text (application/octet-stream)";
    check(&space, "file_edit", edit("files/zeros"), broken).await;
}

#[tokio::test]
async fn a_huge_file_is_read_in_pieces() {
    use std::io::{Seek as _, SeekFrom, Write as _};
    let space = Coworkspace::new();
    space.plant("files/huge.txt", "first\n");
    let mut file = std::fs::File::options().write(true).open(space.path("files/huge.txt")).expect("the file");
    // A gigabyte without a line's end, most of it on no disk.
    let size: u64 = 1 << 30;
    file.seek(SeekFrom::Start(size)).expect("a place");
    file.write_all(b"\nlast\n").expect("a write");
    check(&space, "file_read", json!({ "path": "files/huge.txt", "as": "text", "line": -1 }), "last\n").await;
    let offset = json!({ "path": "files/huge.txt", "as": "text", "offset": size + 1, "limit": 100 });
    check(&space, "file_read", offset, "last\n").await;
    let edit = json!({ "path": "files/huge.txt", "edits": [{ "old": "a", "new": "b" }] });
    let limit =
        format!("failed: files/huge.txt: has {} bytes; file_edit takes files up to 16777216", size + 6);
    check(&space, "file_edit", edit, &limit).await;
    let found = call(&space, "file_search", json!({ "text": "last" })).await.json();
    assert_eq!(found["matches"], json!([]), "it is no text: {found}");
}

#[tokio::test]
async fn a_listing_tells_kind_and_size() {
    let space = Coworkspace::new();
    space.plant("files/a.txt", "abc").plant("files/sub/b.txt", "").link("files/link", "a.txt");
    let listed = call(&space, "file_list", json!({ "recursive": true })).await;
    let json = listed.json();
    let facts = json["entries"].as_array().expect("entries").iter().map(|entry| {
        format!("{} {} {}", entry["path"], entry["kind"], entry.get("size").unwrap_or(&Value::Null))
    });
    assert_eq!(
        facts.collect::<Vec<_>>(),
        [
            r#""files/a.txt" "file" 3"#,
            r#""files/link" "link" null"#,
            r#""files/sub" "directory" null"#,
            r#""files/sub/b.txt" "file" 0"#,
        ]
    );
    assert!(listed.text().starts_with("files/\n  a.txt  3 bytes  20"), "a tree: {}", listed.text());
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
    let text = call(&space, "file_list", json!({ "recursive": true })).await.text();
    assert!(text.starts_with("files/\n  caf\\xE9  (unreadable)\n  z.txt  1 bytes"), "{text}");
}

#[tokio::test]
async fn every_tool_describes_itself_to_a_model() {
    for tool in Host::tools().await.registry.tools() {
        let shown = tool.definition();
        assert!(shown.title.is_some() && shown.description.len() > 20, "{}", shown.name);
        assert_eq!(shown.input_schema["additionalProperties"], Value::Bool(false), "{}", shown.name);
    }
}
