//! A host with a long past takes a task on as quickly as a new one.

use crate::busy::Busy;
use crate::figure::{Bound, Figure};
use crate::place;
use crate::turns::{app, complete};
use cowork_domain::agent::{Agent, AgentRole, AgentStatus};
use cowork_domain::call::{Call, CallStatus};
use cowork_domain::checkpoint::Checkpoint;
use cowork_domain::event::EventKind;
use cowork_domain::message::{Answer, ToolResult, Usage};
use cowork_domain::progress::PhaseStatus;
use cowork_domain::{
    CallId, Clock as _, PermissionMode, Plan, RequestId, SystemClock, Task, TaskId, TaskState,
};
use cowork_store::{AgentPrompt, Answered, Turn, Unit};
use cowork_tests::App;
use serde_json::json;
use std::sync::Arc;
use std::time::Instant;

pub(crate) const NAME: &str = "task_after_100000";
/// Unless `COWORK_BENCH_FINISHED` says otherwise.
const FINISHED: usize = 100_000;
const SAMPLES: usize = 40;
const WARM: usize = 5;
/// Tasks in one unit.
const EACH: usize = 100;

/// From a task's creation to its report: a plan, four agents, each with calls of real tools.
pub(crate) async fn measure() -> Figure {
    let model = Arc::new(Busy::default());
    let app = app(&model).await;
    samples(&app, &model, 0, WARM).await;
    let before = samples(&app, &model, 1_000, SAMPLES).await;
    let all = place::number("COWORK_BENCH_FINISHED", FINISHED);
    for _ in 0..all.div_ceil(EACH) {
        let mut unit = app.store.begin().await.expect("a unit");
        for number in 0..EACH {
            insert_finished(&mut unit, number).await;
        }
        unit.commit().await.expect("a commit");
    }
    samples(&app, &model, 2_000, WARM).await;
    let after = samples(&app, &model, 3_000, SAMPLES).await;
    Figure {
        name: NAME,
        samples: after,
        unit: "ms",
        reference: Some(("on a new host", before)),
        bound: Bound::AtMost(1.2),
    }
}

/// Milliseconds of each of so many tasks, one after the other.
async fn samples(app: &App, model: &Busy, from: usize, amount: usize) -> Vec<f64> {
    let mut samples = Vec::with_capacity(amount);
    for number in from..from + amount {
        let started = Instant::now();
        complete(app, model, number).await;
        samples.push(started.elapsed().as_secs_f64() * 1e3);
    }
    samples
}

/// A completed task with all that it leaves in the database: one agent that took one turn with one call.
async fn insert_finished(unit: &mut Unit, number: usize) {
    let now = SystemClock.now();
    let state = TaskState::Completed { report: "It is done.".to_owned() };
    let task = Task {
        id: TaskId::new(),
        coworkspace_slug: format!("space-{}", number % 4).parse().expect("a slug"),
        outcome: "Look around".to_owned(),
        state: TaskState::Pending,
        permission_mode: PermissionMode::ActAutonomously,
        auto_approve_plan: true,
        priority: 0,
        created_at: now,
        updated_at: now,
    };
    unit.insert_task(&task).await.expect("a task");
    let plan = json!({"summary": "Look", "phases": [{"name": "Look", "subtasks": ["Look around"]}]});
    let plan: Plan = serde_json::from_value(plan).expect("a plan");
    unit.set_plan(task.id, &plan, 1).await.expect("a plan");
    unit.put_phases(task.id, &plan, now).await.expect("phases");
    let phase = unit.phases(task.id).await.expect("phases").remove(0).id;
    unit.set_phase(phase, PhaseStatus::Completed, 1.0).await.expect("a phase");
    let agent = Agent::new("Look", AgentRole::Worker, Some(phase));
    let prompt = AgentPrompt { system_prompt: "Work. ".repeat(100), brief: "Look around. ".repeat(20) };
    unit.insert_agent(task.id, &agent, &prompt).await.expect("an agent");
    insert_turn(unit, &task, &agent).await;
    unit.end_agent(agent.id, AgentStatus::Completed, Some("Seen."), None, now).await.expect("an end");
    unit.set_task_state(task.id, &state, now).await.expect("a state");
    unit.insert_event(task.id, &EventKind::StateChanged { state }, now).await.expect("an event");
}

async fn insert_turn(unit: &mut Unit, task: &Task, agent: &Agent) {
    let (now, request) = (task.created_at, RequestId::new());
    unit.begin_request(request, task.id, Some(agent.id), "agent Look", now).await.expect("a request");
    let turn = unit.next_turn(task.id).await.expect("a number");
    let call = Call {
        id: CallId::new(),
        task_id: task.id,
        agent_id: agent.id,
        turn,
        position: 0,
        model_call_id: "call_0".to_owned(),
        tool: "file_list".to_owned(),
        arguments: r#"{"path": "files"}"#.to_owned(),
        status: CallStatus::Intended,
        result: None,
        usage: None,
        created_at: now,
        finished_at: None,
    };
    let answer = Answer { text: "Let me see.".to_owned(), ..Answer::default() };
    let news = Vec::new();
    let turn = Turn { turn, answer, calls: vec![call], doubt: None, is_saved: false, notice: None, news };
    unit.insert_turn(task.id, agent.id, &turn, now).await.expect("a turn");
    let (turn, call) = (turn.turn, &turn.calls[0]);
    let answered =
        Answered { turn: Some(turn), model: "m", usage: Usage::default(), cost: None, unaccounted: 0 };
    unit.answer_request(request, &answered, now).await.expect("an answer");
    let content = "files/a.txt, 1300 bytes\n".repeat(10);
    let result =
        ToolResult { call_id: "call_0".to_owned(), name: call.tool.clone(), content, is_error: false };
    unit.finish_call(call.id, CallStatus::Completed, &result, None, now).await.expect("a result");
    let saved = Checkpoint {
        task_id: task.id,
        turn,
        agent_states: Vec::new(),
        plan_progress: Default::default(),
        saved_at: now,
    };
    unit.insert_checkpoint(&saved, None).await.expect("a checkpoint");
    for _ in 0..3 {
        unit.insert_event(task.id, &EventKind::CheckpointSaved { turn }, now).await.expect("an event");
    }
}
