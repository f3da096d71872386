//! Turns per second of 32 tasks with a model that answers at once, beside what the database alone commits.

use crate::figure::{Bound, Figure};
use cowork_domain::event::EventKind;
use cowork_domain::{Clock as _, SystemClock, TaskId};
use cowork_store::Store;
use cowork_tests::App;
use futures::future::join_all;
use serde_json::json;
use std::fmt::Write as _;
use std::time::Instant;

pub(crate) const NAME: &str = "turns_per_second";
const TASKS: usize = 32;
const TURNS_OF_AN_AGENT: usize = 20;
const ROUNDS: usize = 5;

pub(crate) async fn measure() -> Figure {
    let app = App::scripted(&conversation()).await.with_coworkspace().await;
    let (mut ours, mut commits) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(round(&app).await);
        commits.push(commits_per_second(&app.store, app.create_task(json!({})).await).await);
    }
    Figure {
        name: NAME,
        samples: ours,
        unit: "per s",
        reference: Some(("database transactions of one event each", commits)),
        bound: Bound::AtLeast(0.05),
    }
}

/// Every turn lists a folder with a real tool.
fn conversation() -> String {
    let plan = r#"{"summary": "Look", "phases": [{"name": "Look", "subtasks": ["Look around"]}]}"#;
    let mut text =
        format!("[[part]]\nfor = \"plan\"\n[[part.answer]]\ntext = '{plan}'\n[[part]]\nagent = \"Look\"\n");
    for turn in 1..TURNS_OF_AN_AGENT {
        // Each another, so that it is work.
        let call = format!(r#"[{{"tool": "file_list", "arguments": {{"path": "files", "limit": {turn}}}}}]"#);
        let _ = writeln!(text, "[[part.answer]]\ncalls = '{call}'");
    }
    text.push_str("[[part.answer]]\ntext = \"Seen.\"\n[[part]]\nfor = \"synthesis\"\n[[part.answer]]\ntext = \"Done.\"\n");
    text
}

async fn round(app: &App) -> f64 {
    let started = Instant::now();
    let tasks = (0..TASKS).map(|_| async {
        let id = app.create_task(json!({"auto_approve_plan": true})).await;
        app.wait_for(id, "completed").await;
    });
    join_all(tasks).await;
    (TASKS * (TURNS_OF_AN_AGENT + 1)) as f64 / started.elapsed().as_secs_f64()
}

async fn commits_per_second(store: &Store, task: TaskId) -> f64 {
    const EACH: usize = 20;
    let started = Instant::now();
    let writers = (0..TASKS).map(|_| async {
        for turn in 0..EACH {
            let mut unit = store.begin().await.expect("a unit");
            let event = EventKind::CheckpointSaved { turn: turn as u32 };
            unit.insert_event(task, &event, SystemClock.now()).await.expect("an event");
            unit.commit().await.expect("a commit");
        }
    });
    join_all(writers).await;
    (TASKS * EACH) as f64 / started.elapsed().as_secs_f64()
}
