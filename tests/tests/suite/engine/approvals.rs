use super::{calls, plan, results};
use cowork_model_server::{ModelServer, Reply};
use cowork_tests::App;
use reqwest::Method;
use serde_json::json;

const WRITE: (&str, &str) = ("file_write", r#"{"path": "output/b.txt", "content": "b"}"#);
const WRITE_TOO: (&str, &str) = ("file_write", r#"{"path": "output/c.txt", "content": "c"}"#);
const LOOK: (&str, &str) = ("file_list", r#"{"path": "files"}"#);

/// A task whose agent makes these calls and then ends.
async fn asking(asked: &[(&str, &str)]) -> (App, ModelServer, cowork_domain::TaskId) {
    let (app, server) =
        App::answering([plan(), calls(asked), Reply::text("Done."), Reply::text("Report.")]).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(json!({"auto_approve_plan": true})).await;
    (app, server, id)
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_asks_nobody() {
    let (app, _server, id) = asking(&[LOOK]).await;
    app.wait_for(id, "completed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_calls_of_a_turn_that_change_files_are_asked_about_at_once_and_run_when_approved() {
    let (app, _server, id) = asking(&[LOOK, WRITE, WRITE_TOO]).await;
    app.wait_for(id, "waiting").await;
    let open = app.ok(Method::GET, &format!("/api/cowork/tasks/{id}/approvals"), None).await;
    assert_eq!(open.as_array().expect("a list").len(), 2);
    assert_eq!(open[0]["arguments"]["path"], "output/b.txt");
    assert!(!app.path("output/b.txt").exists(), "nothing has happened yet");
    app.approve_all(id).await;
    app.wait_for(id, "completed").await;
    assert!(app.path("output/b.txt").exists() && app.path("output/c.txt").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_comes_while_nobody_listens_counts() {
    let (app, server, id) = asking(&[WRITE, WRITE_TOO]).await;
    app.wait_for(id, "waiting").await;
    app.engine.shut_down();
    app.approve_all(id).await;
    let app = app.restarted(&server).await;
    app.wait_for(id, "completed").await;
    assert!(app.path("output/b.txt").exists() && app.path("output/c.txt").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_survives_a_new_start() {
    let (app, server, id) = asking(&[WRITE]).await;
    app.wait_for(id, "waiting").await;
    let app = app.restarted(&server).await;
    app.wait_for(id, "waiting").await;
    app.approve_all(id).await;
    app.wait_for(id, "completed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denial_reaches_the_model_with_the_persons_word() {
    let (app, server, id) = asking(&[WRITE]).await;
    app.wait_for(id, "waiting").await;
    let open = app.ok(Method::GET, &format!("/api/cowork/tasks/{id}/approvals"), None).await;
    let path = format!("/api/cowork/tasks/{id}/approvals/{}", open[0]["id"].as_str().expect("an id"));
    app.ok(Method::POST, &path, Some(json!({"decision": "deny", "word": "not in output/"}))).await;
    app.wait_for(id, "completed").await;
    let results = results(&server.requests()[2].body);
    assert!(results[0].contains("the person said no to this call: not in output/"), "{}", results[0]);
    assert!(!app.path("output/b.txt").exists());
    let (status, code, _) = app.problem(Method::POST, &path, Some(json!({"decision": "approve"}))).await;
    assert_eq!((status, code.as_str()), (404, "no_such_approval"), "an answer stands");
}
