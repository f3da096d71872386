//! A task that waits for a person holds nothing in memory: all that it needs to go on is in the database.

use super::{calls, plan};
use cowork_domain::agent::{Agent, AgentRole, AgentStatus};
use cowork_domain::call::{Call, CallStatus};
use cowork_domain::change_set::{ChangeSetStatus, Hash};
use cowork_domain::message::Answer;
use cowork_domain::{CallId, Clock as _, PermissionMode, Plan, Task, TaskId, TaskState};
use cowork_model_server::Reply;
use cowork_store::{AgentPrompt, StoredChanges, Turn, Unit};
use cowork_tests::App;
use serde_json::json;
use std::process::Command;
use std::time::Duration;

const WRITE: (&str, &str) =
    ("file_write", r#"{"path": "files/a.txt", "content": "new", "mode": "overwrite"}"#);
const LOOK: (&str, &str) = ("file_read", r#"{"path": "files/a.txt"}"#);

/// Waits until nobody works on any task.
async fn until_idle(app: &App) {
    let idle = async {
        while !app.engine.metrics().contains("cowork_tasks_at_work 0\n") {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), idle).await.expect("nobody works in time");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_works_on_a_task_that_waits_and_an_answer_sets_it_to_work_again() {
    let replies = [plan(), calls(&[LOOK, WRITE, LOOK]), Reply::text("Done."), Reply::text("Report.")];
    let (app, server) = App::answering(replies).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(json!({"auto_approve_plan": true})).await;
    app.wait_for(id, "waiting").await;
    until_idle(&app).await;
    let agents = app.store.agents(id).await.expect("agents");
    assert_eq!(agents[0].status, AgentStatus::Waiting);
    app.approve_all(id).await;
    app.wait_for(id, "completed").await;
    let told = super::results(&server.requests()[2].body);
    assert_eq!(told.len(), 3);
    assert!(told[0].contains("\"text\":\"hello\""), "{told:?}");
    assert!(told[2].contains("\"text\":\"new\""), "what came behind saw what was approved: {told:?}");
    until_idle(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_waits_over_many_starts_of_the_host_and_nobody_works_on_it() {
    let replies = [plan(), calls(&[WRITE]), Reply::text("Done."), Reply::text("Report.")];
    let (app, server) = App::answering(replies).await;
    let mut app = app.with_coworkspace().await;
    let id = app.create_task(json!({"auto_approve_plan": true})).await;
    app.wait_for(id, "waiting").await;
    until_idle(&app).await;
    for _ in 0..3 {
        app = app.restarted(&server).await;
        assert!(app.engine.metrics().contains("cowork_tasks_at_work 0\n"), "an answer begins it again");
    }
    app.approve_all(id).await;
    app.wait_for(id, "completed").await;
    assert_eq!(server.requests().len(), 4, "nothing was asked of the model again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_tasks_that_wait_fit_into_one_process() {
    if !is_alone("engine::waiting::a_hundred_thousand_tasks_that_wait_fit_into_one_process") {
        return;
    }
    let all = if std::env::var_os("COWORK_SOAK").is_some() { 100_000 } else { 5_000 };
    let replies = [plan(), calls(&[WRITE]), Reply::text("Done."), Reply::text("Report.")];
    let (app, server) = App::answering(replies).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(json!({"auto_approve_plan": true})).await;
    app.wait_for(id, "waiting").await;
    until_idle(&app).await;
    let app = app.restarted(&server).await;
    let before = resident();
    // As a crash in the instant of the question leaves some: they are taken up, and left again.
    let crashed = 50;
    let mut unit = app.store.begin().await.expect("a unit");
    for number in 0..all {
        insert_waiting(&mut unit, &app, number >= crashed).await;
    }
    unit.commit().await.expect("a commit");
    let taken_up = app.engine.resume().await.expect("tasks to go on with");
    assert_eq!(taken_up, crashed);
    until_idle(&app).await;
    let grown = resident().saturating_sub(before);
    println!("{all} tasks that wait: {} KiB more", grown >> 10);
    // A part of it is what the database keeps in its pages, whatever is in them.
    assert!(grown < (64 << 20) + all * 1024, "{grown} bytes");
    app.approve_all(id).await;
    app.wait_for(id, "completed").await;
}

/// A task whose only agent has asked about a call.
async fn insert_waiting(unit: &mut Unit, app: &App, is_parked: bool) {
    let now = app.clock.now();
    let task = Task {
        id: TaskId::new(),
        coworkspace_slug: "mine".parse().expect("a slug"),
        outcome: "Tidy up".to_owned(),
        state: TaskState::Waiting,
        permission_mode: PermissionMode::AskBefore,
        auto_approve_plan: true,
        priority: 0,
        created_at: now,
        updated_at: now,
    };
    let plan: Plan = serde_json::from_value(
        json!({"summary": "Tidy up", "phases": [{"name": "Tidy", "subtasks": ["Look around"]}]}),
    )
    .expect("a plan");
    unit.insert_task(&task).await.expect("a task");
    unit.set_plan(task.id, &plan, 1).await.expect("a plan");
    unit.put_phases(task.id, &plan, now).await.expect("phases");
    let phase = unit.phases(task.id).await.expect("phases").remove(0).id;
    unit.set_phase(phase, cowork_domain::progress::PhaseStatus::Running, 0.0).await.expect("a phase");
    let agent = Agent::new("Tidy", AgentRole::Worker, Some(phase));
    let prompt = AgentPrompt { system_prompt: "Work.".to_owned(), brief: "Tidy.".to_owned() };
    unit.insert_agent(task.id, &agent, &prompt).await.expect("an agent");
    let call = Call {
        id: CallId::new(),
        task_id: task.id,
        agent_id: agent.id,
        turn: 1,
        position: 0,
        model_call_id: "call_0".to_owned(),
        tool: WRITE.0.to_owned(),
        arguments: WRITE.1.to_owned(),
        status: CallStatus::Intended,
        result: None,
        usage: None,
        created_at: now,
        finished_at: None,
    };
    let turn = Turn {
        turn: 1,
        answer: Answer::default(),
        calls: vec![call.clone()],
        is_saved: false,
        notice: None,
        news: Vec::new(),
        doubt: None,
    };
    unit.insert_turn(task.id, agent.id, &turn, now).await.expect("a turn");
    unit.set_agent_waiting(agent.id).await.expect("it waits");
    let hash: Hash = "0".repeat(64).parse().expect("a hash");
    let held = json!({"status": "completed", "text": "", "effects": []}).to_string();
    let changes = StoredChanges {
        call_id: call.id,
        task_id: task.id,
        status: ChangeSetStatus::Held,
        content_hash: hash,
        changes_json: serde_json::to_string(&cowork_coworkspaces::Changes::default()).expect("JSON"),
        held_json: Some(held),
        undoes: None,
    };
    unit.put_change_set(&changes, now).await.expect("what it would do");
    unit.ask(task.id, call.id, hash, None, now).await.expect("a question");
    unit.set_parked(task.id, is_parked).await.expect("parked");
}

/// Whether this process runs no other test, whose memory would be counted too. If it does, one that does not runs it.
fn is_alone(test: &str) -> bool {
    const ALONE: &str = "COWORK_TEST_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    let program = std::env::current_exe().expect("a running test has an executable");
    let output = Command::new(program).args(["--exact", test, "--nocapture"]).env(ALONE, "1").output();
    let output = output.expect("a process");
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}");
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    false
}

/// Memory of this process, in bytes.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("statm");
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).expect("pages") * 4096
}
