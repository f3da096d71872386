//! Agents that do the same again and again: the model is told, then the person.

use super::{calls, plan};
use cowork_domain::TaskState;
use cowork_model_server::{ModelServer, Reply};
use cowork_tests::App;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

fn look() -> Reply {
    calls(&[("file_list", r#"{"path": "files"}"#)])
}

fn read() -> Reply {
    calls(&[("file_read", r#"{"path": "files/a.txt"}"#)])
}

fn ends() -> [Reply; 2] {
    [Reply::text("Done."), Reply::text("Report.")]
}

async fn app(replies: impl IntoIterator<Item = Reply>) -> (App, ModelServer, cowork_domain::TaskId) {
    let (app, server) = App::answering(replies).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(json!({"auto_approve_plan": true})).await;
    (app, server, id)
}

/// What the host has said to the agent in a request, after its brief.
fn told(body: &Value) -> Vec<String> {
    let messages = body["messages"].as_array().expect("messages");
    let said = messages.iter().filter(|message| message["role"] == "user").skip(1);
    said.map(|message| message["content"].as_str().expect("a text").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_third_time_the_model_is_told_and_it_may_mend_its_way() {
    let (app, server, id) = app([plan(), look(), look(), look()].into_iter().chain(ends())).await;
    app.wait_for(id, "completed").await;
    assert!(told(&server.requests()[3].body).is_empty(), "twice is no loop");
    let told = told(&server.requests()[4].body).concat();
    insta::assert_snapshot!(told, @r#"
    You have done this 3 times with the same result: file_list {"path": "files"}
    It will not become another. Go another way, or say in a few sentences what you have done and what you cannot do.
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sixth_time_the_agent_stops_and_the_person_is_told() {
    let replies = std::iter::once(plan()).chain((0..6).map(|_| look())).chain(ends());
    let (app, server, id) = app(replies).await;
    let TaskState::Failed { reason, .. } = app.wait_for(id, "failed").await else { panic!("not failed") };
    insta::assert_snapshot!(reason, @r#"the agent "Tidy" did the same 6 times with the same result: file_list {"path": "files"}. What you can do: look at what it did, then start the task again or state the outcome anew."#);
    app.ok(Method::POST, &format!("/api/cowork/tasks/{id}/start"), None).await;
    app.wait_for(id, "completed").await;
    let told = told(&server.requests()[7].body);
    assert!(told.last().is_some_and(|told| told.contains("The person asked to go on")), "{told:?}");
    assert_eq!(app.store.checkpoints(id).await.expect("checkpoints").len(), 8, "no turn is lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn going_round_between_two_calls_is_noticed_too() {
    let rounds = (0..6).flat_map(|_| [look(), read()]);
    let (app, _server, id) = app(std::iter::once(plan()).chain(rounds)).await;
    let TaskState::Failed { reason, .. } = app.wait_for(id, "failed").await else { panic!("not failed") };
    let what = r#"file_list {"path": "files"}, then file_read {"path": "files/a.txt"}"#;
    assert!(reason.contains("6 times") && reason.contains(what), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_answers_end_too() {
    let replies = std::iter::once(plan()).chain((0..6).map(|_| Reply::text("")));
    let (app, _server, id) = app(replies).await;
    let TaskState::Failed { reason, .. } = app.wait_for(id, "failed").await else { panic!("not failed") };
    assert!(reason.contains("6 times with the same result: an empty answer"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_repeated_is_known_after_the_host_ended() {
    let (app, server, id) = app([plan(), look(), look(), Reply::Hang]).await;
    let asked = async {
        while server.requests().len() < 4 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), asked).await.expect("the model is asked");
    std::iter::once(look()).chain(ends()).for_each(|reply| server.push(reply));
    let app = app.restarted(&server).await;
    app.wait_for(id, "completed").await;
    let told = told(&server.requests()[5].body);
    assert!(told.iter().any(|told| told.contains("3 times with the same result")), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_call_with_another_result_is_work() {
    let write = |content: &str| {
        let arguments = json!({"path": "output/b.txt", "content": content, "mode": "overwrite"}).to_string();
        calls(&[("file_write", arguments.as_str())])
    };
    let steps = ["a", "bb", "ccc", "dddd"]
        .into_iter()
        .flat_map(|content| [write(content), calls(&[("file_read", r#"{"path": "output/b.txt"}"#)])]);
    let (app, server, id) = app(std::iter::once(plan()).chain(steps).chain(ends())).await;
    app.wait_for(id, "completed").await;
    assert!(told(&server.requests()[9].body).is_empty());
}
