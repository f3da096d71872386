//! Requests that change something: asked about before they leave, sent once, whatever happens to the host.

use super::{calls, plan, results};
use cowork_domain::TaskId;
use cowork_engine::Settings;
use cowork_model_server::{ModelServer, Reply};
use cowork_tests::{App, Host, Web};
use reqwest::Method;
use serde_json::{Value, json};

async fn network(web: &Web) -> Host {
    let manifest = format!(
        "[[files]]\npaths = \"**\"\naccess = [\"read\", \"create\"]\n\
         [[http]]\nhosts = [\"{}\"]\nmethods = [\"GET\", \"POST\"]\nprivate = true\n",
        web.url
    );
    Host::packed("network", &manifest, None).await
}

async fn sending(web: &Web, asked: &[(&str, &str)], task: Value) -> (App, ModelServer, TaskId) {
    let replies = [plan(), calls(asked), Reply::text("Done."), Reply::text("Report.")];
    let (app, server) = App::answering_with(replies, network(web).await, Settings::default()).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(task).await;
    (app, server, id)
}

fn posts(web: &Web, stamp: bool) -> String {
    let url = format!("{}/hello", web.url);
    json!({"urls": [url, url], "path": "output/answers.txt", "stamp": stamp}).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_request_is_asked_about_and_sent_once_though_the_call_runs_again() {
    let web = Web::start().await;
    let arguments = posts(&web, true);
    let asked = [("post_then_write", arguments.as_str())];
    let (app, server, id) = sending(&web, &asked, json!({"auto_approve_plan": true})).await;
    for number in 0..2 {
        let asked = app.wait_for_question(id).await;
        let request = asked.request.expect("a request");
        assert_eq!((request.number, request.method.as_str()), (number, "POST"));
        assert!(request.shown.starts_with("at "), "the body carries the time: {}", request.shown);
        assert_eq!(web.count(), number as usize, "nothing more has left");
        assert!(!app.path("output/answers.txt").exists());
        app.approve_all(id).await;
    }
    app.wait_for(id, "completed").await;
    assert_eq!(web.count(), 2, "each was sent once");
    let told = results(&server.requests()[2].body).join("\n");
    assert_eq!(told, "200 hello\n200 hello\n");
    let written = std::fs::read_to_string(app.path("output/answers.txt")).expect("a file");
    assert_eq!(written, "200 hello\n200 hello\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_denied_never_leaves_and_nothing_of_its_call_stays() {
    let web = Web::start().await;
    let arguments = posts(&web, false);
    let asked = [("post_then_write", arguments.as_str())];
    let (app, server, id) = sending(&web, &asked, json!({"auto_approve_plan": true})).await;
    let asked = app.wait_for_question(id).await;
    let path = format!("/api/cowork/approvals/{}", asked.id);
    app.ok(Method::POST, &path, Some(json!({"decision": "deny", "word": "not today"}))).await;
    app.wait_for(id, "completed").await;
    assert_eq!(web.count(), 0);
    assert!(!app.path("output/answers.txt").exists());
    let told = results(&server.requests()[2].body).join("\n");
    assert!(told.contains("not today"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_autonomous_task_sends_what_it_is_granted_until_strangers_may_have_spoken() {
    let web = Web::start().await;
    let url = format!("{}/hello", web.url);
    let read = json!({"method": "GET", "url": url}).to_string();
    let send = json!({"method": "POST", "url": url, "body": "x"}).to_string();
    let replies = [
        plan(),
        calls(&[("fetch", &send)]),
        calls(&[("fetch", &read)]),
        calls(&[("fetch", &send)]),
        Reply::text("Done."),
        Reply::text("Report."),
    ];
    let (app, _server) = App::answering_with(replies, network(&web).await, Settings::default()).await;
    let app = app.with_coworkspace().await;
    let task = json!({"auto_approve_plan": true, "permission_mode": "act_autonomously"});
    let id = app.create_task(task).await;
    app.wait_for_question(id).await;
    assert_eq!(web.count(), 2, "the first was sent; since then the context has read what a host said");
    app.approve_all(id).await;
    app.wait_for(id, "completed").await;
    assert_eq!(web.count(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_about_a_request_survives_a_new_start() {
    let web = Web::start().await;
    let arguments = posts(&web, true);
    let asked = [("post_then_write", arguments.as_str())];
    let (app, server, id) = sending(&web, &asked, json!({"auto_approve_plan": true})).await;
    let first = app.wait_for_question(id).await.request.expect("a request");
    app.approve_all(id).await;
    app.wait_for_question(id).await;
    let app = app.restarted_with(&server, network(&web).await).await;
    let second = app.wait_for_question(id).await.request.expect("a request");
    assert_eq!((first.number, second.number), (0, 1));
    app.approve_all(id).await;
    app.wait_for(id, "completed").await;
    assert_eq!(web.count(), 2, "what was confirmed before is not sent again");
}
