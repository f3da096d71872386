//! Symbolic links that a person, or an unpacked archive, has left in a coworkspace.

use super::{DENIED, check, check_unreachable, inhabited};
use serde_json::json;

const LOOP: &str = "failed: symbolic link loop";

#[tokio::test]
async fn a_link_is_followed_inside() {
    let space = inhabited();
    space
        .link("files/file", "sub/c.txt")
        .link("files/folder", "../files/sub")
        .link("files/chain", "folder/../file");
    for path in ["files/file", "files/folder/c.txt", "files/chain"] {
        check(&space, "read", json!({ "path": path }), "c").await;
    }
    check(&space, "write", json!({ "path": "files/folder/new.txt", "text": "new" }), "").await;
    assert_eq!(space.text("files/sub/new.txt"), "new");
}

#[tokio::test]
async fn a_link_that_leads_out_is_refused() {
    let space = inhabited();
    space
        .link("files/passwd", "/etc/passwd")
        .link("files/secret", "../../neighbour/files/secret.txt")
        .link("files/dangling", "../../neighbour/files/new.txt")
        .link("files/one", "two")
        .link("files/two", "sub/three")
        .link("files/sub/three", "../secret")
        .link("files/and-back", "../../mine/files/a.txt");
    let own = space.path("files/a.txt");
    space.link("files/absolute", own.to_str().expect("a temporary folder's path is UTF-8"));
    for path in ["passwd", "secret", "dangling", "one", "and-back", "absolute"] {
        check_unreachable(&space, &format!("files/{path}"), DENIED).await;
    }
}

#[tokio::test]
async fn a_folder_link_that_leads_out_is_refused() {
    let space = inhabited();
    space.link("files/etc", "/etc").link("files/root", "/").link("files/other", "../../neighbour");
    for path in ["etc/passwd", "root/etc/passwd", "other/files/secret.txt", "other/../mine/files/a.txt"] {
        check_unreachable(&space, &format!("files/{path}"), DENIED).await;
        let path = format!("files/{path}");
        check(&space, "stat", json!({ "path": path }), DENIED).await;
        check(&space, "make_dir", json!({ "path": path }), DENIED).await;
        check(&space, "rename", json!({ "from": "files/a.txt", "to": path }), DENIED).await;
        check(&space, "rename", json!({ "from": path, "to": "files/stolen" }), DENIED).await;
    }
}

#[tokio::test]
async fn links_that_go_round_end() {
    let space = inhabited();
    space.link("files/self", "self").link("files/ping", "pong").link("files/pong", "ping");
    for step in 0..41 {
        space.link(&format!("files/step{step}"), &format!("step{}", step + 1));
    }
    space.plant("files/step41", "the end");
    for path in ["files/self", "files/ping", "files/step0"] {
        check_unreachable(&space, path, LOOP).await;
    }
    check(&space, "read", json!({ "path": "files/step1" }), "the end").await;
}

#[tokio::test]
async fn a_link_can_be_looked_at() {
    let space = inhabited();
    space.link("files/inside", "a.txt").link("files/passwd", "/etc/passwd");
    check(&space, "stat", json!({ "path": "files/inside" }), "link 5").await;
    check(&space, "read_link", json!({ "path": "files/inside" }), "a.txt").await;
    // Where an absolute one leads would tell about the machine.
    check(&space, "stat", json!({ "path": "files/passwd" }), "link 11").await;
    check(&space, "read_link", json!({ "path": "files/passwd" }), DENIED).await;
}

#[tokio::test]
async fn a_link_that_is_moved_opens_no_way_out() {
    let space = inhabited();
    // From `files/sub` this leads inside; from the top it leads to the neighbour.
    space.link("files/sub/link", "../../neighbour/files/secret.txt");
    check(&space, "rename", json!({ "from": "files/sub/link", "to": "output/link" }), "").await;
    check_unreachable(&space, "output/link", DENIED).await;
}
