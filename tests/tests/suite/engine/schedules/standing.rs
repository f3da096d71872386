//! What a person allows the tasks of a schedule, while nobody is there to be asked.

use super::{HOUR, an_hour_later, app, completed, hourly, path, told};
use cowork_domain::{ScheduleId, TaskId};
use cowork_tests::App;
use reqwest::Method;
use serde_json::{Value, json};

const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);

fn allow(folder: &str, days: u32) -> Value {
    json!({"tool": "file_write", "effects": ["modify"], "folder": folder, "days": days})
}

/// An hourly schedule in the mode that asks, with this allowed.
async fn asking(app: &App, allowed: &[Value]) -> ScheduleId {
    hourly(app, json!({"permission_mode": "ask_before", "standing_approvals": allowed, "overlap": "allow"}))
        .await
}

async fn one_task(app: &App) -> TaskId {
    let tasks = an_hour_later(app).await;
    assert_eq!(tasks.len(), 1);
    tasks[0]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kind_that_is_allowed_passes_without_a_question_and_the_log_says_by_what() {
    let app = app().await;
    let id = asking(&app, &[allow("output/", 90), allow("files/", 90)]).await;
    let task = one_task(&app).await;
    completed(&app, &[task]).await;
    assert_eq!(std::fs::read_to_string(app.path("files/a.txt")).expect("a file"), "new");
    let given = app.engine.schedule(id).await.expect("the schedule").standing_approvals;
    let used = told(&app, task, "standing_approval_used").await;
    assert_eq!(used.len(), 1, "the one that decided: {used:?}");
    assert_eq!(used[0]["approval_id"], json!(given[1].id));
    assert_eq!(used[0]["allows"], "file_write may change and move files in files/**");
    assert!(told(&app, task, "approval_asked").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn it_counts_for_tasks_of_its_schedule_alone() {
    let app = app().await;
    asking(&app, &[allow("files/", 90)]).await;
    let other = hourly(&app, json!({"permission_mode": "ask_before", "cron": "30 * * * *"})).await;
    let by_hand = app.create_task(json!({"auto_approve_plan": true})).await;
    app.wait_for_question(by_hand).await;
    app.ok(Method::POST, &path(other, "/trigger"), None).await;
    let task = app.engine.schedule(other).await.expect("the schedule").open_tasks[0];
    app.wait_for_question(task).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_expired_or_was_taken_back_does_not_count() {
    let app = app().await;
    let id = asking(&app, &[allow("files/", 7)]).await;
    completed(&app, &[one_task(&app).await]).await;
    std::fs::write(app.path("files/a.txt"), "the person's").expect("a file");
    app.clock.advance(8 * DAY);
    let task = app.engine.fire_due().await.expect("firings")[0];
    app.wait_for_question(task).await;
    let given = app.ok(Method::POST, &path(id, "/approvals"), Some(allow("", 30))).await;
    completed(&app, &[one_task(&app).await]).await;
    std::fs::write(app.path("files/a.txt"), "the person's").expect("a file");
    let approval = format!("/approvals/{}", given["id"].as_str().expect("an id"));
    assert_eq!(app.request(Method::DELETE, &path(id, &approval), None).await.status(), 204);
    app.wait_for_question(one_task(&app).await).await;
    let shown = app.ok(Method::GET, &path(id, ""), None).await;
    assert!(shown["standing_approvals"][1]["revoked_at"].is_string(), "what was taken back is still shown");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_is_asked_about_whatever_is_allowed() {
    let conversation = super::CONVERSATION.replace(
        r#"{"tool": "file_write", "arguments": {"path": "files/a.txt", "content": "new", "mode": "overwrite"}}"#,
        r#"{"tool": "file_delete", "arguments": {"paths": ["files/a.txt"]}}"#,
    );
    let app = App::scripted(&conversation).await.with_coworkspace().await;
    let all = json!({"tool": "file_delete", "effects": ["create", "modify", "modify_own"]});
    hourly(&app, json!({"standing_approvals": [all]})).await;
    app.clock.advance(HOUR);
    let task = app.engine.fire_due().await.expect("firings")[0];
    let asked = app.wait_for_question(task).await;
    assert_eq!(asked.changes.counts().to_string(), "1 deleted");
    assert!(app.path("files/a.txt").exists());
}
