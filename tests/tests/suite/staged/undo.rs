//! Whatever calls did one after the other is taken back all at once, and everything is as before the first of them.

use super::whole_tree;
use cowork_coworkspaces::{Changes, undo_all};
use cowork_domain::CallId;
use cowork_sandbox::Limits;
use cowork_tests::{Called, Coworkspace, Host};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

const PATHS: [&str; 9] = ["a", "b", "c", "d", "a/a", "a/b", "a/b/c", "c/a", "d/a"];

/// A few operations of the guest.
fn step() -> impl Strategy<Value = Vec<Value>> {
    let path = || prop::sample::select(&PATHS[..]);
    let how = json!({"follow": true, "create": true, "exclusive": false, "truncate": true, "directory": false,
        "write": true});
    prop_oneof![
        4 => (path(), "[xyz]{1,5}").prop_map(move |(path, text)| vec![
            json!({"do": "open", "slot": 0, "path": path, "how": how}),
            json!({"do": "write", "slot": 0, "offset": 0, "text": text}),
            json!({"do": "close", "slot": 0}),
        ]),
        4 => (path(), path()).prop_map(|(from, to)| vec![json!({"do": "rename", "from": from, "to": to})]),
        2 => path().prop_map(|path| vec![json!({"do": "unlink", "path": path})]),
        2 => path().prop_map(|path| vec![json!({"do": "make_dir", "path": path})]),
        1 => path().prop_map(|path| vec![json!({"do": "remove_dir", "path": path})]),
    ]
}

async fn check(host: &Host, calls: &[Vec<Vec<Value>>]) -> Result<(), TestCaseError> {
    let space = Coworkspace::new();
    for (path, text) in
        [("files/a/a", "one"), ("files/a/b/c", "two"), ("files/b", "three"), ("files/c/a", "")]
    {
        space.plant(path, text);
    }
    let before = shown(&space);
    let mut done: Vec<(CallId, Changes)> = Vec::new();
    for operations in calls {
        let arguments = json!({"base": "files", "operations": operations.concat()}).to_string();
        let (id, finished) = host.begin(None, &space, "run", &arguments).await.expect("the call succeeds");
        let changes = finished.changes.clone();
        Called::commit(&space, id, finished);
        if !changes.steps.is_empty() {
            done.push((id, changes));
        }
    }
    let by = CallId::new();
    let newest_first = done.iter().rev().map(|(id, changes)| (*id, changes));
    let undoing = undo_all(&space.folder, newest_first, by).expect("it can be derived");
    prop_assert_eq!(undoing.conflicts, Vec::<String>::new());
    undoing.changes.prepare(&space.folder, by).expect("a folder");
    prop_assert_eq!(undoing.changes.carry_out(&space.folder, by).expect("a commit"), []);
    prop_assert_eq!(shown(&space), before);
    Ok(())
}

/// Without the number of names: what calls kept stays linked until it is purged.
fn shown(space: &Coworkspace) -> BTreeMap<PathBuf, String> {
    let tree = whole_tree(&space.path("files")).into_iter();
    let without = |text: String| match text.strip_suffix(" names").and_then(|rest| rest.rsplit_once(' ')) {
        Some((rest, _)) => rest.to_owned(),
        None => text,
    };
    tree.map(|(path, text)| (path, without(text))).collect()
}

#[test]
fn calls_one_after_the_other_are_taken_back_at_once() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let host = runtime.block_on(Host::guest("filesystem", Limits::default()));
    let mut runner = TestRunner::new(Config { failure_persistence: None, cases: 96, ..Config::default() });
    let calls = prop::collection::vec(prop::collection::vec(step(), 1..6), 1..5);
    if let Err(TestError::Fail(reason, calls)) =
        runner.run(&calls, |calls| runtime.block_on(check(&host, &calls)))
    {
        let lines: Vec<String> = calls.iter().map(|call| json!(call.concat()).to_string()).collect();
        panic!("{reason}\n{}", lines.join("\n"));
    }
}
