//! Agents of a parallel phase work side by side, each on its own.

use cowork_domain::TaskId;
use cowork_domain::event::EventKind;
use cowork_engine::Settings;
use cowork_models::Scripted;
use cowork_tests::{App, Host, Slow};
use reqwest::Method;
use serde_json::json;
use std::sync::Arc;

const CONVERSATION: &str = r##"
[[part]]
for = "plan"
[[part.answer]]
text = '''{"summary": "Four things at once", "phases": [
  {"name": "All", "subtasks": ["Make b", "Make c", "Make d", "Change a"], "parallel": true}]}'''

[[part]]
agent = "Make .*"
[[part.answer]]
calls = '''[{"tool": "file_write", "arguments": {"path": "output/{{ task | capture('Make ([a-z])') }}.txt", "content": "made"}}]'''
[[part.answer]]
text = "Made."

[[part]]
agent = "Change a"
[[part.answer]]
calls = '''[{"tool": "file_write", "arguments": {"path": "files/a.txt", "content": "changed", "mode": "overwrite"}}]'''
[[part.answer]]
text = "Changed."

[[part]]
for = "synthesis"
[[part.answer]]
text = "All is done."
"##;

async fn app(conversation: &str, mode: &str) -> (App, TaskId) {
    let app = App::scripted(conversation).await.with_coworkspace().await;
    let id = app.create_task(json!({"auto_approve_plan": true, "permission_mode": mode})).await;
    (app, id)
}

fn made(app: &App) -> usize {
    ["b", "c", "d"].iter().filter(|name| app.path(&format!("output/{name}.txt")).exists()).count()
}

/// Waits for the task's bell until this holds.
async fn until(app: &App, id: TaskId, holds: impl Fn() -> bool) {
    let wait = async {
        let mut bell = app.engine.listen(id);
        while !holds() {
            bell.changed().await.expect("a bell");
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), wait).await.expect("in time");
}

#[tokio::test(flavor = "multi_thread")]
async fn they_overlap() {
    let (app, id) = app(CONVERSATION, "act_autonomously").await;
    app.wait_for(id, "completed").await;
    let events = app.store.events(id, 0, 1000).await.expect("events");
    let kinds = events.iter().map(|event| &event.kind);
    let before_the_first_end = kinds.take_while(|kind| !matches!(kind, EventKind::AgentEnded { .. }));
    let started = before_the_first_end.filter(|kind| matches!(kind, EventKind::AgentStarted { .. }));
    assert!(started.count() >= 2, "others are at work before the first has ended");
    assert_eq!(made(&app), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_waits_for_a_person_does_not_stop_the_others() {
    let (app, id) = app(CONVERSATION, "ask_before").await;
    app.wait_for_question(id).await;
    until(&app, id, || made(&app) == 3).await;
    assert_eq!(std::fs::read_to_string(app.path("files/a.txt")).expect("a file"), "hello");
    assert_eq!(app.engine.open_approvals(id).await.expect("approvals").len(), 1);
    app.approve_all(id).await;
    app.wait_for(id, "completed").await;
    assert_eq!(std::fs::read_to_string(app.path("files/a.txt")).expect("a file"), "changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_fails_does_not_take_the_others_with_it() {
    let without = CONVERSATION.replace(r#"agent = "Change a""#, r#"agent = "Nobody""#);
    let (app, id) = app(&without, "act_autonomously").await;
    app.wait_for(id, "failed").await;
    assert_eq!(made(&app), 3, "what the others did stays");
    let turns = app.engine.get_task_progress(id).await.expect("progress").turns;
    app.ok(Method::POST, &format!("/api/cowork/tasks/{id}/start"), None).await;
    app.wait_for(id, "failed").await;
    let again = app.engine.get_task_progress(id).await.expect("progress").turns;
    assert_eq!(again, turns, "those that are done do nothing again");
}

const ONE_IS_SLOW: &str = r##"
[[part]]
for = "plan"
[[part.answer]]
text = '''{"summary": "Two things at once", "phases": [
  {"name": "All", "subtasks": ["Ask", "Write"], "parallel": true}]}'''

[[part]]
agent = "Ask"
[[part.answer]]
calls = '''[{"tool": "fetch", "arguments": {"method": "GET", "url": "SLOW/"}}]'''
[[part.answer]]
text = "Asked."

[[part]]
agent = "Write"
[[part.answer]]
calls = '''[{"tool": "post_then_write", "arguments": {"urls": [], "path": "output/1.txt"}}]'''
[[part.answer]]
calls = '''[{"tool": "post_then_write", "arguments": {"urls": [], "path": "output/2.txt"}}]'''
[[part.answer]]
text = "Written."

[[part]]
for = "synthesis"
[[part.answer]]
text = "All is done."
"##;

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_takes_long_holds_up_no_commit_of_another() {
    let slow = Slow::start().await;
    let manifest = format!(
        "[[files]]\npaths = \"**\"\naccess = [\"read\", \"create\"]\n\
         [[http]]\nhosts = [\"{}\"]\nmethods = [\"GET\"]\nprivate = true\n",
        slow.url
    );
    let model = Scripted::from_text("conversation.toml", &ONE_IS_SLOW.replace("SLOW", &slow.url));
    let model = Arc::new(model.expect("a sound conversation"));
    let app = App::with(model, Host::packed("network", &manifest, None).await, Settings::default()).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(json!({"auto_approve_plan": true})).await;
    slow.have_come(1).await;
    until(&app, id, || app.path("output/2.txt").exists()).await;
    slow.answers.add_permits(1);
    app.wait_for(id, "completed").await;
}
