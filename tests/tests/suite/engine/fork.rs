//! A task that goes on from a turn of another one.

use super::{calls, plan, results};
use cowork_domain::TaskId;
use cowork_model_server::{ModelServer, Reply};
use cowork_tests::App;
use reqwest::Method;
use serde_json::{Value, json};

const ONE: (&str, &str) = ("file_write", r#"{"path": "output/b.txt", "content": "one"}"#);
const TWO: (&str, &str) =
    ("file_write", r#"{"path": "output/b.txt", "content": "two", "mode": "overwrite"}"#);

/// A task that is over after three turns of its agent and one of the synthesis.
async fn over() -> (App, ModelServer, TaskId) {
    let replies = [plan(), calls(&[ONE]), calls(&[TWO]), Reply::text("Done."), Reply::text("Report.")];
    let (app, server) = App::answering(replies).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(json!({"auto_approve_plan": true})).await;
    app.wait_for(id, "completed").await;
    (app, server, id)
}

async fn fork(app: &App, id: TaskId, wish: Value) -> (TaskId, Value) {
    let forked = app.ok(Method::POST, &format!("/api/cowork/tasks/{id}/fork"), Some(wish)).await;
    (forked["id"].as_str().expect("an id").parse().expect("an id"), forked)
}

async fn goes_on(app: &App, server: &ModelServer, id: TaskId) {
    server.push(Reply::text("Done in another way."));
    server.push(Reply::text("Another report."));
    app.ok(Method::POST, &format!("/api/cowork/tasks/{id}/resume"), None).await;
    app.wait_for(id, "completed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_knows_what_was_known_and_leaves_the_other_alone() {
    let (app, server, id) = over().await;
    let (new, forked) = fork(&app, id, json!({"turn": 1})).await;
    assert_eq!((&forked["status"], &forked["files"]), (&json!("paused"), &json!("shared")));
    assert_eq!(forked["forked_from"], id.to_string());
    goes_on(&app, &server, new).await;
    let asked = &server.requests()[5].body;
    assert_eq!(results(asked).len(), 1, "{asked}");
    assert!(asked.to_string().contains("This work goes on from an earlier point of another task."));
    let numbers = |turns: Vec<cowork_domain::rewind::TurnEntry>| {
        turns.into_iter().map(|turn| turn.turn).collect::<Vec<_>>()
    };
    assert_eq!(numbers(app.engine.turns(new).await.expect("turns")), [1, 2, 3]);
    assert_eq!(numbers(app.engine.turns(id).await.expect("turns")), [1, 2, 3, 4]);
    let mine: Vec<_> = app.store.agents(id).await.expect("agents").iter().map(|agent| agent.id).collect();
    assert!(app.store.agents(new).await.expect("agents").iter().all(|agent| !mine.contains(&agent.id)));
    let versions = app.engine.plan_versions(new).await.expect("versions");
    assert_eq!(versions[0].author, cowork_domain::plan_version::PlanAuthor::Fork);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_works_on_a_copy_towards_another_outcome() {
    let (app, server, id) = over().await;
    let wish = json!({"turn": 1, "coworkspace_slug": "theirs", "outcome": "Tidy up in blue"});
    let (new, forked) = fork(&app, id, wish).await;
    assert_eq!(forked["files"], "copied_as_they_are");
    let theirs = app.engine.folder(&"theirs".parse().expect("a slug")).await.expect("a folder");
    let text = |path: &str| std::fs::read_to_string(theirs.root().join(path)).expect("a file");
    assert_eq!((text("files/a.txt"), text("output/b.txt")), ("hello".to_owned(), "two".to_owned()));
    server.push(calls(&[("file_write", r#"{"path": "output/c.txt", "content": "blue"}"#)]));
    goes_on(&app, &server, new).await;
    let asked = server.requests()[5].body.to_string();
    assert!(
        asked.contains("The person now wants this outcome instead:") && asked.contains("in blue"),
        "{asked}"
    );
    assert_eq!(text("output/c.txt"), "blue");
    assert!(!app.path("output/c.txt").exists(), "the other folder is as it was");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_back_as_far_as_it_goes_and_no_further() {
    let (app, server, id) = over().await;
    let (new, _) = fork(&app, id, json!({"turn": 2})).await;
    goes_on(&app, &server, new).await;
    let rewind = format!("/api/cowork/tasks/{new}/rewind");
    let (status, code, _) = app.problem(Method::POST, &rewind, Some(json!({"turn": 1}))).await;
    assert_eq!((status, code.as_str()), (404, "no_such_turn"));
    let report = app.ok(Method::POST, &rewind, Some(json!({"turn": 2}))).await;
    assert_eq!(report["turns"], json!([3, 4]));
    goes_on(&app, &server, new).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_needs_a_turn_and_a_place_of_its_own() {
    let (app, _server, id) = over().await;
    let path = format!("/api/cowork/tasks/{id}/fork");
    let (status, code, _) = app.problem(Method::POST, &path, Some(json!({"turn": 9}))).await;
    assert_eq!((status, code.as_str()), (404, "no_such_turn"));
    app.ok(Method::POST, "/api/coworkspaces", Some(json!({"name": "theirs"}))).await;
    let wish = json!({"turn": 1, "coworkspace_slug": "theirs"});
    let (status, code, _) = app.problem(Method::POST, &path, Some(wish)).await;
    assert_eq!((status, code.as_str()), (409, "coworkspace_exists"));
    let (new, _) = fork(&app, id, json!({"turn": 0})).await;
    assert!(app.store.agents(new).await.expect("agents").is_empty(), "the plan alone");
}
