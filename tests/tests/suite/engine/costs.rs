//! What requests to models cost is on record, each of them, also of those that nobody knows the end of.

use super::budgets::{priced, used};
use super::{calls, plan};
use cowork_domain::budget::{ModelRequest, RequestStatus, Spent};
use cowork_domain::message::Answer;
use cowork_domain::{Money, TaskId};
use cowork_model_server::{ModelServer, Reply};
use cowork_models::{Fallback, HttpSettings, Model, RetryPolicy, Retrying, Timeouts, openai::OpenAi};
use cowork_tests::{App, Host};
use reqwest::Method;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

const WRITE: (&str, &str) = ("file_write", r#"{"path": "output/b.txt", "content": "b"}"#);

fn autonomous() -> serde_json::Value {
    json!({"auto_approve_plan": true, "permission_mode": "act_autonomously"})
}

async fn requests(app: &App, id: TaskId) -> Vec<ModelRequest> {
    let shown = app.ok(Method::GET, &format!("/api/cowork/tasks/{id}/costs"), None).await;
    serde_json::from_value(shown).expect("requests")
}

async fn spent(app: &App, id: TaskId) -> Spent {
    app.engine.get_task_progress(id).await.expect("progress").spent
}

async fn until_asked(server: &ModelServer, requests: usize) {
    let asked = async {
        while server.requests().len() < requests {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), asked).await.expect("the model is asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_request_has_its_cost_and_the_task_their_sum() {
    let broken = Reply::text("no plan");
    let replies = [broken, plan(), calls(&[WRITE]), Reply::text("Done."), Reply::text("Report.")].map(used);
    let (app, _server) = App::answering_with(replies, Host::all_tools().await, priced()).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(autonomous()).await;
    app.wait_for(id, "completed").await;
    let requests = requests(&app, id).await;
    let made: Vec<_> = requests.iter().map(|request| (request.purpose.as_str(), request.turn)).collect();
    let expected = [
        ("plan", None),
        ("plan", None),
        ("agent Tidy", Some(1)),
        ("agent Tidy", Some(2)),
        ("synthesis", Some(3)),
    ];
    assert_eq!(made, expected);
    for request in &requests {
        assert_eq!(request.status, RequestStatus::Answered);
        assert_eq!(request.usd, Money::from_usd(0.006));
        assert_eq!(request.model.as_deref(), Some("test"));
    }
    let spent = spent(&app, id).await;
    assert_eq!((spent.usd, spent.tokens, spent.turns), (Money::from_nano(30_000_000), 6_000, 3));
    assert_eq!((spent.unknown_requests, spent.unpriced_requests), (0, 0));
    let metrics = app.engine.metrics();
    for line in [
        "cowork_model_requests_total{model=\"test\",status=\"answered\"} 5\n",
        "cowork_model_latency_seconds_count{model=\"test\"} 5\n",
        "cowork_model_cost_usd_total{model=\"test\"} 0.0",
    ] {
        assert!(metrics.contains(line), "{line:?} is missing: {metrics}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_that_nobody_knows_is_said() {
    let replies = [plan(), Reply::text("Done."), Reply::text("Report.")].map(used);
    let (app, _server) = App::answering(replies).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(autonomous()).await;
    app.wait_for(id, "completed").await;
    let spent = spent(&app, id).await;
    assert_eq!((spent.usd, spent.unpriced_requests), (Money::ZERO, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_was_under_way_when_the_host_ended_is_known_to_be_unknown() {
    let (app, server) = App::answering([plan(), calls(&[WRITE]), Reply::Hang]).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(autonomous()).await;
    until_asked(&server, 3).await;
    let before = requests(&app, id).await;
    assert_eq!(before.last().expect("a request").status, RequestStatus::Sent, "on record before it left");
    [Reply::text("Done."), Reply::text("Report.")].into_iter().for_each(|reply| server.push(reply));
    let app = app.restarted(&server).await;
    app.wait_for(id, "completed").await;
    assert_eq!(spent(&app, id).await.unknown_requests, 1);
    let statuses: Vec<_> = requests(&app, id).await.iter().map(|request| request.status).collect();
    use RequestStatus::{Answered, Unknown};
    assert_eq!(statuses, [Answered, Answered, Unknown, Answered, Answered]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_was_asked_for_when_the_host_ended_is_known_to_be_unknown() {
    let (app, server) = App::answering([Reply::Hang]).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(autonomous()).await;
    until_asked(&server, 1).await;
    [plan(), Reply::text("Done."), Reply::text("Report.")].into_iter().for_each(|reply| server.push(reply));
    let app = app.restarted(&server).await;
    app.wait_for(id, "completed").await;
    assert_eq!(spent(&app, id).await.unknown_requests, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_stops_may_have_cost_something_and_what_is_refused_has_not() {
    let (app, server) = App::answering([plan(), Reply::Hang]).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(autonomous()).await;
    until_asked(&server, 2).await;
    app.ok(Method::POST, &format!("/api/cowork/tasks/{id}/pause"), None).await;
    assert_eq!(spent(&app, id).await.unknown_requests, 1);
    [Reply::status(401, "bad key"), Reply::text("Done."), Reply::text("Report.")]
        .into_iter()
        .for_each(|reply| server.push(reply));
    app.ok(Method::POST, &format!("/api/cowork/tasks/{id}/resume"), None).await;
    app.wait_for(id, "failed").await;
    app.ok(Method::POST, &format!("/api/cowork/tasks/{id}/start"), None).await;
    app.wait_for(id, "completed").await;
    assert_eq!(spent(&app, id).await.unknown_requests, 1, "what was refused cost nothing");
    let statuses: Vec<_> = requests(&app, id).await.iter().map(|request| request.status).collect();
    use RequestStatus::{Answered, Failed, Unknown};
    assert_eq!(statuses, [Answered, Unknown, Failed, Answered, Answered]);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_broke_off_may_have_cost_something() {
    let cut =
        || Reply::CutAfter { answer: Answer { text: "Do".repeat(50), ..Answer::default() }, bytes: 120 };
    let replies = [plan(), cut(), cut(), Reply::text("Done."), Reply::text("Report.")];
    let (app, _server) = App::answering(replies).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(autonomous()).await;
    app.wait_for(id, "completed").await;
    assert_eq!(spent(&app, id).await.unknown_requests, 2);
    let unaccounted: Vec<_> = requests(&app, id).await.iter().map(|request| request.unaccounted).collect();
    assert_eq!(unaccounted, [0, 2, 0]);
}

fn named(server: &ModelServer, model: &str) -> Arc<dyn Model> {
    let settings = HttpSettings {
        base_url: server.openai_base(),
        api_key: None,
        model: model.to_owned(),
        timeouts: Timeouts::default(),
    };
    let policy = RetryPolicy { retries: 0, ..RetryPolicy::default() };
    Arc::new(Retrying::new(OpenAi::new(&settings).expect("a client"), policy))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_turn_says_which_model_answered() {
    let first = ModelServer::start([plan(), Reply::status(503, "down"), Reply::text("Report.")]).await;
    let second = ModelServer::start([Reply::text("Done.")]).await;
    let (first, second) = (first.expect("a model server"), second.expect("a model server"));
    let fallback = Fallback::new(named(&first, "large"), vec![named(&second, "small")]);
    let app = App::start(Arc::new(fallback)).await.with_coworkspace().await;
    let id = app.create_task(autonomous()).await;
    app.wait_for(id, "completed").await;
    let models: Vec<_> =
        requests(&app, id).await.into_iter().map(|request| request.model.unwrap_or_default()).collect();
    assert_eq!(models, ["large", "small", "large"]);
    let agents = app.store.agents(id).await.expect("agents");
    let turns = app.store.turns_after(agents[0].id, 0).await.expect("turns");
    assert_eq!(turns[0].answer.model, "small");
}
