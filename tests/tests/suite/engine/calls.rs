//! What a model asks for is run or answered, each call of it.

use super::{calls, plan, results};
use cowork_model_server::Reply;
use cowork_tests::App;
use serde_json::json;

/// Runs a task whose only agent makes these calls in one answer, and gives what the model reads of each.
async fn answers_to(asked: &[(&str, &str)]) -> (App, Vec<String>) {
    let (app, server) =
        App::answering([plan(), calls(asked), Reply::text("Done."), Reply::text("Report.")]).await;
    let app = app.with_coworkspace().await;
    let task = json!({"auto_approve_plan": true, "permission_mode": "act_autonomously"});
    let id = app.create_task(task).await;
    app.wait_for(id, "completed").await;
    (app, results(&server.requests()[2].body))
}

#[tokio::test(flavor = "multi_thread")]
async fn several_calls_at_once_are_each_answered_in_order() {
    let (app, results) = answers_to(&[
        ("file_write", r#"{"path": "output/b.txt", "content": "b"}"#),
        ("file_read", r#"{"path": "output/b.txt"}"#),
        ("file_read", r#"{"path": "files/nowhere.txt"}"#),
    ])
    .await;
    assert_eq!(results.len(), 3);
    assert!(results[1].contains("\"text\":\"b\""), "the second sees what the first did: {}", results[1]);
    assert!(results[2].contains("no such file"), "{}", results[2]);
    assert_eq!(std::fs::read_to_string(app.path("output/b.txt")).expect("the file"), "b");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_only_look_see_what_came_before_them() {
    let reads: Vec<(&str, &str)> = (0..6).map(|_| ("file_read", r#"{"path": "files/a.txt"}"#)).collect();
    let write = ("file_write", r#"{"path": "output/b.txt", "content": "b"}"#);
    let last = ("file_read", r#"{"path": "output/b.txt"}"#);
    let (_, results) =
        answers_to(&[reads, vec![write, last, ("file_read", r#"{"path": "files/none"}"#)]].concat()).await;
    assert_eq!(results.len(), 9);
    assert!(results[..6].iter().all(|result| result.contains("\"text\":\"hello\"")), "{results:?}");
    assert!(results[7].contains("\"text\":\"b\""), "it sees what was written before it: {}", results[7]);
    assert!(results[8].contains("no such file"), "{}", results[8]);
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_json_goes_back_to_the_model() {
    let (_, results) = answers_to(&[("file_read", r#"{"path": "files/a.t"#)]).await;
    assert!(results[0].contains("invalid arguments: they are not JSON"), "{}", results[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn arguments_off_the_schema_go_back_to_the_model() {
    let (_, results) = answers_to(&[("file_read", r#"{"path": 7}"#)]).await;
    assert!(results[0].contains("at /path: 7 is not of type \"string\""), "{}", results[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_tool_is_answered_with_those_that_there_are() {
    let (_, results) = answers_to(&[("rm_rf", "{}")]).await;
    assert!(results[0].contains("there is no tool \"rm_rf\"; there are: archive, "), "{}", results[0]);
}
