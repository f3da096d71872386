//! A task is done when what it hands over is there, and what it says is shown by calls.

use super::{calls, plan, results};
use cowork_domain::TaskId;
use cowork_model_server::{ModelServer, Reply};
use cowork_tests::App;
use reqwest::Method;
use serde_json::{Value, json};

const MAKE: (&str, &str) = ("file_write", r#"{"path": "output/a.md", "content": "first"}"#);
const MAKE_AGAIN: (&str, &str) =
    ("file_write", r#"{"path": "output/a.md", "content": "second", "mode": "overwrite"}"#);
const DELIVER: (&str, &str) = ("deliverable_create", r#"{"path": "output/a.md", "title": "Report"}"#);
const ASK: (&str, &str) = ("file_write", r#"{"path": "files/a.txt", "content": "new", "mode": "overwrite"}"#);

fn plan_of(line: &str) -> Reply {
    let phases = json!([{"name": "Work", "subtasks": [line]}]);
    Reply::text(json!({"summary": "Work", "phases": phases}).to_string())
}

async fn started(replies: impl IntoIterator<Item = Reply>) -> (App, ModelServer, TaskId) {
    let (app, server) = App::answering(replies).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(json!({"auto_approve_plan": true})).await;
    (app, server, id)
}

async fn progress(app: &App, id: TaskId) -> Value {
    app.ok(Method::GET, &format!("/api/cowork/tasks/{id}/progress"), None).await
}

/// The codes of what a person should look at.
async fn warnings(app: &App, id: TaskId) -> Vec<String> {
    let progress = progress(app, id).await;
    let all = progress["warnings"].as_array().expect("warnings");
    all.iter().map(|warning| warning["code"].as_str().expect("a code").to_owned()).collect()
}

/// The last words that a person or the host said in a request.
fn told(server: &ModelServer, request: usize) -> String {
    let body = &server.requests()[request].body;
    let messages = body["messages"].as_array().expect("messages");
    let last = messages.iter().rfind(|message| message["role"] == "user").expect("a message");
    last["content"].as_str().expect("a text").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deliverable_names_the_calls_that_made_and_changed_it() {
    let moved = ("file_move", r#"{"moves": [{"from": "output/a.md", "to": "output/b.md"}]}"#);
    let replies = [
        plan(),
        calls(&[MAKE]),
        calls(&[MAKE_AGAIN, DELIVER]),
        calls(&[moved]),
        Reply::text("Done."),
        Reply::text("It is in output/b.md, once output/a.md."),
    ];
    let (app, _server, id) = started(replies).await;
    app.wait_for(id, "completed").await;
    let made: Vec<Value> =
        app.engine.changes(id).await.expect("changes").iter().map(|done| json!(done.call_id)).collect();
    let progress = progress(&app, id).await;
    let deliverable = &progress["deliverables"][0];
    assert_eq!((&deliverable["path"], &deliverable["made_by"]), (&json!("output/b.md"), &json!(made)));
    assert_eq!(progress["warnings"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_what_its_name_says_is_not_handed_over() {
    // It ends as one, so that the tool takes it.
    let make = ("file_write", r#"{"path": "output/a.pdf", "content": "words %%EOF"}"#);
    let deliver = ("deliverable_create", r#"{"path": "output/a.pdf", "title": "Report"}"#);
    let replies = [plan(), calls(&[make, deliver]), Reply::text("No."), Reply::text("Nothing came of it.")];
    let (app, server, id) = started(replies).await;
    app.wait_for(id, "completed").await;
    let told = results(&server.requests()[2].body).join("\n");
    assert!(told.contains("output/a.pdf is named .pdf and begins as no file of that type"), "{told}");
    assert_eq!(progress(&app, id).await["deliverables"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_says_it_worked_and_made_no_call_is_told_once_then_the_person_is() {
    let replies = [
        plan_of("Sort files/ by date"),
        Reply::text("All sorted."),
        Reply::text("Truly."),
        Reply::text("Report."),
    ];
    let (app, server, id) = started(replies).await;
    app.wait_for(id, "completed").await;
    insta::assert_snapshot!(told(&server, 2), @r#"
    Before this counts as done: what was done does not show all that it says.
    - "Work" is about files, and its agent ended without a single call

    Do now with the tools what is still to be done. Where it is right as it is, say so and why. Your next answer without tool
    calls counts, and the person is told what is still open.
    "#);
    assert_eq!(server.requests().len(), 4, "it is told once");
    assert_eq!(warnings(&app, id).await, ["no_call"]);
    let events = app.engine.events(id, 0).await.expect("events");
    let warned = events.iter().filter(|event| json!(event)["event"] == "warned").count();
    assert_eq!(warned, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_mends_what_it_was_told_leaves_no_warning() {
    let replies = [
        plan_of("Write output/a.md"),
        Reply::text("It is in output/a.md."),
        calls(&[MAKE]),
        Reply::text("Now it is in output/a.md."),
        Reply::text("It is in `output/b.md`."),
        Reply::text("It is in `output/a.md`."),
    ];
    let (app, server, id) = started(replies).await;
    app.wait_for(id, "completed").await;
    assert!(told(&server, 2).contains("without a single call"));
    assert!(told(&server, 5).contains("output/b.md, which is not there"));
    assert!(warnings(&app, id).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_is_not_about_files_needs_no_call() {
    let replies = [plan_of("Think of three names"), Reply::text("Ada, Grace, Edith."), Reply::text("These.")];
    let (app, server, id) = started(replies).await;
    app.wait_for(id, "completed").await;
    assert_eq!((server.requests().len(), warnings(&app, id).await.len()), (3, 0));
}

/// A task that has handed over a file and waits, so that somebody can do something about it.
async fn waiting(rest: impl IntoIterator<Item = Reply>) -> (App, ModelServer, TaskId) {
    let replies = [plan(), calls(&[MAKE]), calls(&[DELIVER, ASK]), Reply::text("Done.")];
    let (app, server, id) = started(replies.into_iter().chain(rest)).await;
    app.wait_for_question(id).await;
    (app, server, id)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deliverable_that_somebody_took_away_is_told_to_the_synthesis_and_to_the_person() {
    let (app, server, id) = waiting([Reply::text("See."), Reply::text("The report is gone.")]).await;
    std::fs::remove_file(app.path("output/a.md")).expect("a file");
    app.approve_all(id).await;
    app.wait_for(id, "completed").await;
    assert!(told(&server, 5).contains("output/a.md was handed over and is not there any more"));
    assert_eq!(warnings(&app, id).await, ["deliverable_missing"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deliverable_that_somebody_changed_is_told_too() {
    let (app, server, id) = waiting([Reply::text("See."), Reply::text("It was changed.")]).await;
    std::fs::write(app.path("output/a.md"), "the person's").expect("a file");
    app.approve_all(id).await;
    app.wait_for(id, "completed").await;
    assert!(told(&server, 5).contains("somebody else has changed it since"));
    assert_eq!(warnings(&app, id).await, ["deliverable_changed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_there_before_is_not_the_work_of_the_task() {
    let (app, server) = App::answering([]).await;
    let app = app.with_coworkspace().await;
    std::fs::create_dir_all(app.path("output")).expect("a folder");
    std::fs::write(app.path("output/a.md"), "of last week").expect("a file");
    for reply in
        [plan(), calls(&[DELIVER]), Reply::text("Done."), Reply::text("Made."), Reply::text("It was there.")]
    {
        server.push(reply);
    }
    let id = app.create_task(json!({"auto_approve_plan": true})).await;
    app.wait_for(id, "completed").await;
    assert!(told(&server, 4).contains("no call of this task made or changed it"));
    assert_eq!(warnings(&app, id).await, ["deliverable_unmade"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_whose_deliverable_it_broke_itself_is_not_completed_before_it_is_mended() {
    let write =
        |content: &str| json!({"path": "output/a.pdf", "content": content, "mode": "overwrite"}).to_string();
    let (good, bad) = (write("%PDF-1.7\n%%EOF\n"), write("words"));
    let deliver = ("deliverable_create", r#"{"path": "output/a.pdf", "title": "Report"}"#);
    let replies = [
        plan(),
        calls(&[("file_write", &good)]),
        calls(&[deliver]),
        calls(&[("file_write", &bad)]),
        Reply::text("Done."),
        Reply::text("Here it is."),
        Reply::text("It is as it should be."),
    ];
    let (app, server, id) = started(replies).await;
    let failed = app.wait_for(id, "failed").await;
    let reason = json!(failed)["reason"].as_str().expect("a reason").to_owned();
    assert!(reason.contains("cannot be used: output/a.pdf was handed over and is named .pdf"), "{reason}");
    for reply in [calls(&[("file_write", &good)]), Reply::text("Mended.")] {
        server.push(reply);
    }
    app.engine.start_task(id).await.expect("it goes on");
    app.wait_for(id, "completed").await;
    assert!(warnings(&app, id).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_is_told_once_also_over_the_end_of_the_host() {
    let replies = [plan_of("Sort files/ by date"), Reply::text("All sorted."), Reply::Hang];
    let (app, server, id) = started(replies).await;
    let asked = async {
        while server.requests().len() < 3 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), asked).await.expect("the model is asked");
    for reply in [Reply::text("Truly."), Reply::text("Report.")] {
        server.push(reply);
    }
    let app = app.restarted(&server).await;
    app.wait_for(id, "completed").await;
    assert_eq!(told(&server, 2), told(&server, 3), "it goes on where it was");
    assert_eq!(server.requests().len(), 5);
    assert_eq!(warnings(&app, id).await, ["no_call"]);
}
