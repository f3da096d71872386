//! Outcomes that are taken on again and again: once for each firing, whoever deals with it.

mod firing;
mod kill;
mod people;
mod standing;

use cowork_domain::schedule::{Fire, FireStatus};
use cowork_domain::{Clock as _, ScheduleId, TaskId, TaskState};
use cowork_tests::App;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

/// Each task writes over the person's file once and ends.
const CONVERSATION: &str = r#"
[[part]]
for = "plan"
[[part.answer]]
text = '{"summary": "Write", "phases": [{"name": "Write", "subtasks": ["Write it down"]}]}'

[[part]]
agent = "Write"
[[part.answer]]
calls = '[{"tool": "file_write", "arguments": {"path": "files/a.txt", "content": "new", "mode": "overwrite"}}]'
[[part.answer]]
text = "Written."

[[part]]
for = "synthesis"
[[part.answer]]
text = "It is written."
"#;

const HOUR: Duration = Duration::from_secs(3600);

/// A host with the person's file `files/a.txt`.
async fn app() -> App {
    App::scripted(CONVERSATION).await.with_coworkspace().await
}

/// Makes an hourly schedule whose tasks ask nobody about files, with changes to what is sent.
async fn hourly(app: &App, changes: Value) -> ScheduleId {
    let mut body = json!({
        "outcome": "Write it down", "coworkspace_slug": "mine", "cron": "0 * * * *",
        "permission_mode": "act_autonomously",
    });
    body.as_object_mut().expect("an object").extend(changes.as_object().expect("an object").clone());
    let schedule = app.ok(Method::POST, "/api/cowork/schedules", Some(body)).await;
    id_of(&schedule)
}

fn id_of(schedule: &Value) -> ScheduleId {
    schedule["id"].as_str().expect("an id").parse().expect("an id")
}

fn path(id: ScheduleId, rest: &str) -> String {
    format!("/api/cowork/schedules/{id}{rest}")
}

/// Lets an hour pass, and deals with what is due.
async fn an_hour_later(app: &App) -> Vec<TaskId> {
    app.clock.advance(HOUR);
    app.engine.fire_due().await.expect("firings")
}

async fn fires(app: &App, id: ScheduleId) -> Vec<Fire> {
    app.engine.fires(id, 1000).await.expect("fires")
}

/// How many firings there are of each kind: started, queued, skipped, missed.
async fn counts(app: &App, id: ScheduleId) -> [usize; 4] {
    let fires = fires(app, id).await;
    let count = |status| fires.iter().filter(|fire| fire.status == status).count();
    [FireStatus::Started, FireStatus::Queued, FireStatus::Skipped, FireStatus::Missed].map(count)
}

async fn completed(app: &App, tasks: &[TaskId]) {
    for task in tasks {
        assert!(matches!(app.wait_for(*task, "completed").await, TaskState::Completed { .. }));
    }
}

/// What a task's log says, by the names of events.
async fn told(app: &App, task: TaskId, event: &str) -> Vec<Value> {
    let events = app.engine.events(task, 0).await.expect("events");
    let json = events.iter().map(|event| serde_json::to_value(event).expect("JSON"));
    json.filter(|told| told["event"] == event).collect()
}

fn now(app: &App) -> cowork_domain::Timestamp {
    app.clock.now()
}
