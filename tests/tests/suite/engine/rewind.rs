//! Going back to a turn: files, contexts, and how far everything was.

use super::{calls, plan, results};
use cowork_domain::TaskId;
use cowork_domain::rewind::TurnEntry;
use cowork_model_server::{ModelServer, Reply};
use cowork_tests::{App, files_under};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

const ONE: (&str, &str) = ("file_write", r#"{"path": "output/b.txt", "content": "one"}"#);
const TWO: (&str, &str) =
    ("file_write", r#"{"path": "output/b.txt", "content": "two", "mode": "overwrite"}"#);
const MORE: (&str, &str) = ("file_write", r#"{"path": "output/c/d.txt", "content": "more"}"#);
const GIVE_UP: (&str, &str) =
    ("task_update", r#"{"subtask": "Look around", "status": "failed", "note": "too dark"}"#);
const HAND_OVER: (&str, &str) = ("deliverable_create", r#"{"path": "output/b.txt", "title": "B"}"#);

/// A task that is over after three turns of its agent and one of the synthesis.
async fn over(first: &[(&str, &str)], second: &[(&str, &str)]) -> (App, ModelServer, TaskId) {
    let replies = [plan(), calls(first), calls(second), Reply::text("Done."), Reply::text("Report.")];
    let (app, server) = App::answering(replies).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(json!({"auto_approve_plan": true})).await;
    app.wait_for(id, "completed").await;
    (app, server, id)
}

fn path(id: TaskId) -> String {
    format!("/api/cowork/tasks/{id}/rewind")
}

async fn rewind(app: &App, id: TaskId, turn: u32) -> Value {
    app.ok(Method::POST, &path(id), Some(json!({ "turn": turn }))).await
}

async fn resume(app: &App, id: TaskId) {
    app.ok(Method::POST, &format!("/api/cowork/tasks/{id}/resume"), None).await;
}

fn text(app: &App, path: &str) -> Option<String> {
    std::fs::read_to_string(app.path(path)).ok()
}

async fn turns(app: &App, id: TaskId) -> Vec<TurnEntry> {
    let all = app.ok(Method::GET, &format!("/api/cowork/tasks/{id}/turns"), None).await;
    serde_json::from_value(all).expect("turns")
}

#[tokio::test(flavor = "multi_thread")]
async fn files_and_contexts_go_back_and_the_log_stays() {
    let (app, server, id) = over(&[ONE], &[TWO, MORE]).await;
    let report = rewind(&app, id, 1).await;
    assert_eq!((&report["done"], &report["turns"]), (&json!(true), &json!([2, 3, 4])));
    assert_eq!(text(&app, "output/b.txt").as_deref(), Some("one"));
    assert!(!app.path("output/c").exists());
    assert_eq!(app.engine.task(id).await.expect("the task").state.name(), "paused");
    server.push(Reply::text("Done again."));
    server.push(Reply::text("Report again."));
    resume(&app, id).await;
    app.wait_for(id, "completed").await;
    let asked = &server.requests()[5].body;
    assert_eq!(results(asked).len(), 1, "it remembers its first turn alone: {asked}");
    let log = turns(&app, id).await;
    let shown: Vec<_> = log.iter().map(|turn| (turn.turn, turn.taken_back)).collect();
    assert_eq!(shown, [(1, false), (2, true), (3, true), (4, true), (5, false), (6, false)]);
    let (status, code, _) = app.problem(Method::POST, &path(id), Some(json!({"turn": 2}))).await;
    assert_eq!((status, code.as_str()), (404, "no_such_turn"), "what was taken back is nowhere to go");
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_first_turn_nothing_had_happened() {
    let (app, server, id) = over(&[ONE, HAND_OVER], &[TWO, GIVE_UP]).await;
    rewind(&app, id, 0).await;
    assert_eq!(text(&app, "output/b.txt"), None);
    let progress = app.engine.get_task_progress(id).await.expect("progress");
    assert_eq!((progress.progress, progress.deliverables.len()), (0.0, 0));
    assert!(app.store.agents(id).await.expect("agents").is_empty());
    for reply in [Reply::text("Done again."), Reply::text("Report again.")] {
        server.push(reply);
    }
    resume(&app, id).await;
    app.wait_for(id, "completed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn subtasks_and_deliverables_are_as_they_were() {
    let hand_over_again = ("deliverable_create", r#"{"path": "output/b.txt", "title": "B, twice"}"#);
    let complete = ("task_update", r#"{"subtask": "Look around", "status": "completed", "note": "seen"}"#);
    let (app, _server, id) = over(&[ONE, HAND_OVER, GIVE_UP], &[TWO, hand_over_again, complete]).await;
    rewind(&app, id, 1).await;
    let progress = app.ok(Method::GET, &format!("/api/cowork/tasks/{id}/progress"), None).await;
    let subtask = &progress["phases"][0]["subtasks"][0];
    assert_eq!((&subtask["status"], &subtask["note"]), (&json!("failed"), &json!("too dark")));
    assert_eq!(progress["phases"][0]["status"], "running");
    assert_eq!(progress["deliverables"][0]["title"], "B");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_conflict_is_known_before_anything_is_done() {
    let (app, _server, id) = over(&[ONE], &[TWO, MORE]).await;
    std::fs::write(app.path("output/b.txt"), "the person's own").expect("a write");
    std::fs::write(app.path("output/c/d.txt"), "this too").expect("a write");
    for dry_run in [true, false] {
        let report = app.ok(Method::POST, &path(id), Some(json!({"turn": 0, "dry_run": dry_run}))).await;
        assert_eq!(report["conflicts"], json!(["output/c/d.txt", "output/b.txt"]));
        assert_eq!(report["done"], false);
    }
    assert_eq!(text(&app, "output/b.txt").as_deref(), Some("the person's own"));
    assert_eq!(text(&app, "output/c/d.txt").as_deref(), Some("this too"));
    assert_eq!(app.engine.task(id).await.expect("the task").state.name(), "completed");
    assert!(files_under(&app.path(".cowork/calls")).is_empty(), "nothing is left of the attempt");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_what_would_happen() {
    let (app, _server, id) = over(&[ONE], &[TWO, MORE]).await;
    let report = app.ok(Method::POST, &path(id), Some(json!({"turn": 1, "dry_run": true}))).await;
    assert_eq!(report["calls"].as_array().expect("calls").len(), 2);
    let changes: Vec<String> = report["changes"]
        .as_array()
        .expect("changes")
        .iter()
        .map(|change| format!("{} {}", change["change"].as_str().expect("a kind"), change["path"]))
        .collect();
    assert_eq!(
        changes,
        [r#"modified "output/b.txt""#, r#"deleted "output/c""#, r#"deleted "output/c/d.txt""#]
    );
    assert_eq!(text(&app, "output/b.txt").as_deref(), Some("two"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_later_turn_asks_is_dropped() {
    let ask = ("file_write", r#"{"path": "files/a.txt", "content": "new", "mode": "overwrite"}"#);
    let (app, server) = App::answering([plan(), calls(&[ONE]), calls(&[MORE, ask])]).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(json!({"auto_approve_plan": true})).await;
    app.wait_for_question(id).await;
    let report = rewind(&app, id, 1).await;
    assert_eq!(report["turns"], json!([2]));
    assert!(app.engine.open_approvals(id).await.expect("approvals").is_empty());
    assert!(!app.path("output/c").exists(), "what the open turn had done is taken back");
    assert!(files_under(&app.path(".cowork/calls")).is_empty());
    for reply in [Reply::text("Done again."), Reply::text("Report again.")] {
        server.push(reply);
    }
    resume(&app, id).await;
    app.wait_for(id, "completed").await;
    assert_eq!(text(&app, "files/a.txt").as_deref(), Some("hello"));
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_no_way_back_from_where_there_is_no_turn() {
    let (app, _server) = App::answering([plan()]).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(json!({})).await;
    app.wait_for(id, "plan_ready").await;
    let (status, _, detail) = app.problem(Method::POST, &path(id), Some(json!({"turn": 0}))).await;
    assert_eq!((status, detail.as_str()), (409, "the task is plan_ready and cannot be rewound"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rewind_is_not_undone_and_does_not_count_as_the_tasks_work() {
    let (app, _server, id) = over(&[ONE], &[TWO]).await;
    rewind(&app, id, 1).await;
    let changes = app.ok(Method::GET, &format!("/api/cowork/tasks/{id}/changes"), None).await;
    assert_eq!(changes[2]["rewinds_to"], 1);
    let undo = format!("/api/cowork/tasks/{id}/undo");
    let one = Some(json!({"call": changes[2]["call_id"]}));
    let (status, code, _) = app.problem(Method::POST, &undo, one).await;
    assert_eq!((status, code.as_str()), (409, "nothing_to_undo"));
    app.ok(Method::POST, &undo, Some(json!({}))).await;
    assert_eq!(text(&app, "output/b.txt"), None, "what is left of it is undone");
}

pub(super) const SIDE_BY_SIDE: &str = r##"
[[part]]
for = "plan"
[[part.answer]]
text = '''{"summary": "s", "phases": [{"name": "All", "subtasks": ["Make b", "Make c", "Make d"], "parallel": true},
  {"name": "Join", "subtasks": ["Join them"]}]}'''

[[part]]
agent = "Make .*"
[[part.answer]]
calls = '''[{"tool": "file_write", "arguments": {"path": "output/{{ task | capture('Make ([a-z])') }}.txt", "content": "one"}}]'''
[[part.answer]]
calls = '''[{"tool": "file_write", "arguments":
  {"path": "output/{{ task | capture('Make ([a-z])') }}.txt", "content": "two", "mode": "overwrite"}}]'''
[[part.answer]]
text = "Made."

[[part]]
agent = "Join"
[[part.answer]]
calls = '''[{"tool": "file_move", "arguments": {"moves": [{"from": "output/b.txt", "to": "output/all/b.txt"}]}},
  {"tool": "file_write", "arguments": {"path": "output/all/b.txt", "content": "joined", "mode": "overwrite"}}]'''
[[part.answer]]
text = "Joined."

[[part]]
for = "synthesis"
[[part.answer]]
text = "All is done."
"##;

pub(super) fn files(app: &App) -> BTreeMap<PathBuf, String> {
    let root = app.path("output");
    let found = files_under(&root).into_iter();
    found.map(|file| (file.clone(), std::fs::read_to_string(file).expect("a file"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn from_every_turn_of_agents_side_by_side_the_task_ends_the_same() {
    let app = App::scripted(SIDE_BY_SIDE).await.with_coworkspace().await;
    let id = app.create_task(json!({"auto_approve_plan": true, "permission_mode": "act_autonomously"})).await;
    app.wait_for(id, "completed").await;
    let end = files(&app);
    for place in 0..=12 {
        let log = turns(&app, id).await;
        let live: Vec<u32> = log.iter().filter(|turn| !turn.taken_back).map(|turn| turn.turn).collect();
        assert_eq!(live.len(), 12);
        let to = if place == 0 { 0 } else { live[place - 1] };
        let report = rewind(&app, id, to).await;
        assert_eq!(report["done"], true, "to {to}: {report}");
        let left = turns(&app, id).await;
        let left: Vec<&TurnEntry> = left.iter().filter(|turn| !turn.taken_back).collect();
        assert!(left.iter().all(|turn| turn.saved), "only whole turns are left");
        assert_eq!(to > 0, left.iter().any(|turn| turn.turn == to));
        resume(&app, id).await;
        app.wait_for(id, "completed").await;
        assert_eq!(files(&app), end, "gone on from turn {to}");
    }
}
