//! An agent asks the person in words, and waits as long as it takes.

use super::{calls, plan, results};
use cowork_domain::TaskId;
use cowork_domain::event::EventKind;
use cowork_model_server::{ModelServer, Reply};
use cowork_tests::App;
use reqwest::Method;
use serde_json::{Value, json};

const ASK: (&str, &str) = (
    "ask_person",
    r#"{"question": "Which year?", "options": ["2024", "2025"], "why": "The folder has both."}"#,
);
const MAKE: (&str, &str) = ("file_write", r#"{"path": "output/b.txt", "content": "b"}"#);

/// A task whose agent makes these calls in one answer, and has asked.
async fn asking(asked: &[(&str, &str)]) -> (App, ModelServer, TaskId, Value) {
    let (app, server) =
        App::answering([plan(), calls(asked), Reply::text("Done."), Reply::text("Report.")]).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(json!({"auto_approve_plan": true})).await;
    app.wait_for_question(id).await;
    app.wait_for(id, "waiting").await;
    let open = app.ok(Method::GET, "/api/cowork/approvals", None).await;
    (app, server, id, open[0].clone())
}

async fn answer(app: &App, asked: &Value, answer: Value) {
    let path = format!("/api/cowork/approvals/{}", asked["id"].as_str().expect("an id"));
    app.ok(Method::POST, &path, Some(answer)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_is_the_result_of_the_call() {
    let (app, server, id, asked) = asking(&[ASK]).await;
    assert_eq!(asked["tool"], "ask_person");
    let question = json!({"text": "Which year?", "options": ["2024", "2025"], "why": "The folder has both."});
    assert_eq!(asked["question"], question);
    answer(&app, &asked, json!({"decision": "answer", "text": "2025", "answered_by": "Ada"})).await;
    app.wait_for(id, "completed").await;
    assert_eq!(results(&server.requests()[2].body), ["The person answers: 2025"]);
    let events = app.store.events(id, 0, 1000).await.expect("events");
    let by = events.iter().find_map(|event| match &event.kind {
        EventKind::ApprovalAnswered { by, .. } => Some(by.clone()),
        _ => None,
    });
    assert_eq!(by.as_deref(), Some("Ada"));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_waits_over_starts_of_the_host_and_asks_once() {
    let (app, server, id, asked) = asking(&[ASK]).await;
    let app = app.restarted(&server).await.restarted(&server).await;
    assert_eq!(app.wait_for_question(id).await.id.to_string(), asked["id"], "it is the same question");
    answer(&app, &asked, json!({"decision": "answer", "text": "2024"})).await;
    app.wait_for(id, "completed").await;
    assert_eq!(results(&server.requests()[2].body), ["The person answers: 2024"]);
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_behind_it_in_the_same_answer_do_not_wait() {
    let (app, server, id, asked) = asking(&[ASK, MAKE]).await;
    let made = async {
        let mut bell = app.engine.listen(id);
        while !app.path("output/b.txt").exists() {
            bell.changed().await.expect("a bell");
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), made).await.expect("it is made");
    answer(&app, &asked, json!({"decision": "answer", "text": "2025"})).await;
    app.wait_for(id, "completed").await;
    let told = results(&server.requests()[2].body);
    assert_eq!(told[0], "The person answers: 2025", "the order of the answer stays");
    assert!(told[1].contains("output/b.txt"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_answered_in_words_and_not_by_a_nod() {
    let (app, server, id, asked) = asking(&[ASK]).await;
    let path = format!("/api/cowork/approvals/{}", asked["id"].as_str().expect("an id"));
    let (status, code, detail) = app.problem(Method::POST, &path, Some(json!({"decision": "approve"}))).await;
    assert_eq!((status, code.as_str()), (422, "invalid_value"));
    assert!(detail.contains("answered in words"), "{detail}");
    let all = format!("/api/cowork/tasks/{id}/approvals");
    let answered = app.ok(Method::POST, &all, Some(json!({"decision": "approve"}))).await;
    assert_eq!(answered["answered"], 0, "approving all answers no question");
    answer(&app, &asked, json!({"decision": "deny", "word": "you decide"})).await;
    app.wait_for(id, "completed").await;
    let told = results(&server.requests()[2].body);
    assert!(told[0].contains("The person does not answer this: you decide. Go on without it"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_never_comes_lets_the_agent_go_on_without_it() {
    let (app, server, id, _) = asking(&[ASK]).await;
    app.clock.advance(std::time::Duration::from_secs(31 * 86_400));
    app.engine.keep_up().await.expect("upkeep");
    app.wait_for(id, "completed").await;
    let told = results(&server.requests()[2].body);
    assert!(told[0].contains("nobody answered within 30 days. Go on without it where you can"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_without_words_is_the_agents_to_mend() {
    let (app, server) = App::answering([
        plan(),
        calls(&[("ask_person", r#"{"question": " "}"#)]),
        Reply::text("Done."),
        Reply::text("Report."),
    ])
    .await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(json!({"auto_approve_plan": true})).await;
    app.wait_for(id, "completed").await;
    assert_eq!(
        results(&server.requests()[2].body),
        ["error: failed: a question and its options need words."]
    );
}
