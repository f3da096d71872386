//! A task that has used what it may use stops with everything done, says what it would need, and goes on with more.

use super::{calls, plan};
use cowork_domain::budget::TaskBudget;
use cowork_domain::message::{Answer, Usage};
use cowork_domain::{TaskId, TaskState};
use cowork_engine::Settings;
use cowork_model_server::{ModelServer, Reply};
use cowork_models::ModelsConfig;
use cowork_tests::{App, ForwardClock, Host};
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

const WRITE: (&str, &str) = ("file_write", r#"{"path": "output/b.txt", "content": "b"}"#);
const LOOK: (&str, &str) = ("file_list", r#"{"path": "output"}"#);

/// Three dollars for a million tokens read, fifteen for a million written.
pub(super) const PRICES: &str = "[[prices]]\nmodel = \"test\"\ninput = 3.0\noutput = 15.0\n";

pub(super) fn priced() -> Settings {
    let prices = ModelsConfig::from_text(PRICES).expect("prices").prices;
    Settings { prices, ..Settings::default() }
}

/// An answer that read 1,000 tokens and wrote 200: $0.006.
pub(super) fn used(answer: Reply) -> Reply {
    let usage = Usage { input_tokens: 1_000, output_tokens: 200, ..Usage::default() };
    match answer {
        Reply::Answer(answer) => Reply::Answer(Answer { usage, ..answer }),
        other => other,
    }
}

/// A plan, two turns with a call, the agent's last words, the report.
fn whole_task() -> Vec<Reply> {
    let replies = [plan(), calls(&[WRITE]), calls(&[LOOK]), Reply::text("Done."), Reply::text("Report.")];
    replies.into_iter().map(used).collect()
}

async fn app(budget: Value) -> (App, ModelServer, TaskId) {
    let (app, server) = App::answering_with(whole_task(), Host::all_tools().await, priced()).await;
    let app = app.with_coworkspace().await;
    let task = json!({"auto_approve_plan": true, "permission_mode": "act_autonomously", "budget": budget});
    let id = app.create_task(task).await;
    (app, server, id)
}

/// Why it stopped, without its id.
async fn reason(app: &App, id: TaskId) -> String {
    let TaskState::OverBudget { reason, .. } = app.wait_for(id, "over_budget").await else {
        panic!("within the budget")
    };
    reason.replace(&id.to_string(), "ID")
}

async fn add(app: &App, id: TaskId, more: Value) {
    app.ok(Method::POST, &format!("/api/cowork/tasks/{id}/budget"), Some(more)).await;
}

/// Goes on with more and comes to its end as if it had never stopped.
async fn ends_well(app: &App, id: TaskId) {
    app.ok(Method::POST, &format!("/api/cowork/tasks/{id}/resume"), None).await;
    app.wait_for(id, "completed").await;
    let turns: Vec<_> =
        app.store.checkpoints(id).await.expect("checkpoints").iter().map(|saved| saved.turn).collect();
    assert_eq!(turns, [1, 2, 3, 4], "no turn is lost or taken twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn turns_run_out() {
    let (app, _server, id) = app(json!({"turns": 1})).await;
    insta::assert_snapshot!(reason(&app, id).await, @"the budget of the task is used up: 1 of 1 turns; what is done is kept. What you can do: give it more, for example: cowork task resume ID --add-turns 1.");
    assert!(app.path("output/b.txt").exists(), "what was done stays");
    for action in ["start", "resume"] {
        let (status, code, detail) =
            app.problem(Method::POST, &format!("/api/cowork/tasks/{id}/{action}"), None).await;
        assert_eq!((status, code.as_str()), (409, "over_budget"), "{detail}");
    }
    add(&app, id, json!({"turns": 5})).await;
    ends_well(&app, id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_run_out() {
    let (app, _server, id) = app(json!({"tokens": 2_000})).await;
    insta::assert_snapshot!(reason(&app, id).await, @"the budget of the task is used up: 2400 of 2000 tokens; what is done is kept. What you can do: give it more, for example: cowork task resume ID --add-tokens 1400.");
    add(&app, id, json!({"tokens": 1_000_000})).await;
    ends_well(&app, id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn money_runs_out() {
    let (app, _server, id) = app(json!({"usd": 0.015})).await;
    insta::assert_snapshot!(reason(&app, id).await, @"the budget of the task is used up: $0.0180 of $0.0150; what is done is kept. What you can do: give it more, for example: cowork task resume ID --add-usd 0.02.");
    let progress = app.engine.get_task_progress(id).await.expect("progress");
    assert_eq!(progress.spent.usd.nano(), 18_000_000, "the plan and two turns");
    add(&app, id, json!({"usd": 1})).await;
    ends_well(&app, id).await;
    let progress = app.engine.get_task_progress(id).await.expect("progress");
    assert_eq!(progress.spent.usd.nano(), 30_000_000, "five answers");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_counts_too() {
    let (app, _server, id) = app(json!({"usd": 0.005})).await;
    let reason = reason(&app, id).await;
    assert!(reason.contains("$0.006000 of $0.005000"), "{reason}");
    assert_eq!(app.engine.get_task_progress(id).await.expect("progress").turns, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn money_is_not_limited_where_nobody_knows_a_price() {
    let (app, _server) = App::answering([]).await;
    let app = app.with_coworkspace().await;
    let body = json!({"outcome": "Tidy up", "coworkspace_slug": "mine", "budget": {"usd": 1}});
    let (status, code, detail) = app.problem(Method::POST, "/api/cowork/tasks", Some(body)).await;
    assert_eq!((status, code.as_str()), (422, "invalid_value"));
    assert_eq!(detail, "usd cannot be limited: the price of the model \"test\" is not configured");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_is_misspelled_is_refused() {
    let (app, _server) = App::answering([]).await;
    let app = app.with_coworkspace().await;
    let body = json!({"outcome": "Tidy up", "coworkspace_slug": "mine", "budget": {"turn": 1}});
    let (status, code, _) = app.problem(Method::POST, "/api/cowork/tasks", Some(body)).await;
    assert_eq!((status, code.as_str()), (422, "invalid_json"));
}

/// A host whose model takes five minutes for each answer.
async fn slow(replies: Vec<Reply>) -> App {
    let clock: Arc<OnceLock<Arc<ForwardClock>>> = Arc::default();
    let (taken, replies) = (Arc::clone(&clock), std::sync::Mutex::new(replies.into_iter()));
    let server = ModelServer::answering(move |_| {
        taken.get().expect("a clock").advance(Duration::from_secs(300));
        replies.lock().expect("replies").next().expect("a reply")
    });
    let server = server.await.expect("a model server");
    let app =
        App::asking(&server, Host::all_tools().await, Settings::default()).await.with_coworkspace().await;
    clock.set(Arc::clone(&app.clock)).expect("once");
    // It lives as long as the test's process.
    std::mem::forget(server);
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn time_at_work_runs_out_and_time_that_waits_for_a_person_does_not() {
    let asks = calls(&[("file_write", r#"{"path": "files/a.txt", "content": "b", "mode": "overwrite"}"#)]);
    let app = slow(vec![plan(), asks, Reply::text("Done."), Reply::text("Report.")]).await;
    let id = app.create_task(json!({"auto_approve_plan": true, "budget": {"minutes": 15}})).await;
    app.wait_for_question(id).await;
    app.clock.advance(Duration::from_secs(86_400));
    app.approve_all(id).await;
    let reason = reason(&app, id).await;
    assert!(reason.contains("15 of 15 minutes"), "{reason}");
    add(&app, id, json!({"minutes": 8})).await;
    app.ok(Method::POST, &format!("/api/cowork/tasks/{id}/start"), None).await;
    app.wait_for(id, "completed").await;
    let minutes = app.engine.get_task_progress(id).await.expect("progress").spent.work_seconds / 60;
    assert_eq!(minutes, 20, "four answers of five minutes, and not the day in between");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_is_seen_and_changed_while_the_task_is_at_work() {
    let (app, _server) = App::answering([Reply::Hang]).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(json!({"budget": {"turns": 20, "agent": {"tokens": 5_000}}})).await;
    let path = format!("/api/cowork/tasks/{id}/budget");
    let shown: TaskBudget = serde_json::from_value(app.ok(Method::GET, &path, None).await).expect("a budget");
    assert_eq!((shown.task.turns, shown.agent.tokens, shown.agent.turns), (Some(20), Some(5_000), Some(60)));
    app.ok(Method::PUT, &path, Some(json!({"turns": 4}))).await;
    let progress = app.engine.get_task_progress(id).await.expect("progress");
    assert_eq!((progress.budget.task.turns, progress.budget.agent.tokens), (Some(4), None));
}
