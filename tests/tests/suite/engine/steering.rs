//! A person stops a task, for a while or for good: at once, and with everything whole.

use super::{calls, plan};
use cowork_domain::TaskId;
use cowork_engine::Settings;
use cowork_model_server::{ModelServer, Reply};
use cowork_sandbox::Limits;
use cowork_tests::{App, Host, files_under};
use reqwest::Method;
use serde_json::json;
use std::time::{Duration, Instant};

const WRITE: (&str, &str) =
    ("file_write", r#"{"path": "files/a.txt", "content": "new", "mode": "overwrite"}"#);
/// What a person waits for at most.
const AT_ONCE: Duration = Duration::from_secs(1);

async fn app(replies: impl IntoIterator<Item = Reply>) -> (App, ModelServer, TaskId) {
    let (app, server) = App::answering(replies).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(json!({"auto_approve_plan": true})).await;
    (app, server, id)
}

/// Does it, and gives the state that the task is in then.
async fn steer(app: &App, id: TaskId, action: &str) -> String {
    let started = Instant::now();
    let task = app.ok(Method::POST, &format!("/api/cowork/tasks/{id}/{action}"), None).await;
    assert!(started.elapsed() < AT_ONCE, "{action} took {:?}", started.elapsed());
    task["status"].as_str().expect("a status").to_owned()
}

async fn until_asked(server: &ModelServer, requests: usize) {
    let asked = async {
        while server.requests().len() < requests {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), asked).await.expect("the model is asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_cancelled_while_the_model_thinks() {
    let (app, server, id) = app([plan(), Reply::Hang]).await;
    until_asked(&server, 2).await;
    assert_eq!(steer(&app, id, "cancel").await, "cancelled");
    let (status, _, detail) =
        app.problem(Method::POST, &format!("/api/cowork/tasks/{id}/resume"), None).await;
    assert_eq!((status, detail.as_str()), (409, "the task is cancelled and cannot be resumed"));
    assert_eq!(server.requests().len(), 2, "nobody asks the model again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_cancelled_while_a_tool_computes() {
    let host = Host::guest("probe", Limits::default()).await;
    let (app, _server) =
        App::answering_with([plan(), calls(&[("spin", "{}")])], host, Settings::default()).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(json!({"auto_approve_plan": true})).await;
    app.wait_for(id, "running").await;
    let begun = async {
        while app.engine.get_task_progress(id).await.expect("progress").turns == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), begun).await.expect("a turn");
    assert_eq!(steer(&app, id, "cancel").await, "cancelled");
    assert!(files_under(&app.path(".cowork/calls")).is_empty(), "nothing is left of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_an_answer_is_dropped_with_its_task() {
    let (app, server, id) = app([plan(), calls(&[WRITE])]).await;
    app.wait_for_question(id).await;
    assert_eq!(steer(&app, id, "cancel").await, "cancelled");
    assert!(app.engine.open_approvals(id).await.expect("approvals").is_empty());
    assert_eq!(std::fs::read_to_string(app.path("files/a.txt")).expect("a file"), "hello");
    assert!(files_under(&app.path(".cowork/calls")).is_empty(), "nothing is held any more");
    let app = app.restarted(&server).await;
    assert_eq!(app.engine.task(id).await.expect("the task").state.name(), "cancelled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_task_keeps_its_question_and_goes_on_with_the_answer() {
    let (app, server, id) =
        app([plan(), calls(&[WRITE]), Reply::text("Done."), Reply::text("Report.")]).await;
    app.wait_for_question(id).await;
    assert_eq!(steer(&app, id, "pause").await, "paused");
    app.approve_all(id).await;
    assert_eq!(app.engine.task(id).await.expect("the task").state.name(), "paused");
    assert_eq!(std::fs::read_to_string(app.path("files/a.txt")).expect("a file"), "hello");
    // Also over the end of the host: nobody goes on with it before a person does.
    let app = app.restarted(&server).await;
    assert_eq!(app.engine.task(id).await.expect("the task").state.name(), "paused");
    assert_eq!(steer(&app, id, "resume").await, "running");
    app.wait_for(id, "completed").await;
    assert_eq!(std::fs::read_to_string(app.path("files/a.txt")).expect("a file"), "new");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_paused_while_it_is_planned_and_planned_again() {
    let (app, server, id) = app([Reply::Hang]).await;
    until_asked(&server, 1).await;
    assert_eq!(steer(&app, id, "pause").await, "paused");
    for reply in [plan(), Reply::text("Done."), Reply::text("Report.")] {
        server.push(reply);
    }
    assert_eq!(steer(&app, id, "resume").await, "planning");
    app.wait_for(id, "completed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_goes_on_with_what_matters_most_and_then_with_what_has_waited_longest() {
    let (app, _server) = App::answering((0..3).map(|_| Reply::Hang)).await;
    let app = app.with_coworkspace().await;
    let mut ids = Vec::new();
    for priority in [0, 7, 0] {
        ids.push(app.create_task(json!({"priority": priority})).await);
        app.wait_for(ids[ids.len() - 1], "planning").await;
    }
    let order: Vec<TaskId> =
        app.store.unfinished_tasks().await.expect("tasks").iter().map(|task| task.id).collect();
    assert_eq!(order, [ids[1], ids[0], ids[2]]);
}
