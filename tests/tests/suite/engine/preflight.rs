//! What can be known of a plan before anyone says go.

use super::plan;
use cowork_engine::Settings;
use cowork_model_server::{ModelServer, Reply};
use cowork_tests::{App, Host};
use reqwest::Method;
use serde_json::{Value, json};

const ASKS: &str = r#"
[[files]]
paths = "files/**"
access = ["read", "modify", "delete"]

[[http]]
hosts = ["api.example.com"]
methods = ["GET", "POST"]
"#;

/// The preflight of a task that waits with its plan, on a host whose only plugin is not granted anything.
async fn waiting(outcome: &str) -> (App, ModelServer, String) {
    let host = Host { bundled: false, ..Host::packed("filesystem", ASKS, None).await };
    let (app, server) = App::answering_with([plan(), plan()], host, Settings::default()).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(json!({ "outcome": outcome })).await;
    app.wait_for(id, "plan_ready").await;
    (app, server, format!("/api/cowork/tasks/{id}"))
}

async fn preflight(app: &App, task: &str) -> Value {
    let progress = app.ok(Method::GET, &format!("{task}/progress"), None).await;
    let mut preflight = app.ok(Method::GET, &format!("{task}/plan/preflight"), None).await;
    assert_eq!(progress["preflight"], preflight, "a task that waits with its plan says it unasked");
    // The tools' descriptions are counted in it.
    let estimate = preflight.as_object_mut().expect("an object").remove("estimate").expect("an estimate");
    assert_eq!((&estimate["agents"], &estimate["turns"]), (&json!(2), &json!({"low": 4, "high": 10})));
    assert!(estimate["tokens"]["low"].as_u64() < estimate["tokens"]["high"].as_u64(), "{estimate}");
    preflight
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_grants_are_named_with_what_gives_them() {
    let (app, _server, task) = waiting("Compare https://news.example/today with api.example.com").await;
    insta::assert_snapshot!(format!("{:#}", preflight(&app, &task).await), @r#"
    {
      "asks": [],
      "missing": [
        {
          "command": "cowork grant filesystem",
          "what": "run: the plugin filesystem has no power before it is granted"
        },
        {
          "command": "cowork grant PLUGIN --http 'GET https://news.example/**'",
          "what": "the outcome names news.example, and no tool may send requests there"
        },
        {
          "command": "cowork grant PLUGIN --http 'GET https://api.example.com/**'",
          "what": "the outcome names api.example.com, and no tool may send requests there"
        }
      ]
    }
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_will_be_asked_follows_from_powers_files_and_mode() {
    let (app, _server, task) = waiting("Tidy up").await;
    let some = json!({"powers": {"files": [{"paths": "files/**", "access": ["read", "modify", "delete"]}],
        "http": [{"hosts": ["api.example.com"], "methods": ["POST"]}]}});
    app.ok(Method::POST, "/api/cowork/grants/filesystem", Some(some)).await;
    insta::assert_snapshot!(format!("{:#}", preflight(&app, &task).await), @r#"
    {
      "asks": [
        {
          "tools": [
            "run"
          ],
          "what": "change or move the 1 file that is there"
        },
        {
          "tools": [
            "run"
          ],
          "what": "delete, or leave empty, the 1 file that is there"
        },
        {
          "tools": [
            "run"
          ],
          "what": "send requests that change something to api.example.com"
        }
      ],
      "missing": [
        {
          "command": "cowork grant filesystem",
          "what": "run: not granted, though asked for: http GET POST api.example.com/**"
        }
      ]
    }
    "#);
    let autonomous = json!({"permission_mode": "act_autonomously"});
    let id = app.create_task(autonomous).await;
    app.wait_for(id, "plan_ready").await;
    let found = preflight(&app, &format!("/api/cowork/tasks/{id}")).await;
    let asks: Vec<&str> =
        found["asks"].as_array().expect("asks").iter().filter_map(|ask| ask["what"].as_str()).collect();
    assert_eq!(
        asks,
        [
            "delete, or leave empty, the 1 file that is there",
            "send requests that change something to api.example.com, once they have read what came from other hosts"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_former_tasks_took_tells_what_the_next_one_takes() {
    let one = || [plan(), Reply::text("Done."), Reply::text("Report.")];
    let replies = one().into_iter().chain(one()).chain(one()).chain([plan()]);
    let (app, _server) = App::answering(replies.collect::<Vec<_>>()).await;
    let app = app.with_coworkspace().await;
    for _ in 0..3 {
        let id = app.create_task(json!({"auto_approve_plan": true})).await;
        app.wait_for(id, "completed").await;
    }
    let id = app.create_task(json!({})).await;
    app.wait_for(id, "plan_ready").await;
    let estimate = app.engine.preflight(id).await.expect("a preflight").estimate;
    assert_eq!((estimate.turns.low, estimate.turns.high), (2, 2));
    assert!(
        estimate.basis.starts_with("3 tasks that were completed here took 2 turns"),
        "{}",
        estimate.basis
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_costs_and_who_would_write_the_same_files_is_said_before_the_start() {
    let plan = json!({"summary": "Two", "phases": [{"name": "Both", "parallel": true, "subtasks": ["A", "B"],
        "writes": {"A": ["output/a*"], "B": ["output/ab.txt"]}}]});
    let price = json!([{"model": "test", "input": 1.0, "output": 10.0}]);
    let prices = serde_json::from_value(price).expect("prices");
    let settings = Settings { prices, ..Settings::default() };
    let replies = [Reply::text(plan.to_string())];
    let (app, _server) = App::answering_with(replies, Host::all_tools().await, settings).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(json!({})).await;
    app.wait_for(id, "plan_ready").await;
    let found = app.engine.preflight(id).await.expect("a preflight");
    assert_eq!(found.overlaps.len(), 1, "{:?}", found.overlaps);
    let (tokens, usd) = (found.estimate.tokens, found.estimate.usd.expect("costs"));
    assert_eq!(usd.low.nano(), i64::try_from(tokens.low * 1_000).expect("a number"));
    let (read, written) = (tokens.high - tokens.high / 5, tokens.high / 5);
    assert_eq!(usd.high.nano(), i64::try_from(read * 1_000 + written * 10_000).expect("a number"));
}
