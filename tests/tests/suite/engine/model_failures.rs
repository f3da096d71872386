//! A model's server that fails: what may pass is tried again, the rest stops the task with a reason and loses nothing.

use super::{calls, plan};
use cowork_domain::TaskState;
use cowork_domain::message::Answer;
use cowork_model_server::Reply;
use cowork_tests::App;
use reqwest::Method;
use serde_json::json;

const WRITE: (&str, &str) = ("file_write", r#"{"path": "output/b.txt", "content": "b"}"#);

/// The answers of a whole task, with these before the agent's last words.
fn task_with(failures: Vec<Reply>) -> Vec<Reply> {
    let mut replies = vec![plan(), calls(&[WRITE])];
    replies.extend(failures);
    replies.extend([Reply::text("Done."), Reply::text("Report.")]);
    replies
}

async fn run(replies: Vec<Reply>, ends: &str) -> (App, cowork_domain::TaskId, TaskState) {
    let (app, server) = App::answering(replies).await;
    // The server lives as long as the test's process: its port must not close before the task ends.
    std::mem::forget(server);
    let app = app.with_coworkspace().await;
    let id = app.create_task(json!({"auto_approve_plan": true, "permission_mode": "act_autonomously"})).await;
    let state = app.wait_for(id, ends).await;
    (app, id, state)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_pass_is_tried_again() {
    let cut = Reply::CutAfter { answer: Answer { text: "Do".repeat(50), ..Answer::default() }, bytes: 120 };
    let limited = Reply::Status { code: 429, retry_after: Some("1".to_owned()), body: "{}".to_owned() };
    let failures = vec![limited, Reply::status(500, "oops"), cut];
    let (app, id, _) = run(task_with(failures), "completed").await;
    assert_eq!(app.store.checkpoints(id).await.expect("checkpoints").len(), 3, "no turn is taken twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_key_stops_the_task_with_advice_and_a_start_goes_on() {
    let (app, id, state) = run(task_with(vec![Reply::status(401, "bad key")]), "failed").await;
    let TaskState::Failed { reason, .. } = state else { panic!("not failed") };
    assert!(reason.contains("bad key") && reason.contains("What you can do"), "{reason}");
    assert!(app.path("output/b.txt").exists(), "what was done stays");
    app.ok(Method::POST, &format!("/api/cowork/tasks/{id}/start"), None).await;
    app.wait_for(id, "completed").await;
    assert_eq!(app.store.checkpoints(id).await.expect("checkpoints").len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stays_down_stops_the_task_and_loses_nothing() {
    let failures = (0..5).map(|_| Reply::status(503, "down")).collect();
    let (app, id, state) = run(task_with(failures), "failed").await;
    let TaskState::Failed { reason, .. } = state else { panic!("not failed") };
    assert!(reason.contains("503"), "{reason}");
    app.ok(Method::POST, &format!("/api/cowork/tasks/{id}/start"), None).await;
    app.wait_for(id, "completed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_answer_is_asked_for_again() {
    let (app, id, _) = run(task_with(vec![Reply::text("")]), "completed").await;
    assert_eq!(app.store.checkpoints(id).await.expect("checkpoints").len(), 4);
}
