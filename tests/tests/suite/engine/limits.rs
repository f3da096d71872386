//! Guests that misbehave and agents that do not end: the model is told, or the task stops with a reason.

use super::{calls, plan, results};
use cowork_domain::TaskState;
use cowork_engine::Settings;
use cowork_model_server::Reply;
use cowork_sandbox::Limits;
use cowork_tests::{App, Host};
use reqwest::Method;
use serde_json::json;
use std::time::Duration;

fn autonomous() -> serde_json::Value {
    json!({"auto_approve_plan": true, "permission_mode": "act_autonomously"})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_misbehaves_is_told_to_the_model_and_the_task_goes_on() {
    let asked = [
        ("trap", r#"{"message": "I give up"}"#),
        ("spin", "{}"),
        ("eat_memory", "{}"),
        ("print", r#"{"to": "stdout", "amount": 1000000000}"#),
    ];
    let limits =
        Limits { wall_time: Duration::from_secs(5), memory: 64 << 20, printed: 1 << 16, ..Limits::default() };
    let probe = Host::guest("probe", limits).await;
    let replies = [plan(), calls(&asked), Reply::text("Done."), Reply::text("Report.")];
    let (app, server) = App::answering_with(replies, probe, Settings::default()).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(autonomous()).await;
    app.wait_for(id, "completed").await;
    let results = results(&server.requests()[2].body);
    let expected =
        ["I give up", "time limit of 5 s", "memory limit of 64 MiB", "printed more than its limit of 64 KiB"];
    for (result, expected) in results.iter().zip(expected) {
        assert!(result.contains(expected), "{result}");
    }
    assert_eq!(results.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_takes_too_many_turns_stops_and_goes_on_when_it_may_take_more() {
    let look = |path: &str| calls(&[("file_list", json!({"path": path}).to_string().as_str())]);
    let looks = [look("files"), look("output"), look(".")];
    let replies = std::iter::once(plan()).chain(looks).chain([Reply::text("Done."), Reply::text("Report.")]);
    let settings = Settings { max_turns_per_agent: 2, ..Settings::default() };
    let (app, _server) = App::answering_with(replies, Host::all_tools().await, settings).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(autonomous()).await;
    let TaskState::OverBudget { reason, .. } = app.wait_for(id, "over_budget").await else {
        panic!("within the budget")
    };
    assert!(reason.contains("of an agent is used up: 2 of 2 turns"), "{reason}");
    assert!(reason.contains("--add-turns 1 --each-agent"), "{reason}");
    let more = json!({"agent": {"turns": 2}});
    app.ok(Method::POST, &format!("/api/cowork/tasks/{id}/budget"), Some(more)).await;
    app.ok(Method::POST, &format!("/api/cowork/tasks/{id}/start"), None).await;
    app.wait_for(id, "completed").await;
    assert_eq!(
        app.store.checkpoints(id).await.expect("checkpoints").len(),
        5,
        "no turn is lost or taken twice"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_server_that_is_not_there_stops_the_task_with_advice() {
    let app = App::without_model_server().await.with_coworkspace().await;
    let id = app.create_task(autonomous()).await;
    let TaskState::Failed { reason, .. } = app.wait_for(id, "failed").await else { panic!("not failed") };
    assert!(reason.contains("What you can do"), "{reason}");
}
