//! The rows that tasks wrote, written once more into a database of their own: by the same statements, in units of the
//! same size, by the same writer. What is missing is the engine: prompts, model, guests, files, and whatever it reads.

use cowork_domain::agent::{Agent, AgentRole, AgentStatus};
use cowork_domain::budget::ModelRequest;
use cowork_domain::call::{Call, SubtaskStatus};
use cowork_domain::checkpoint::Checkpoint;
use cowork_domain::event::EventKind;
use cowork_domain::plan_version::{PlanAuthor, PlanStatus};
use cowork_domain::progress::PhaseStatus;
use cowork_domain::{CallId, Durability, Plan, Task, TaskId, Timestamp};
use cowork_store::{AgentPrompt, Answered, NewPlanVersion, Store, StoredChanges, Turn, Unit};
use futures::future::join_all;
use futures::stream::{self, StreamExt as _};
use std::collections::HashMap;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// What a task wrote.
pub(crate) struct Record {
    task: Task,
    plan: Plan,
    events: Vec<EventKind>,
    requests: Vec<ModelRequest>,
    checkpoints: HashMap<u32, Checkpoint>,
    changes: HashMap<CallId, StoredChanges>,
    agents: Vec<(Agent, AgentPrompt, Vec<Turn>)>,
}

impl Record {
    pub(crate) async fn read(store: &Store, id: TaskId) -> Self {
        let (mut agents, mut changes) = (Vec::new(), HashMap::new());
        for agent in store.agents(id).await.expect("agents") {
            let turns = store.turns_after(agent.id, 0).await.expect("turns");
            for call in turns.iter().flat_map(|turn| &turn.calls) {
                if let Some(stored) = store.change_set(call.id).await.expect("changes") {
                    changes.insert(call.id, stored);
                }
            }
            let prompt = store.agent_prompt(agent.id).await.expect("a prompt");
            agents.push((agent, prompt, turns));
        }
        let mut events = Vec::new();
        loop {
            let more = store.events(id, events.len() as i64, 500).await.expect("events");
            if more.is_empty() {
                break;
            }
            events.extend(more.into_iter().map(|event| event.kind));
        }
        let checkpoints = store.checkpoints(id).await.expect("checkpoints");
        Self {
            task: store.task(id).await.expect("a task").expect("it is there"),
            plan: store.plan(id).await.expect("a plan").expect("it is there"),
            events,
            requests: store.model_requests(id).await.expect("requests"),
            checkpoints: checkpoints.into_iter().map(|saved| (saved.turn, saved)).collect(),
            changes,
            agents,
        }
    }

    pub(crate) fn turns(&self) -> usize {
        self.agents.iter().map(|(.., turns)| turns.len()).sum()
    }

    /// The calls as the model named them, each with the seconds that its guest took.
    pub(crate) fn calls(&self) -> impl Iterator<Item = (&str, f64)> {
        let calls = self.agents.iter().flat_map(|(.., turns)| turns).flat_map(|turn| &turn.calls);
        calls.map(|call| {
            let micros = call.usage.map_or(0, |usage| usage.wall_micros);
            (call.model_call_id.as_str(), micros as f64 / 1e6)
        })
    }

    fn events_of(&self, is_of: impl Fn(&EventKind) -> bool) -> Vec<&EventKind> {
        self.events.iter().filter(|event| is_of(event)).collect()
    }
}

/// A database with nothing in it but coworkspaces.
pub(crate) struct Rows {
    store: Store,
    _dir: TempDir,
}

impl Rows {
    pub(crate) async fn new(like: &Store) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let store = Store::open(&dir.path().join("cowork.db"), Durability::default()).await;
        let store = store.expect("a database");
        let mut unit = store.begin().await.expect("a unit");
        for coworkspace in like.coworkspaces().await.expect("coworkspaces") {
            unit.insert_coworkspace(&coworkspace).await.expect("a coworkspace");
        }
        unit.commit().await.expect("a commit");
        Self { store, _dir: dir }
    }

    /// Writes what these tasks wrote, so many at once, each by as many writers as it had agents. Gives the seconds that it
    /// took, and those of each turn.
    pub(crate) async fn write(&self, records: Vec<Record>, at_once: usize) -> (f64, Vec<f64>) {
        let started = Instant::now();
        let written = stream::iter(records).map(|record| {
            let store = self.store.clone();
            async move { tokio::spawn(write(store, record)).await.expect("it is written") }
        });
        let times: Vec<Vec<f64>> = written.buffer_unordered(at_once).collect().await;
        (started.elapsed().as_secs_f64(), times.concat())
    }
}

async fn write(store: Store, record: Record) -> Vec<f64> {
    begin(&store, &record).await;
    let workers = record.agents.iter().filter(|(agent, ..)| agent.role == AgentRole::Worker);
    let times =
        join_all(workers.map(|(agent, prompt, turns)| work(&store, &record, agent, prompt, turns))).await;
    let mut times = times.concat();
    for (agent, prompt, turns) in
        record.agents.iter().filter(|(agent, ..)| agent.role == AgentRole::Synthesis)
    {
        times.extend(work(&store, &record, agent, prompt, turns).await);
    }
    let mut unit = store.begin().await.expect("a unit");
    let (id, now) = (record.task.id, record.task.updated_at);
    unit.set_task_state(id, &record.task.state, now).await.expect("a state");
    unit.commit().await.expect("a commit");
    times
}

/// The task, its plan and what tells of them, in as many units as the engine makes of it.
async fn begin(store: &Store, record: &Record) {
    let (task, now) = (&record.task, record.task.created_at);
    let mut unit = store.begin().await.expect("a unit");
    unit.insert_task(task).await.expect("a task");
    unit.commit().await.expect("a commit");
    let mut unit = store.begin().await.expect("a unit");
    for request in record.requests.iter().filter(|request| request.agent_id.is_none()) {
        unit.begin_request(request.id, task.id, None, &request.purpose, now).await.expect("a request");
        answer(&mut unit, request).await;
    }
    unit.commit().await.expect("a commit");
    let mut unit = store.begin().await.expect("a unit");
    let plan = Some(&record.plan);
    let new = NewPlanVersion { author: PlanAuthor::Planner, status: PlanStatus::Accepted, words: None, plan };
    let version = unit.insert_plan_version(task.id, new, now).await.expect("a version");
    unit.set_plan(task.id, &record.plan, version).await.expect("a plan");
    unit.put_phases(task.id, &record.plan, now).await.expect("phases");
    let of_plan =
        |event: &EventKind| matches!(event, EventKind::StateChanged { .. } | EventKind::PlanChanged { .. });
    for event in record.events_of(of_plan) {
        unit.insert_event(task.id, event, now).await.expect("an event");
    }
    unit.commit().await.expect("a commit");
}

async fn work(
    store: &Store,
    record: &Record,
    agent: &Agent,
    prompt: &AgentPrompt,
    turns: &[Turn],
) -> Vec<f64> {
    let (task, now) = (record.task.id, record.task.updated_at);
    let mut unit = store.begin().await.expect("a unit");
    let phases = unit.phases(task).await.expect("phases");
    let phase = phases.first().filter(|_| agent.phase_id.is_some());
    let subtask = phase.and_then(|phase| phase.subtasks.iter().find(|subtask| subtask.title == agent.name));
    let agent = Agent {
        phase_id: phase.map(|phase| phase.id),
        subtask_id: subtask.map(|subtask| subtask.id),
        ..agent.clone()
    };
    unit.insert_agent(task, &Agent { status: AgentStatus::Idle, ..agent.clone() }, prompt)
        .await
        .expect("an agent");
    if let Some(phase) = phase {
        unit.set_phase(phase.id, PhaseStatus::Running, 0.0).await.expect("a phase");
    }
    unit.commit().await.expect("a commit");
    let mut unit = store.begin().await.expect("a unit");
    unit.set_agent_running(agent.id, now).await.expect("an agent");
    let requests: HashMap<u32, &ModelRequest> =
        record.requests.iter().filter_map(|request| Some((request.turn?, request))).collect();
    let request = requests[&turns[0].turn];
    unit.begin_request(request.id, task, Some(agent.id), &request.purpose, now).await.expect("a request");
    unit.commit().await.expect("a commit");
    let mut times = Vec::new();
    for (i, turn) in turns.iter().enumerate() {
        let started = Instant::now();
        let next = turns.get(i + 1).map(|next| requests[&next.turn]);
        write_turn(store, record, &agent, turn, requests[&turn.turn], next, now).await;
        times.push(started.elapsed().as_secs_f64());
    }
    times
}

/// The answer; what a call changed; the checkpoint.
async fn write_turn(
    store: &Store,
    record: &Record,
    agent: &Agent,
    turn: &Turn,
    request: &ModelRequest,
    next: Option<&ModelRequest>,
    now: Timestamp,
) {
    let task = record.task.id;
    let mut unit = store.begin().await.expect("a unit");
    let number = unit.next_turn(task).await.expect("a number");
    let again = Turn {
        turn: number,
        calls: turn.calls.iter().map(|call| Call { turn: number, ..call.clone() }).collect(),
        ..turn.clone()
    };
    unit.insert_turn(task, agent.id, &again, now).await.expect("a turn");
    answer(&mut unit, &ModelRequest { turn: Some(number), ..request.clone() }).await;
    for event in record
        .events_of(|event| matches!(event, EventKind::ModelAnswered { turn: of, .. } if *of == turn.turn))
    {
        unit.insert_event(task, event, now).await.expect("an event");
    }
    unit.commit().await.expect("a commit");
    let (changing, reading): (Vec<&Call>, Vec<&Call>) =
        turn.calls.iter().partition(|call| record.changes.contains_key(&call.id));
    for call in changing {
        let mut unit = store.begin().await.expect("a unit");
        finish(&mut unit, record, call).await;
        unit.put_change_set(&record.changes[&call.id], now).await.expect("a change set");
        unit.commit().await.expect("a commit");
    }
    let mut unit = store.begin().await.expect("a unit");
    for call in reading {
        finish(&mut unit, record, call).await;
    }
    if next.is_none() {
        let words = Some(turn.answer.text.as_str());
        unit.end_agent(agent.id, AgentStatus::Completed, words, None, now).await.expect("an end");
        if let Some(subtask) = agent.subtask_id {
            unit.set_subtask(subtask, SubtaskStatus::Completed, None).await.expect("a subtask");
        }
        let of_end = |event: &EventKind| match event {
            EventKind::AgentEnded { agent: name, .. } => *name == agent.name,
            EventKind::SubtaskChanged { title, .. } => *title == agent.name,
            _ => false,
        };
        for event in record.events_of(of_end) {
            unit.insert_event(task, event, now).await.expect("an event");
        }
    }
    let saved = Checkpoint { turn: number, ..record.checkpoints[&turn.turn].clone() };
    unit.insert_checkpoint(&saved, turn.notice.as_deref()).await.expect("a checkpoint");
    let work = Duration::from_millis(5);
    unit.add_work(task, work, Some((agent.id, work))).await.expect("time");
    if let Some(next) = next {
        unit.begin_request(next.id, task, Some(agent.id), &next.purpose, now).await.expect("a request");
    }
    unit.insert_event(task, &EventKind::CheckpointSaved { turn: number }, now).await.expect("an event");
    unit.commit().await.expect("a commit");
}

async fn finish(unit: &mut Unit, record: &Record, call: &Call) {
    let (Some(result), Some(at)) = (&call.result, call.finished_at) else { return };
    unit.finish_call(call.id, call.status, result, call.usage.as_ref(), at).await.expect("a result");
    let is_of =
        |event: &EventKind| matches!(event, EventKind::CallFinished { call_id, .. } if *call_id == call.id);
    for event in record.events_of(is_of) {
        unit.insert_event(record.task.id, event, at).await.expect("an event");
    }
}

async fn answer(unit: &mut Unit, request: &ModelRequest) {
    let ModelRequest { turn, usage, usd, unaccounted, .. } = *request;
    let model = request.model.as_deref().unwrap_or_default();
    let answered = Answered { turn, model, usage, cost: usd, unaccounted };
    unit.answer_request(request.id, &answered, request.sent_at).await.expect("an answer");
}
