//! Tools that an agent is shown only once they were found for it.

use super::{calls, plan, results};
use cowork_domain::TaskId;
use cowork_model_server::{ModelServer, RecordedRequest, Reply};
use cowork_tests::App;
use reqwest::Method;
use serde_json::{Value, json};

const FIND: (&str, &str) = ("tool_search", r#"{"query": "unpack a zip archive", "limit": 1}"#);
const FIND_MORE: (&str, &str) = ("tool_search", r#"{"query": "spreadsheet with formulas", "limit": 1}"#);
const LOOK: (&str, &str) = ("file_list", r#"{"path": "files"}"#);

/// A task whose agent makes these calls, one a turn.
async fn task(asked: &[(&str, &str)]) -> (App, ModelServer, TaskId) {
    let turns = asked.iter().map(|call| calls(&[*call]));
    let replies = [plan()].into_iter().chain(turns).chain([Reply::text("Done."), Reply::text("Report.")]);
    let (app, server) = App::answering(replies).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(json!({"auto_approve_plan": true, "permission_mode": "act_autonomously"})).await;
    (app, server, id)
}

/// The tools that a request offers, in its order.
fn offered(request: &RecordedRequest) -> Vec<String> {
    let tools = request.body["tools"].as_array().expect("tools").iter();
    tools.map(|tool| tool["function"]["name"].as_str().expect("a name").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_found_is_offered_from_the_next_turn_on_behind_what_was_there() {
    let (app, server, id) = task(&[FIND, LOOK, FIND_MORE, FIND]).await;
    app.wait_for(id, "completed").await;
    let requests = server.requests();
    let first = offered(&requests[1]);
    assert!(
        first.contains(&"file_read".to_owned()) && first.contains(&"tool_search".to_owned()),
        "{first:?}"
    );
    assert!(!first.contains(&"archive".to_owned()) && !first.contains(&"spreadsheet_write".to_owned()));
    let with =
        |names: &[&str]| [first.clone(), names.iter().map(|name| (*name).to_owned()).collect()].concat();
    assert_eq!(offered(&requests[2]), with(&["archive"]));
    assert_eq!(offered(&requests[3]), with(&["archive"]));
    assert_eq!(offered(&requests[4]), with(&["archive", "spreadsheet_write"]));
    // Found again it is not offered twice.
    assert_eq!(offered(&requests[5]), with(&["archive", "spreadsheet_write"]));
    let found: Value = serde_json::from_str(&results(&requests[2].body)[0]).expect("JSON");
    assert_eq!(found["tools"][0]["name"], "archive");
    // Another agent begins with what all begin with.
    assert_eq!(offered(&requests[6]), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_found_is_known_after_a_restart() {
    let wait = ("ask_person", r#"{"question": "Which one?"}"#);
    let (app, server, id) = task(&[FIND, wait]).await;
    let question = app.wait_for_question(id).await;
    app.wait_for(id, "waiting").await;
    let app = app.restarted(&server).await;
    let answer = json!({"decision": "answer", "text": "The first."});
    app.ok(Method::POST, &format!("/api/cowork/approvals/{}", question.id), Some(answer)).await;
    app.wait_for(id, "completed").await;
    let requests = server.requests();
    let before = offered(&requests[2]);
    assert_eq!(before.last().map(String::as_str), Some("archive"));
    assert_eq!(offered(&requests[3]), before, "in the same order");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_found_in_a_turn_that_is_taken_back_is_not_offered_any_more() {
    let (app, server, id) = task(&[LOOK, FIND]).await;
    app.wait_for(id, "completed").await;
    app.ok(Method::POST, &format!("/api/cowork/tasks/{id}/rewind"), Some(json!({"turn": 1}))).await;
    server.push(Reply::text("Done again."));
    server.push(Reply::text("Report."));
    app.ok(Method::POST, &format!("/api/cowork/tasks/{id}/resume"), None).await;
    app.wait_for(id, "completed").await;
    let requests = server.requests();
    assert!(offered(&requests[3]).contains(&"archive".to_owned()));
    let after = requests.iter().rev().nth(1).expect("the agent's request");
    assert_eq!(offered(after), offered(&requests[1]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nothing_fits_is_said() {
    let (app, server, id) = task(&[("tool_search", r#"{"query": "xyzzy"}"#)]).await;
    app.wait_for(id, "completed").await;
    let said = &results(&server.requests()[2].body)[0];
    assert!(said.contains("no tool fits these words"), "{said}");
}
