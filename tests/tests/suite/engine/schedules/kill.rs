//! `kill -9` of the host while a schedule fires.

use cowork_domain::budget::TaskBudget;
use cowork_domain::schedule::{MissedPolicy, OverlapPolicy, Schedule, TaskTemplate, Timing};
use cowork_domain::{Clock as _, Durability, PermissionMode, ScheduleId, SystemClock};
use cowork_store::Store;
use cowork_tests::Program;
use std::path::Path;
use std::time::Duration;

/// A daily schedule of the demo's task whose time has come a minute ago.
async fn put_due_schedule(data: &Path) -> ScheduleId {
    let store = Store::open(&data.join("cowork.db"), Durability::default()).await.expect("the database");
    let now = SystemClock.now();
    let due = now - Duration::from_secs(60);
    let timing = Timing::new(&due.format("%-M %-H * * *").to_string(), "UTC").expect("a timing");
    let schedule = Schedule {
        id: ScheduleId::new(),
        task: TaskTemplate {
            outcome: "Organize my Downloads".to_owned(),
            coworkspace_slug: "downloads".parse().expect("a slug"),
            permission_mode: PermissionMode::ActAutonomously,
            auto_approve_plan: true,
            limits: None,
            budget: TaskBudget::default(),
        },
        next_at: timing.next_after(due - Duration::from_secs(60)),
        timing,
        missed: MissedPolicy::RunOnce,
        overlap: OverlapPolicy::Skip,
        paused_at: None,
        created_at: now,
        updated_at: now,
    };
    let mut unit = store.begin().await.expect("a unit");
    unit.put_schedule(&schedule).await.expect("a schedule");
    unit.commit().await.expect("a commit");
    schedule.id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_killed_between_a_firing_and_its_task_begins_it_once() {
    // Before and after the transaction that makes the task.
    for label in ["firing", "fired"] {
        let dir = tempfile::tempdir().expect("a folder");
        let program = Program::start(dir.path()).await;
        program.upload_demo_to("downloads").await;
        program.kill().await;
        let id = put_due_schedule(dir.path()).await;
        Program::dies_at(dir.path(), label).await;
        let program = Program::start(dir.path()).await;
        let store =
            Store::open(&dir.path().join("cowork.db"), Durability::default()).await.expect("the database");
        let task = async {
            loop {
                let fires = store.fires(id, 10).await.expect("fires");
                if let Some(task) = fires.first().and_then(|fire| fire.task_id) {
                    return task;
                }
                tokio::task::yield_now().await;
            }
        };
        let task = tokio::time::timeout(Duration::from_secs(60), task).await.expect("it fires");
        program.wait_for_end(&task.to_string()).await;
        assert_eq!(store.fires(id, 10).await.expect("fires").len(), 1, "killed at {label:?}");
        assert_eq!(store.tasks(None, 10).await.expect("tasks").len(), 1, "killed at {label:?}");
        program.kill().await;
    }
}
