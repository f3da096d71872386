//! A model's server that fails: what may pass is tried again, the rest stops the task with a reason and loses nothing.

use super::{calls, plan};
use cowork_domain::TaskState;
use cowork_domain::message::{Answer, Stop};
use cowork_model_server::{ModelServer, Reply, WireFormat};
use cowork_models::anthropic::Anthropic;
use cowork_models::openai::OpenAi;
use cowork_models::{HttpSettings, Label, Model, RetryPolicy, Retrying, Timeouts};
use cowork_tests::App;
use reqwest::Method;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const WRITE: (&str, &str) = ("file_write", r#"{"path": "output/b.txt", "content": "b"}"#);

/// The same in few bytes.
const SHORT: (&str, &str) = ("file_write", r#"{"path":"output/b.txt","content":"b"}"#);

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

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_stops_the_task_and_a_start_goes_on() {
    let refusal =
        Answer { text: "I cannot help with that.".into(), stop: Stop::Refusal, ..Answer::default() };
    let (app, id, state) = run(task_with(vec![Reply::Answer(refusal)]), "failed").await;
    let TaskState::Failed { reason, .. } = state else { panic!("not failed") };
    assert!(reason.contains("the model refused to go on: I cannot help with that."), "{reason}");
    assert!(app.path("output/b.txt").exists(), "what was done stays");
    app.ok(Method::POST, &format!("/api/cowork/tasks/{id}/start"), None).await;
    app.wait_for(id, "completed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_context_that_stays_too_long_stops_the_task_with_a_reason() {
    let too_long = || Reply::status(400, "prompt is too long: 210000 tokens > 200000 maximum");
    let (app, _, state) = run(task_with((0..9).map(|_| too_long()).collect()), "failed").await;
    let TaskState::Failed { reason, .. } = state else { panic!("not failed") };
    assert!(reason.contains("the context is too long for the model"), "{reason}");
    assert!(app.path("output/b.txt").exists(), "what was done stays");
}

/// A model that answers as a whole task needs it. The agent's first answer is cut at the first byte, then at the second,
/// and so on, until it is whole.
async fn cutting() -> (ModelServer, Arc<AtomicUsize>) {
    let cuts = Arc::new(AtomicUsize::new(0));
    let made = Arc::clone(&cuts);
    let server = ModelServer::answering(move |request| {
        let asked = request.request().expect("a purpose");
        let answered = asked.messages.len() > 1;
        match asked.label {
            Label::Plan => plan(),
            Label::Agent(_) if !answered => {
                let Reply::Answer(answer) = calls(&[SHORT]) else { panic!("no answer") };
                let bytes = made.fetch_add(1, Ordering::Relaxed);
                if bytes < ModelServer::rendered(request, &answer).len() {
                    Reply::CutAfter { answer, bytes }
                } else {
                    made.fetch_sub(1, Ordering::Relaxed);
                    Reply::Answer(answer)
                }
            }
            Label::Agent(_) | Label::Synthesis | Label::Summary => Reply::text("Done."),
        }
    });
    (server.await.expect("a model server"), cuts)
}

/// As patient as it takes.
fn patient(server: &ModelServer, format: WireFormat) -> Arc<dyn Model> {
    let base_url = match format {
        WireFormat::OpenAi => server.openai_base(),
        WireFormat::Anthropic => server.anthropic_base(),
    };
    let timeouts = Timeouts::default();
    let settings = HttpSettings { base_url, api_key: None, model: "test".to_owned(), timeouts };
    let at_once = Duration::from_micros(1);
    let policy = RetryPolicy { retries: 10_000, base: at_once, cap: at_once, ..RetryPolicy::default() };
    match format {
        WireFormat::OpenAi => Arc::new(Retrying::new(OpenAi::new(&settings).expect("a client"), policy)),
        WireFormat::Anthropic => {
            Arc::new(Retrying::new(Anthropic::new(&settings).expect("a client"), policy))
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_cut_at_every_byte_is_acted_on_once_and_whole() {
    tokio::join!(cut_at_every_byte(WireFormat::OpenAi), cut_at_every_byte(WireFormat::Anthropic));
}

async fn cut_at_every_byte(format: WireFormat) {
    let (server, cuts) = cutting().await;
    let app = App::start(patient(&server, format)).await.with_coworkspace().await;
    let task = json!({"auto_approve_plan": true, "permission_mode": "act_autonomously"});
    let id = app.create_task(task).await;
    app.wait_for(id, "completed").await;
    let cuts = cuts.load(Ordering::Relaxed);
    assert!(cuts > 500, "{cuts} bytes");
    assert_eq!(std::fs::read_to_string(app.path("output/b.txt")).expect("the file"), "b");
    assert_eq!(app.store.checkpoints(id).await.expect("checkpoints").len(), 3, "no turn is taken twice");
    let spent = app.engine.get_task_progress(id).await.expect("progress").spent;
    assert_eq!(spent.unknown_requests as usize, cuts, "each may have cost something");
}
