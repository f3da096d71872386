//! What a model asks for is run or answered, each call of it.

use super::{calls, plan, results};
use cowork_engine::Settings;
use cowork_model_server::Reply;
use cowork_tests::{App, Host};
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

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_change_the_same_file_run_at_once_and_end_in_the_order_of_the_answer() {
    let write =
        |text: &str| json!({"path": "output/b.txt", "content": text, "mode": "overwrite"}).to_string();
    let writes: Vec<String> = (0..8).map(|number| write(&format!("{number}"))).collect();
    let make = ("file_write", r#"{"path": "output/b.txt", "content": "new"}"#);
    let read = ("file_read", r#"{"path": "output/b.txt"}"#);
    let mut asked = vec![make];
    for text in &writes {
        asked.extend([("file_write", text.as_str()), read]);
    }
    let (app, results) = answers_to(&asked).await;
    for number in 0..8 {
        let read = &results[2 + 2 * number];
        assert!(read.contains(&format!("\"text\":\"{number}\"")), "{number}: {read}");
    }
    assert_eq!(std::fs::read_to_string(app.path("output/b.txt")).expect("the file"), "7");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_result_is_kept_in_a_file_that_the_agent_reads_in_parts() {
    let settings = Settings { max_result_chars: 100, results_bytes: 0, ..Settings::default() };
    let read = ("file_read", r#"{"path": "files/long.txt"}"#);
    let list = ("file_list", r#"{"path": ".results"}"#);
    let replies = [plan(), calls(&[read]), calls(&[list]), Reply::text("Done."), Reply::text("Report.")];
    let (app, server) = App::answering_with(replies, Host::all_tools().await, settings).await;
    let app = app.with_coworkspace().await;
    let long: String = (0..200).map(|line| format!("line {line}\n")).collect();
    std::fs::write(app.path("files/long.txt"), &long).expect("a file");
    let task = json!({"auto_approve_plan": true, "permission_mode": "act_autonomously"});
    let id = app.create_task(task).await;
    app.wait_for(id, "completed").await;
    let told = &results(&server.requests()[2].body)[0];
    let path = told.split("the file ").nth(1).and_then(|rest| rest.split(',').next()).expect("a path");
    let kept = std::fs::read_to_string(app.path(path)).expect("the whole result");
    assert!(kept.contains("line 199"), "{kept}");
    let listed = &results(&server.requests()[3].body)[1];
    assert!(listed.contains(".results"), "the agent's own tools see it: {listed}");
    assert!(app.engine.changes(id).await.expect("changes").is_empty(), "it is no change of the call's");
    app.engine.keep_up().await.expect("upkeep");
    assert!(!app.path(path).exists(), "more is not kept than there is room for, once the task is over");
}
