//! Removing, renaming and linking work as on a real file system, inside the coworkspace.

use super::{DENIED, check, check_on, check_unwritable, inhabited};
use cowork_tests::Host;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::json;
use std::os::unix::net::UnixListener;

#[tokio::test]
async fn what_is_removed_is_gone_when_it_is_committed() {
    let space = inhabited();
    std::fs::create_dir(space.path("files/empty")).expect("a folder");
    check(&space, "remove_dir", json!({ "path": "files/sub" }), "failed: directory not empty").await;
    check(&space, "unlink", json!({ "path": "files/sub" }), "failed: is a folder").await;
    check(&space, "unlink", json!({ "path": "files/a.txt" }), "").await;
    check(&space, "remove_dir", json!({ "path": "files/empty" }), "").await;
    assert!(!space.path("files/a.txt").exists() && !space.path("files/empty").exists());
    assert!(space.path("files/sub/c.txt").exists());
}

#[tokio::test]
async fn what_is_renamed_over_goes_by_its_kind() {
    let space = inhabited();
    std::fs::create_dir(space.path("files/empty")).expect("a folder");
    space.link("files/link", "nowhere");
    let rename = |from: &str, to: &str| json!({ "from": from, "to": to });
    check(&space, "rename", rename("files/a.txt", "files/sub"), "failed: is a folder").await;
    check(
        &space,
        "rename",
        rename("files/sub", "files/a.txt"),
        "failed: a part of the path is a file, not a folder",
    )
    .await;
    check(&space, "rename", rename("files/empty", "files/sub"), "failed: directory not empty").await;
    check(&space, "rename", rename("files/sub", "files/empty"), "").await;
    check(&space, "rename", rename("files/a.txt", "files/link"), "").await;
    check(&space, "rename", rename("files/link", "files/b.txt"), "").await;
    assert_eq!(
        (space.text("files/b.txt"), space.text("files/empty/c.txt")),
        ("a".to_owned(), "c".to_owned())
    );
    assert!(!space.path("files/link").is_symlink() && !space.path("files/sub").exists());
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
async fn links_are_made_inside_only() {
    let space = inhabited();
    check(&space, "hard_link", json!({ "from": "files/a.txt", "to": "files/hard" }), "").await;
    assert_eq!(space.text("files/hard"), "a");
    check(&space, "hard_link", json!({ "from": "files/a.txt", "to": ".memory/hard" }), DENIED).await;
    check(&space, "hard_link", json!({ "from": ".memory", "to": "files/memory" }), DENIED).await;
    let symlink = |target: &str, path: &str| json!({ "target": target, "path": path });
    check_on(Host::python().await, &space, "symlink", symlink("a.txt", "files/soft"), "").await;
    assert_eq!(space.text("files/soft"), "a");
    let refused = "denied: /etc/passwd: the host does not permit it";
    check_on(Host::python().await, &space, "symlink", symlink("/etc/passwd", "files/out"), refused).await;
    // One that leads out can be made, like any text, and is never followed.
    check_on(Host::python().await, &space, "symlink", symlink("../../neighbour", "files/far"), "").await;
    check(&space, "list", json!({ "path": "files/far" }), DENIED).await;
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
    check(&space, "set_modified", json!({ "path": "files/a.txt" }), DENIED).await;
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
