//! People steer a task in any order, at any moment: what cannot be is refused, and the task ends as if nobody had.

use super::rewind::{SIDE_BY_SIDE, files};
use cowork_domain::{TaskId, TaskState};
use cowork_tests::App;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use reqwest::Method;
use serde_json::{Value, json};

/// Something that a person may do now, or may not.
fn wish(random: &mut StdRng, turns: u32) -> (Method, &'static str, Option<Value>) {
    match random.random_range(0..9_u8) {
        0 | 1 => (Method::POST, "pause", None),
        2 | 3 => (Method::POST, "resume", None),
        4 => (Method::POST, "start", None),
        5 => (Method::POST, "rewind", Some(json!({"turn": random.random_range(0..=turns)}))),
        6 => (Method::POST, "rewind", Some(json!({"turn": turns.saturating_sub(1), "dry_run": true}))),
        7 => (Method::POST, "plan/revise", Some(json!({"words": "do it better"}))),
        _ => (Method::POST, "plan/versions/1/approve", None),
    }
}

async fn to_the_end(app: &App, id: TaskId) {
    loop {
        let action = match app.engine.task(id).await.expect("the task").state {
            TaskState::Completed { .. } => return,
            TaskState::Paused { .. } => "resume",
            TaskState::Failed { .. } => "start",
            _ => {
                let mut bell = app.engine.listen(id);
                if !matches!(app.engine.task(id).await.expect("the task").state, TaskState::Completed { .. })
                {
                    bell.changed().await.expect("a bell");
                }
                continue;
            }
        };
        app.request(Method::POST, &format!("/api/cowork/tasks/{id}/{action}"), None).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_people_steer_at_random_ends_as_if_they_had_not() {
    for seed in 0..4 {
        let mut random = StdRng::seed_from_u64(seed);
        let app = App::scripted(SIDE_BY_SIDE).await.with_coworkspace().await;
        let task = json!({"auto_approve_plan": true, "permission_mode": "act_autonomously"});
        let undisturbed = app.create_task(task.clone()).await;
        app.wait_for(undisturbed, "completed").await;
        let end = files(&app);
        app.ok(Method::POST, &format!("/api/cowork/tasks/{undisturbed}/undo"), Some(json!({}))).await;
        let id = app.create_task(task).await;
        for _ in 0..30 {
            let turns = app.engine.get_task_progress(id).await.expect("progress").turns;
            let (method, action, body) = wish(&mut random, turns);
            let answer = app.request(method, &format!("/api/cowork/tasks/{id}/{action}"), body).await;
            assert!(!answer.status().is_server_error(), "seed {seed}, {action}: {}", answer.status());
            if random.random_bool(0.5) {
                tokio::task::yield_now().await;
            }
        }
        let ended = tokio::time::timeout(std::time::Duration::from_secs(60), to_the_end(&app, id)).await;
        assert!(ended.is_ok(), "seed {seed}: {:?}", app.engine.task(id).await.expect("the task").state);
        assert_eq!(files(&app), end, "seed {seed}");
    }
}
