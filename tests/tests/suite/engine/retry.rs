//! A person has a failed subtask tried again.

use super::calls;
use cowork_domain::TaskId;
use cowork_model_server::{ModelServer, Reply};
use cowork_tests::App;
use reqwest::Method;
use serde_json::{Value, json};

const LOOK: (&str, &str) = ("file_list", r#"{"path": "files"}"#);
const GIVE_UP: (&str, &str) =
    ("task_update", r#"{"subtask": "Look around", "status": "failed", "note": "too dark"}"#);

fn plan() -> Reply {
    let phases =
        json!([{"name": "Tidy", "subtasks": ["Look around"]}, {"name": "End", "subtasks": ["Sweep"]}]);
    Reply::text(json!({"summary": "Tidy up", "phases": phases}).to_string())
}

/// A task whose first phase failed and that was completed all the same.
async fn half_done() -> (App, ModelServer, TaskId) {
    let words = |text: &str| Reply::text(text);
    let replies =
        [plan(), calls(&[LOOK, GIVE_UP]), words("I saw nothing."), words("Swept."), words("Half a report.")];
    let (app, server) = App::answering(replies).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(json!({"auto_approve_plan": true})).await;
    app.wait_for(id, "completed").await;
    (app, server, id)
}

async fn subtask(app: &App, id: TaskId, phase: usize) -> Value {
    let progress = app.ok(Method::GET, &format!("/api/cowork/tasks/{id}/progress"), None).await;
    progress["phases"][phase]["subtasks"][0].clone()
}

async fn path(app: &App, id: TaskId, phase: usize) -> String {
    let subtask = subtask(app, id, phase).await;
    format!("/api/cowork/tasks/{id}/subtasks/{}/retry", subtask["id"].as_str().expect("an id"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_completed_task_goes_on_with_what_was_learned_and_is_reported_anew() {
    let (app, server, id) = half_done().await;
    server.push(Reply::text("I saw it all."));
    server.push(Reply::text("A whole report."));
    let retry = path(&app, id, 0).await;
    let task = app.ok(Method::POST, &retry, Some(json!({"words": "take a lamp"}))).await;
    assert_eq!(task["status"], "running");
    app.wait_for(id, "completed").await;
    assert_eq!(subtask(&app, id, 0).await["status"], "completed");
    let requests = server.requests();
    let brief = requests[5].body["messages"][1]["content"].to_string();
    for said in ["too dark", "I saw nothing.", "file_list", "take a lamp"] {
        assert!(brief.contains(said), "{said:?} is missing: {brief}");
    }
    let report = requests[6].body["messages"][1]["content"].to_string();
    assert!(report.contains("I saw it all.") && report.contains("Swept."), "{report}");
    let log = app.ok(Method::GET, &format!("/api/cowork/tasks/{id}/turns"), None).await;
    assert_eq!(log.as_array().expect("turns").len(), 6, "the log of the one that failed stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_failed_is_tried_again() {
    let (app, _server, id) = half_done().await;
    let (status, code, detail) = app.problem(Method::POST, &path(&app, id, 1).await, Some(json!({}))).await;
    assert_eq!((status, code.as_str()), (409, "not_failed"));
    assert_eq!(detail, r#"the subtask "Sweep" is completed, not failed"#);
    let unknown = format!("/api/cowork/tasks/{id}/subtasks/{}/retry", cowork_domain::SubtaskId::new());
    let (status, code, _) = app.problem(Method::POST, &unknown, Some(json!({}))).await;
    assert_eq!((status, code.as_str()), (404, "no_such_subtask"));
    let retry = path(&app, id, 0).await;
    app.ok(Method::POST, &format!("/api/cowork/tasks/{id}/rewind"), Some(json!({"turn": 2}))).await;
    app.ok(Method::POST, &format!("/api/cowork/tasks/{id}/cancel"), None).await;
    let (status, _, detail) = app.problem(Method::POST, &retry, Some(json!({}))).await;
    assert_eq!(
        (status, detail.as_str()),
        (409, "the task is cancelled and cannot have a subtask tried again")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_is_still_at_its_part_is_not_helped() {
    let (app, server) = App::answering([plan(), calls(&[GIVE_UP]), Reply::Hang]).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(json!({"auto_approve_plan": true})).await;
    until_asked(&server, 3).await;
    let (status, code, _) = app.problem(Method::POST, &path(&app, id, 0).await, Some(json!({}))).await;
    assert_eq!((status, code.as_str()), (409, "still_at_work"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_is_being_written_gives_way() {
    let replies = [plan(), calls(&[GIVE_UP]), Reply::text("Nothing."), Reply::text("Swept."), Reply::Hang];
    let (app, server) = App::answering(replies).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(json!({"auto_approve_plan": true})).await;
    until_asked(&server, 5).await;
    server.push(Reply::text("I saw it all."));
    server.push(Reply::text("A whole report."));
    app.ok(Method::POST, &path(&app, id, 0).await, Some(json!({}))).await;
    app.wait_for(id, "completed").await;
    assert_eq!(subtask(&app, id, 0).await["status"], "completed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rewind_takes_a_new_attempt_back_too() {
    let (app, server, id) = half_done().await;
    for reply in [Reply::text("I saw it all."), Reply::text("A whole report.")] {
        server.push(reply);
    }
    app.ok(Method::POST, &path(&app, id, 0).await, Some(json!({}))).await;
    app.wait_for(id, "completed").await;
    app.ok(Method::POST, &format!("/api/cowork/tasks/{id}/rewind"), Some(json!({"turn": 4}))).await;
    let first = subtask(&app, id, 0).await;
    assert_eq!((&first["status"], &first["note"]), (&json!("failed"), &json!("too dark")));
    app.ok(Method::POST, &format!("/api/cowork/tasks/{id}/resume"), None).await;
    app.wait_for(id, "completed").await;
    assert_eq!(server.requests().len(), 7, "the first report was said before that turn's end");
}

async fn until_asked(server: &ModelServer, requests: usize) {
    let asked = async {
        while server.requests().len() < requests {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), asked).await.expect("the model is asked");
}
