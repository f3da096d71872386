//! A call changes all that it changed, or nothing.

use super::{check_on, inhabited};
use cowork_coworkspaces::Journal;
use cowork_sandbox::{Finished, Limits};
use cowork_tests::{Coworkspace, Host};
use serde_json::json;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

/// What the tool `change` works on.
fn space() -> Coworkspace {
    let space = inhabited();
    space
        .plant("files/c.txt", "content")
        .plant("files/old/inside.txt", "inside")
        .plant("files/old/deep/more", "more");
    let private = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(space.path("files/c.txt"), private).expect("permissions");
    space
}

async fn check_nothing_stays(end: &str, expected: &str) {
    let limits = Limits { wall_time: Duration::from_millis(500), ..Limits::default() };
    let host = Host::guest("probe", limits).await;
    let space = space();
    let before = space.tree();
    check_on(&host, &space, "change", json!({ "end": end }), expected).await;
    assert_eq!(space.tree(), before, "{end}");
}

#[tokio::test]
async fn a_call_that_returns_keeps_its_changes() {
    let space = space();
    check_on(Host::probe().await, &space, "change", json!({ "end": "return" }), "").await;
    for (path, content) in [
        ("files/new/renamed.txt", "renamed, then rewritten"),
        ("files/a.txt", "another at the old place"),
        ("files/made.txt", "made"),
        ("files/b.txt", "b, and more"),
        ("files/c.txt", "c"),
        ("files/newer/inside.txt", "changed in a folder that moved"),
        ("files/newer/deep/more", "more"),
    ] {
        assert_eq!(space.text(path), content, "{path}");
    }
    assert!(!space.path("files/old").exists());
    assert!(Journal::interrupted(space.folder.dir()).expect("the journals").is_empty());
}

#[tokio::test]
async fn a_call_that_fails_leaves_nothing() {
    check_nothing_stays("fail", "failed: as asked for").await;
}

#[tokio::test]
async fn a_call_that_crashes_leaves_nothing() {
    check_nothing_stays("trap", "the tool crashed: as asked for").await;
}

#[tokio::test]
async fn a_call_that_does_not_end_leaves_nothing() {
    check_nothing_stays("spin", "the tool did not finish within its time limit of 0.5 s").await;
}

/// A call whose result the host did not live to make final.
async fn interrupted(space: &Coworkspace) {
    let call = Host::probe().await.begin(None, space, "change", r#"{"end": "return"}"#).await;
    let Finished { journal, .. } = call.expect("the call succeeds");
    drop(journal.expect("it changed something"));
    assert_eq!(space.text("files/made.txt"), "made");
}

#[tokio::test]
async fn a_call_that_the_host_did_not_outlive_is_taken_back_at_the_next_start() {
    let space = space();
    let before = space.tree();
    interrupted(&space).await;
    let recovered = Journal::recover(space.folder.dir(), |_| false).expect("recovery");
    assert_eq!(recovered.len(), 1);
    assert_eq!(space.tree(), before);
}

#[tokio::test]
async fn a_call_whose_result_was_final_is_kept_at_the_next_start() {
    let space = space();
    interrupted(&space).await;
    let recovered = Journal::recover(space.folder.dir(), |_| true).expect("recovery");
    assert_eq!(recovered, []);
    assert_eq!(space.text("files/made.txt"), "made");
    assert!(Journal::interrupted(space.folder.dir()).expect("the journals").is_empty());
}
