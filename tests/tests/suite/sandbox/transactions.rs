//! A call changes all that it changed, or nothing.

use super::{check_on, inhabited};
use cowork_coworkspaces::{Changes, Undoing, drop_staged, staged_calls, undo};
use cowork_domain::CallId;
use cowork_sandbox::Limits;
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
    assert_eq!(staged_calls(&space.folder).expect("a listing"), []);
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

/// A call that has ended and is not committed.
async fn ended(space: &Coworkspace) -> (CallId, Changes) {
    let call = Host::probe().await.begin(None, space, "change", r#"{"end": "return"}"#).await;
    let (id, finished) = call.expect("the call succeeds");
    (id, finished.changes)
}

#[tokio::test]
async fn nobody_sees_a_call_that_is_not_committed() {
    let space = space();
    let before = space.tree();
    let (id, changes) = ended(&space).await;
    assert_eq!(without_staged(&space), before);
    insta::assert_snapshot!(listed(&changes), @r#"
    Created files/a.txt
    Modified files/b.txt
    Modified files/c.txt
    Created files/made.txt
    Created files/new
    Created files/new/deep
    Moved { from: "files/a.txt" } files/new/renamed.txt
    Moved { from: "files/old" } files/newer
    Modified files/newer/inside.txt
    "#);
    drop_staged(&space.folder, id).expect("it is dropped");
    assert_eq!(space.tree(), before);
}

#[tokio::test]
async fn a_commit_that_is_broken_off_anywhere_goes_on() {
    let (whole, steps) = {
        let space = space();
        let (id, changes) = ended(&space).await;
        changes.prepare(&space.folder, id).expect("a folder");
        changes.carry_out(&space.folder, id).expect("a commit");
        (contents(&space), changes.steps.len())
    };
    for done in 0..=steps {
        let space = space();
        let (id, changes) = ended(&space).await;
        changes.prepare(&space.folder, id).expect("a folder");
        let part = Changes { steps: changes.steps[..done].to_vec(), ..changes.clone() };
        part.carry_out(&space.folder, id).expect("a part of a commit");
        put_back(&space, id);
        assert_eq!(changes.carry_out(&space.folder, id).expect("the rest"), [], "after {done} steps");
        assert_eq!(contents(&space), whole, "after {done} steps");
        assert_eq!(staged_calls(&space.folder).expect("a listing"), []);
        assert_eq!(changes.carry_out(&space.folder, id).expect("once more"), [], "all of it again");
        assert_eq!(contents(&space), whole, "done twice");
    }
}

#[tokio::test]
async fn names_that_change_places_do_so_once_however_often_it_is_broken_off() {
    let operations = json!([
        {"do": "rename", "from": "a.txt", "to": "x"}, {"do": "rename", "from": "b.txt", "to": "a.txt"},
        {"do": "rename", "from": "x", "to": "b.txt"},
        {"do": "rename", "from": "c.txt", "to": "c.bak"},
        {"do": "open", "slot": 0, "path": "c.txt", "how": {"follow": false, "create": true, "exclusive": true,
            "truncate": false, "directory": false, "write": true}},
        {"do": "write", "slot": 0, "offset": 0, "text": "new"},
    ]);
    let arguments = json!({"base": "files", "operations": operations}).to_string();
    let host = Host::guest("filesystem", Limits::default()).await;
    for done in 0..10 {
        let space = space();
        let (a, b, c) = (space.text("files/a.txt"), space.text("files/b.txt"), space.text("files/c.txt"));
        let (id, finished) = host.begin(None, &space, "run", &arguments).await.expect("the call succeeds");
        let changes = finished.changes;
        let part =
            Changes { steps: changes.steps[..done.min(changes.steps.len())].to_vec(), ..changes.clone() };
        commit(&space, id, &part);
        put_back(&space, id);
        assert_eq!(changes.carry_out(&space.folder, id).expect("the rest"), [], "after {done} steps");
        assert_eq!((space.text("files/a.txt"), space.text("files/b.txt")), (b, a), "after {done} steps");
        assert_eq!(
            (space.text("files/c.bak"), space.text("files/c.txt")),
            (c, "new".to_owned()),
            "after {done} steps"
        );
    }
}

#[tokio::test]
async fn a_folder_into_which_a_person_has_written_meanwhile_stays() {
    let space = inhabited();
    let operations = json!([{"do": "unlink", "path": "sub/c.txt"}, {"do": "remove_dir", "path": "sub"}]);
    let arguments = json!({"base": "files", "operations": operations}).to_string();
    let host = Host::guest("filesystem", Limits::default()).await;
    let (id, finished) = host.begin(None, &space, "run", &arguments).await.expect("the call succeeds");
    space.plant("files/sub/new.txt", "mine");
    finished.changes.prepare(&space.folder, id).expect("a folder");
    let collisions = finished.changes.carry_out(&space.folder, id).expect("a commit");
    assert_eq!(collisions.len(), 1);
    assert_eq!(space.text("files/sub/new.txt"), "mine");
    assert!(!space.path("files/sub/c.txt").exists());
}

#[tokio::test]
async fn what_no_file_system_takes_is_refused_before_it_is_committed() {
    let space = inhabited();
    let name = "n".repeat(255);
    let mut operations = vec![json!({"do": "make_dir", "path": "d0"})];
    for number in 0..20 {
        operations.push(json!({"do": "make_dir", "path": format!("w{number}")}));
    }
    // Folder into folder: each step is short, the whole is not.
    for number in 0..20 {
        operations
            .push(json!({"do": "rename", "from": format!("w{number}"), "to": format!("d{number}/{name}")}));
        operations
            .push(json!({"do": "rename", "from": format!("d{number}"), "to": format!("d{}", number + 1)}));
        operations.push(json!({"do": "make_dir", "path": format!("e{number}")}));
        let (from, to) = (format!("d{}", number + 1), format!("e{number}/{name}"));
        operations.push(json!({"do": "rename", "from": from, "to": to}));
        let (from, to) = (format!("e{number}"), format!("d{}", number + 1));
        operations.push(json!({"do": "rename", "from": from, "to": to}));
    }
    operations.push(json!({"do": "symlink", "target": "t".repeat(5000), "path": "long"}));
    let arguments = json!({"base": "files", "operations": operations}).to_string();
    let host = Host::guest("filesystem", Limits::default()).await;
    let error = host.begin(None, &space, "run", &arguments).await.expect_err("it is refused");
    assert!(error.to_string().contains("longer than file systems take"), "{error}");
}

#[tokio::test]
async fn what_a_person_changed_meanwhile_is_a_conflict() {
    for (path, content) in
        [("files/a.txt", Some("mine")), ("files/c.txt", None), ("files/made.txt", Some("mine"))]
    {
        let space = space();
        let (_, changes) = ended(&space).await;
        match content {
            Some(content) => drop(space.plant(path, content)),
            None => std::fs::remove_file(space.path(path)).expect("removed"),
        }
        assert_eq!(changes.conflict(&space.folder).expect("a check"), Some(path.into()));
    }
}

#[tokio::test]
async fn what_a_person_wrote_in_the_instant_of_the_commit_is_kept_beside() {
    let space = space();
    let (id, changes) = ended(&space).await;
    space.plant("files/c.txt", "mine, at the last moment").plant("files/made.txt", "mine too");
    let collisions = changes.carry_out(&space.folder, id).expect("a commit");
    assert_eq!(collisions.len(), 2);
    let kept: Vec<String> = collisions.iter().map(|c| space.text(&c.kept.to_string_lossy())).collect();
    assert!(kept.contains(&"mine, at the last moment".to_owned()) && kept.contains(&"mine too".to_owned()));
    assert_eq!(space.text("files/made.txt"), "made");
}

#[tokio::test]
async fn what_was_committed_is_undone() {
    let space = space();
    let before = space.tree();
    let (id, changes) = ended(&space).await;
    commit(&space, id, &changes);
    let after = contents(&space);
    let (undoing, undone) = take_back(&space, id, &changes);
    assert_eq!(undoing.conflicts, Vec::<String>::new());
    assert_eq!(without_undo(&space), before, "content, mode and time of every file");
    let (again, _) = take_back(&space, undone, &undoing.changes);
    assert_eq!(again.conflicts, Vec::<String>::new());
    assert_eq!(contents(&space), after, "an undo is undone like any call");
}

#[tokio::test]
async fn what_a_person_changed_since_is_not_undone() {
    let space = space();
    let (id, changes) = ended(&space).await;
    commit(&space, id, &changes);
    space.plant("files/made.txt", "the person's own").plant("files/old/new", "in the old place");
    let after = contents(&space);
    let undoing = undo(&space.folder, id, &changes, CallId::new()).expect("an answer");
    assert_eq!(undoing.conflicts, ["files/made.txt", "files/old"]);
    assert_eq!(contents(&space), after);
}

#[tokio::test]
async fn what_was_deleted_comes_back() {
    let space = inhabited();
    space.link("files/link", "a.txt");
    let before = space.tree();
    for path in ["files/a.txt", "files/link"] {
        let arguments = serde_json::json!({ "path": path }).to_string();
        let call = Host::probe().await.begin(None, &space, "unlink", &arguments).await;
        let (id, finished) = call.expect("the call succeeds");
        commit(&space, id, &finished.changes);
        assert!(!space.path(path).is_symlink() && !space.path(path).exists());
        take_back(&space, id, &finished.changes);
        assert_eq!(without_undo(&space), before);
    }
}

fn commit(space: &Coworkspace, id: CallId, changes: &Changes) {
    changes.prepare(&space.folder, id).expect("a folder");
    assert_eq!(changes.carry_out(&space.folder, id).expect("a commit"), []);
}

fn take_back(space: &Coworkspace, of: CallId, changes: &Changes) -> (Undoing, CallId) {
    let by = CallId::new();
    let undoing = undo(&space.folder, of, changes, by).expect("it can be undone");
    commit(space, by, &undoing.changes);
    (undoing, by)
}

fn without_undo(space: &Coworkspace) -> std::collections::BTreeMap<std::path::PathBuf, String> {
    let mut tree = space.tree();
    tree.retain(|path, _| !path.to_string_lossy().contains(".cowork/undo"));
    tree
}

/// As a crash in the middle leaves it: the call's folder is not put away yet.
fn put_back(space: &Coworkspace, id: CallId) {
    let (from, to) = (format!(".cowork/undo/{id}"), format!(".cowork/calls/{id}"));
    if space.path(&from).exists() {
        std::fs::rename(space.path(from), space.path(to)).expect("put back");
    } else {
        std::fs::create_dir_all(space.path(to)).expect("put back");
    }
}

/// Each change on a line, as a person reads it.
fn listed(changes: &Changes) -> String {
    let line = |change: &cowork_domain::change_set::Change| format!("{:?} {}", change.kind, change.path);
    changes.set.changes().iter().map(line).collect::<Vec<_>>().join("\n")
}

fn without_staged(space: &Coworkspace) -> std::collections::BTreeMap<std::path::PathBuf, String> {
    let mut tree = space.tree();
    tree.retain(|path, _| !path.to_string_lossy().contains(".cowork/calls/"));
    tree
}

/// What lies where, without times.
fn contents(space: &Coworkspace) -> Vec<(std::path::PathBuf, String)> {
    let all = space.tree().into_keys().filter(|path| path.starts_with(space.folder.root()));
    let shown = all.filter(|path| !path.to_string_lossy().contains(".cowork"));
    shown
        .map(|path| (path.strip_prefix(space.folder.root()).expect("beneath").to_owned(), read(&path)))
        .collect()
}

fn read(path: &std::path::Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|_| "folder".to_owned())
}
