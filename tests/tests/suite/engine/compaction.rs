//! A context that grows too long is made shorter, once, and the agent goes on from what stands for it.

use super::{plain_marks, plan};
use cowork_domain::TaskId;
use cowork_domain::event::EventKind;
use cowork_domain::message::{Answer, ToolCall};
use cowork_engine::{LoopLimits, Settings};
use cowork_model_server::{ModelServer, RecordedRequest, Reply};
use cowork_models::Label;
use cowork_tests::{App, Host};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

const NOTES: &str = "You have read files/long.txt: it says one thing again and again.";

/// Reads the same file in each of so many turns.
fn reader(turns: u32) -> impl Fn(&RecordedRequest) -> Reply + Send + Sync + 'static {
    let asked = AtomicU32::new(0);
    move |request| match request.label() {
        Some(Label::Plan) => plan(),
        Some(Label::Summary) => Reply::text(NOTES),
        Some(Label::Agent(_)) if asked.fetch_add(1, Ordering::Relaxed) < turns => read(),
        Some(Label::Agent(_)) => Reply::text("Done."),
        _ => Reply::text("Report."),
    }
}

fn read() -> Reply {
    let arguments = json!({"path": "files/long.txt"}).to_string();
    let call = ToolCall { id: "call".to_owned(), name: "file_read".to_owned(), arguments };
    Reply::Answer(Answer { tool_calls: vec![call], ..Answer::default() })
}

fn settings(context_window: u32) -> Settings {
    // It does the same again and again on purpose.
    let loops = LoopLimits { told_at: 0, stopped_at: 0 };
    let max_output_tokens = 1000;
    Settings { context_window, max_output_tokens, max_turns_per_agent: 500, loops, ..Settings::default() }
}

async fn app(
    answering: impl Fn(&RecordedRequest) -> Reply + Send + Sync + 'static,
    settings: Settings,
) -> (App, ModelServer) {
    let server = ModelServer::answering(answering).await.expect("a model server");
    let app = App::asking(&server, Host::all_tools().await, settings).await.with_coworkspace().await;
    std::fs::write(app.path("files/long.txt"), "The same thing again and again.\n".repeat(400))
        .expect("a file");
    (app, server)
}

async fn begin(app: &App) -> TaskId {
    app.create_task(json!({"auto_approve_plan": true})).await
}

fn of_agent(server: &ModelServer) -> Vec<RecordedRequest> {
    let is_agent = |request: &RecordedRequest| matches!(request.label(), Some(Label::Agent(_)));
    server.requests().into_iter().filter(is_agent).collect()
}

/// Every call has its result right behind it, and no result is without its call.
fn pairs_are_whole(request: &RecordedRequest) -> bool {
    let mut open = 0;
    for message in request.body["messages"].as_array().expect("messages") {
        match message["role"].as_str() {
            Some("tool") if open == 0 => return false,
            Some("tool") => open -= 1,
            _ if open > 0 => return false,
            _ => open = message["tool_calls"].as_array().map_or(0, Vec::len),
        }
    }
    open == 0
}

async fn summaries(app: &App, id: TaskId) -> (usize, usize) {
    let mut summaries = (0, 0);
    for event in app.store.events(id, 0, 100_000).await.expect("events") {
        match event.kind {
            EventKind::ContextCompacted { summary: Some(_), .. } => summaries.0 += 1,
            EventKind::ContextCompacted { summary: None, .. } => summaries.1 += 1,
            _ => {}
        }
    }
    summaries
}

#[tokio::test(flavor = "multi_thread")]
async fn old_results_are_cut_first_then_the_older_turns_are_summed_up() {
    let (app, server) = app(reader(120), settings(48_000)).await;
    let id = begin(&app).await;
    app.wait_for(id, "completed").await;
    let (summed_up, cut) = summaries(&app, id).await;
    assert!(summed_up >= 2 && cut >= 1, "{summed_up} summaries, {cut} cuts");
    let requests = of_agent(&server);
    assert!(requests.iter().all(pairs_are_whole));
    let longest = requests.iter().map(|request| request.body.to_string().len()).max().expect("requests");
    assert!(longest < 48_000 * 5, "{longest} bytes");
    let last = requests.last().expect("a request").body["messages"].as_array().expect("messages").clone();
    assert!(last[1]["content"].as_str().expect("a brief").contains("The outcome that the person wants"));
    let notes = last[2]["content"].as_str().expect("notes");
    insta::assert_snapshot!(plain_marks(notes), @r#"
    Your context became too long. What you did up to here is not in it any more; these are your own notes of it:

    <data-N from="your notes">
    You have read files/long.txt: it says one thing again and again.
    </data-N>

    The plan stands so:
    - Tidy (running)
      - Look around (pending)

    What you need of a file or of an earlier result, read again. Go on where you were.
    "#);
    // What a summary cost is counted with the task.
    let all = server.requests().len();
    let asked = server.requests().iter().filter(|request| request.label() == Some(Label::Summary)).count();
    assert_eq!(asked, summed_up, "of {all} requests");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_the_context_is_the_same_and_nothing_is_summed_up_again() {
    let hang = Arc::new(AtomicU32::new(0));
    let at = Arc::clone(&hang);
    let answer = reader(90);
    let asked = AtomicU32::new(0);
    let (app, server) = app(
        move |request| {
            let is_agent = matches!(request.label(), Some(Label::Agent(_)));
            if is_agent && asked.fetch_add(1, Ordering::Relaxed) == 80 {
                at.store(1, Ordering::Relaxed);
                return Reply::Hang;
            }
            answer(request)
        },
        settings(48_000),
    )
    .await;
    let id = begin(&app).await;
    while hang.load(Ordering::Relaxed) == 0 {
        tokio::task::yield_now().await;
    }
    let before = summaries(&app, id).await;
    assert!(before.0 >= 1);
    let app = app.restarted_asking(&server, Host::all_tools().await, settings(48_000)).await;
    app.wait_for(id, "completed").await;
    let requests = of_agent(&server);
    assert_eq!(requests[80].body, requests[81].body, "the same request again, to the byte");
    let asked = server.requests().iter().filter(|request| request.label() == Some(Label::Summary)).count();
    assert_eq!(asked, summaries(&app, id).await.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_context_that_the_provider_refuses_is_made_shorter_and_sent_again() {
    let answer = reader(12);
    let refused = AtomicU32::new(0);
    let most = 40_000;
    let (app, server) = app(
        move |request| {
            if request.label() != Some(Label::Plan) && request.body["messages"].to_string().len() > most {
                refused.fetch_add(1, Ordering::Relaxed);
                let said = "This model's maximum context length is 10000 tokens. However, your messages resulted in more.";
                let body = json!({"error": {"message": said, "type": "invalid_request_error", "code": "context_length_exceeded"}});
                return Reply::Status { code: 400, retry_after: None, body: body.to_string() };
            }
            answer(request)
        },
        settings(1_000_000),
    )
    .await;
    let id = begin(&app).await;
    app.wait_for(id, "completed").await;
    assert!(summaries(&app, id).await.1 >= 1, "old results were cut");
    assert!(of_agent(&server).iter().all(pairs_are_whole));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_result_that_is_too_long_alone_is_cut() {
    let (app, server) = app(reader(1), Settings { context_window: 22_000, ..settings(0) }).await;
    std::fs::write(app.path("files/long.txt"), "The same thing again and again.\n".repeat(6000))
        .expect("a file");
    let id = begin(&app).await;
    app.wait_for(id, "completed").await;
    let last = of_agent(&server).pop().expect("a request");
    let result = &last.body["messages"].as_array().expect("messages")[3];
    assert!(result["content"].as_str().expect("a result").contains("the same call gives them again"));
    assert!(pairs_are_whole(&last));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_writes_no_summary_does_not_stop_the_work() {
    let answer = reader(60);
    let (app, server) = app(
        move |request| match request.label() {
            Some(Label::Summary) => Reply::text(" "),
            _ => answer(request),
        },
        settings(48_000),
    )
    .await;
    let id = begin(&app).await;
    app.wait_for(id, "completed").await;
    let last = of_agent(&server).pop().expect("a request");
    let notes = last.body["messages"][2]["content"].as_str().expect("notes");
    assert!(notes.contains("you called file_read: {\"path\":\"files/long.txt\"}"), "{notes}");
}
