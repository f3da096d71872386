//! Nothing that is there is lost by a tool.

use super::{DENIED, check, check_on, check_unwritable, inhabited};
use cowork_tests::Host;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::json;
use std::os::unix::net::UnixListener;

#[tokio::test]
async fn nothing_is_removed() {
    let space = inhabited();
    std::fs::create_dir(space.path("files/empty")).expect("a folder");
    let before = space.tree();
    check(&space, "unlink", json!({ "path": "files/a.txt" }), DENIED).await;
    check(&space, "remove_dir", json!({ "path": "files/empty" }), DENIED).await;
    assert_eq!(space.tree(), before);
}

#[tokio::test]
async fn nothing_is_renamed_over() {
    let space = inhabited();
    std::fs::create_dir(space.path("files/empty")).expect("a folder");
    space.link("files/link", "nowhere");
    let before = space.tree();
    for to in ["files/b.txt", "files/sub", "files/empty", "files/link"] {
        check(&space, "rename", json!({ "from": "files/a.txt", "to": to }), DENIED).await;
    }
    check(&space, "rename", json!({ "from": "files/sub", "to": "files/empty" }), DENIED).await;
    assert_eq!(space.tree(), before);
}

#[tokio::test]
async fn a_free_name_can_be_renamed_to() {
    let space = inhabited();
    check(&space, "rename", json!({ "from": "files/a.txt", "to": "output/new.txt" }), "").await;
    check(&space, "rename", json!({ "from": "files/sub", "to": "files/folder" }), "").await;
    check(&space, "rename", json!({ "from": "files/b.txt", "to": "files/b.txt" }), "").await;
    assert_eq!(
        (space.text("output/new.txt"), space.text("files/folder/c.txt")),
        ("a".to_owned(), "c".to_owned())
    );
    assert!(!space.path("files/a.txt").exists() && !space.path("files/sub").exists());
}

#[tokio::test]
async fn a_folder_is_not_renamed_into_itself() {
    let space = inhabited();
    let into = json!({ "from": "files/sub", "to": "files/sub/sub" });
    check(&space, "rename", into, "failed: invalid argument").await;
}

#[tokio::test]
async fn no_link_is_made() {
    let space = inhabited();
    let before = space.tree();
    check(&space, "hard_link", json!({ "from": "files/a.txt", "to": "files/link" }), DENIED).await;
    for target in ["a.txt", "/etc/passwd", "../../neighbour"] {
        let arguments = json!({ "target": target, "path": "files/link" });
        let expected = format!("denied: {target}: the host does not permit it");
        check_on(Host::python().await, &space, "symlink", arguments, &expected).await;
    }
    assert_eq!(space.tree(), before);
}

#[tokio::test]
async fn a_read_only_tool_cannot_write() {
    const READ_ONLY: &str = "denied: it is read-only here";
    let space = inhabited();
    let before = space.tree();
    for path in ["files/a.txt", "files/new.txt", "output/new.txt"] {
        check(&space, "sneak_write", json!({ "path": path, "text": "x" }), READ_ONLY).await;
    }
    // A handle for reading does not serve for writing, whoever holds it.
    check(&space, "set_modified", json!({ "path": "files/a.txt" }), "failed: bad file descriptor").await;
    assert_eq!(space.tree(), before);
}

#[tokio::test]
async fn what_is_no_file_is_not_opened_and_blocks_nobody() {
    let space = inhabited();
    mknodat(CWD, space.path("files/fifo"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a FIFO");
    let _listener = UnixListener::bind(space.path("files/socket")).expect("a socket");
    for path in ["files/fifo", "files/socket"] {
        check(&space, "read", json!({ "path": path }), DENIED).await;
        check_unwritable(&space, path, DENIED).await;
        check(&space, "stat", json!({ "path": path }), "other 0").await;
    }
    check(&space, "list", json!({ "path": "files" }), "a.txt\nb.txt\nfifo\nsocket\nsub").await;
}
