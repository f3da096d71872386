//! What people do about schedules, over the API.

use super::{HOUR, app, completed, fires, hourly, path};
use cowork_domain::ScheduleId;
use cowork_models::openai::OpenAi;
use cowork_models::{BreakerPolicy, Gateway, Guarded, HttpSettings, RateLimits, Timeouts};
use cowork_tests::App;
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_is_made_looked_at_changed_and_taken_away() {
    let app = app().await;
    let id = hourly(&app, json!({"cron": "30 7 * * 1-5", "time_zone": "Europe/Berlin"})).await;
    let shown = app.ok(Method::GET, &path(id, ""), None).await;
    let next = shown["next_firings"].as_array().expect("firings");
    assert_eq!(next.len(), 5);
    assert!(next.iter().all(|at| at.as_str().expect("a time").contains("T07:30:00+0")), "{next:?}");
    assert_eq!(shown["auto_approve_plan"], true, "nobody may be there at that hour");
    assert_eq!((&shown["missed"], &shown["overlap"]), (&json!("run_once"), &json!("skip")));
    let change = json!({"cron": "0 9 1 * *", "outcome": "Write it all down", "overlap": "queue"});
    let changed = app.ok(Method::PATCH, &path(id, ""), Some(change)).await;
    assert_eq!((&changed["cron"], &changed["time_zone"]), (&json!("0 9 1 * *"), &json!("Europe/Berlin")));
    assert!(changed["next_firings"][0].as_str().expect("a time").contains("-01T09:00:00+0"));
    let all = app.ok(Method::GET, "/api/cowork/schedules?coworkspace_slug=mine", None).await;
    assert_eq!(all, json!([changed]));
    let deleted = app.request(Method::DELETE, &path(id, ""), None).await;
    assert_eq!(deleted.status(), 204);
    let (status, code, _) = app.problem(Method::GET, &path(id, ""), None).await;
    assert_eq!((status, code.as_str()), (404, "no_such_schedule"));
}

async fn refused(app: &App, changes: Value, expected: (u16, &str), says: &str) {
    let mut body = json!({"outcome": "x", "coworkspace_slug": "mine", "cron": "0 7 * * *"});
    body.as_object_mut().expect("an object").extend(changes.as_object().expect("an object").clone());
    let (status, code, detail) = app.problem(Method::POST, "/api/cowork/schedules", Some(body)).await;
    assert_eq!((status, code.as_str()), expected, "{changes}: {detail}");
    assert!(detail.contains(says), "{changes}: {detail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_a_schedule_is_refused_with_the_reason() {
    let app = app().await;
    refused(&app, json!({"cron": "every day"}), (422, "invalid_timing"), "five fields").await;
    refused(&app, json!({"cron": "0 0 31 2 *"}), (422, "invalid_timing"), "never fires").await;
    refused(&app, json!({"time_zone": "Mars/Olympus"}), (422, "invalid_timing"), "Europe/Berlin").await;
    refused(&app, json!({"outcome": " "}), (422, "invalid_value"), "say in 1 to").await;
    refused(&app, json!({"coworkspace_slug": "nobody"}), (404, "no_such_coworkspace"), "nobody").await;
    refused(&app, json!({"missed": "run_all"}), (422, "invalid_value"), "overlap queue or allow").await;
    let allow = |tool: &str, effects: &[&str], folder: &str, days: u32| json!({"standing_approvals": [{"tool": tool, "effects": effects, "folder": folder, "days": days}]});
    let wrong = [
        (allow("file_write", &["modify", "delete"], "", 9), "deletion is always asked about"),
        (allow("file_write", &[], "", 9), "no effect is named"),
        (allow("file_write", &["modify"], "../", 9), "no folder"),
        (allow("nobody", &["modify"], "", 9), "none of the tools"),
        (allow("file_write", &["modify"], "", 9999), "1 to 366"),
    ];
    for (body, says) in wrong {
        refused(&app, body, (422, "invalid_value"), says).await;
    }
    assert_eq!(app.ok(Method::GET, "/api/cowork/schedules", None).await, json!([]));
    let (status, code, _) = app.problem(Method::POST, &path(ScheduleId::new(), "/trigger"), None).await;
    assert_eq!((status, code.as_str()), (404, "no_such_schedule"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_fires_a_schedule_by_hand_paused_or_not() {
    let app = app().await;
    let id = hourly(&app, json!({"auto_approve_plan": false})).await;
    app.ok(Method::POST, &path(id, "/pause"), None).await;
    let fire = app.ok(Method::POST, &path(id, "/trigger"), None).await;
    assert_eq!((&fire["fired_by"], &fire["status"]), (&json!("person"), &json!("started")));
    let task = fires(&app, id).await[0].task_id.expect("a task");
    app.wait_for(task, "plan_ready").await;
    // Its task is not over.
    app.clock.advance(HOUR);
    let (status, code, _) = app.problem(Method::POST, &path(id, "/trigger"), None).await;
    assert_eq!((status, code.as_str()), (409, "schedule_busy"));
    assert_eq!(fires(&app, id).await.len(), 1, "what did not happen is not written down");
    app.engine.start_task(task).await.expect("started");
    completed(&app, &[task]).await;
    app.ok(Method::POST, &path(id, "/trigger"), None).await;
}

/// What would be in the way, a line each.
async fn dry_run(app: &App, id: ScheduleId) -> String {
    let report = app.ok(Method::GET, &path(id, "/dry-run"), None).await;
    let findings = report["findings"].as_array().expect("findings");
    let line = |finding: &Value| {
        format!(
            "{}: {}\n",
            finding["impact"].as_str().expect("an impact"),
            finding["detail"].as_str().expect("words")
        )
    };
    let begins = format!("would begin: {}\n", report["would_begin"]);
    findings.iter().map(line).fold(begins, |text, line| text + &line).replace(&id.to_string(), "ID")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_tells_what_would_be_in_the_way() {
    let app = app().await;
    let id = hourly(&app, json!({"permission_mode": "ask_before", "auto_approve_plan": false})).await;
    insta::assert_snapshot!(dry_run(&app, id).await, @r"
    would begin: true
    waits: the plan waits for a person's review
    note: changes of files that were there before, requests that change something, and deletions are asked about
    ");
    // As an earlier run has shown.
    app.ok(Method::POST, &path(id, "/trigger"), None).await;
    let task = fires(&app, id).await[0].task_id.expect("a task");
    app.wait_for(task, "plan_ready").await;
    app.engine.start_task(task).await.expect("started");
    app.wait_for_question(task).await;
    app.ok(Method::POST, &path(id, "/pause"), None).await;
    insta::assert_snapshot!(dry_run(&app, id).await.replace(&task.to_string(), "TASK"), @r"
    would begin: false
    no_task: task TASK is not over; if it is not by then, nothing begins
    no_task: the schedule is paused
    waits: earlier runs asked once: file_write may change and move files in files/**
    waits: the plan waits for a person's review
    note: changes of files that were there before, requests that change something, and deletions are asked about
    ");
    app.approve_all(task).await;
    completed(&app, &[task]).await;
    app.ok(Method::POST, &path(id, "/resume"), None).await;
    let allow = json!({"tool": "file_write", "effects": ["modify"], "folder": "files/"});
    app.ok(Method::POST, &path(id, "/approvals"), Some(allow)).await;
    app.ok(Method::PATCH, &path(id, ""), Some(json!({"auto_approve_plan": true}))).await;
    insta::assert_snapshot!(dry_run(&app, id).await, @r"
    would begin: true
    note: changes of files that were there before, requests that change something, and deletions are asked about; allowed without a question: file_write may change and move files in files/**
    note: earlier runs asked once: file_write may change and move files in files/**; it is allowed by then
    ");
    assert!(app.engine.tasks(None, 10).await.expect("tasks").len() == 1, "nothing is done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_tells_of_a_provider_that_rests() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address");
    let settings = HttpSettings {
        base_url: format!("http://{port}/v1"),
        api_key: None,
        model: "test".to_owned(),
        timeouts: Timeouts::default(),
    };
    let policy = BreakerPolicy { failures: 1, ..BreakerPolicy::default() };
    let gateway = Gateway::new("nobody", RateLimits::default(), policy);
    let model = Guarded::new(OpenAi::new(&settings).expect("a client"), gateway);
    let app = App::start(Arc::new(model)).await.with_coworkspace().await;
    let id = hourly(&app, json!({})).await;
    assert!(!dry_run(&app, id).await.contains("stops"), "nobody has asked it yet");
    app.ok(Method::POST, &path(id, "/trigger"), None).await;
    app.wait_for(fires(&app, id).await[0].task_id.expect("a task"), "failed").await;
    let told = dry_run(&app, id).await;
    assert!(told.contains("stops: as it is now: the model's server at nobody failed again"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_names_plugins_without_a_grant() {
    let app = app().await;
    let id = hourly(&app, json!({})).await;
    app.engine.revoke("files", None, "an administrator").await.expect("revoked");
    let told = dry_run(&app, id).await;
    assert!(told.contains("refused: the plugin files has nothing of what it asks for"), "{told}");
    assert!(told.starts_with("would begin: true"), "{told}");
}
