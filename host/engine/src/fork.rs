//! A task that goes on from a turn of another one, with a copy of the log up to there. Neither knows of the other
//! afterwards. What was allowed for the other task is asked about anew.

use crate::blocking::blocking;
use crate::plans::show;
use crate::recovery::complete;
use crate::rewind::put_back;
use crate::{Error, Orchestrator, Result};
use cowork_coworkspaces::copy;
use cowork_domain::checkpoint::AgentSnapshot;
use cowork_domain::coworkspace::Coworkspace;
use cowork_domain::deliverable::Deliverable;
use cowork_domain::event::EventKind;
use cowork_domain::fork::{Forked, ForkedFiles};
use cowork_domain::plan_version::{PlanAuthor, PlanStatus};
use cowork_domain::progress::PhaseProgress;
use cowork_domain::rewind::Past;
use cowork_domain::task::Stage;
use cowork_domain::{Plan, Slug, Task, TaskId, TaskState};
use cowork_store::{NewIds, NewPlanVersion, Unit};

/// How a person wants a task forked.
#[derive(Debug, Clone)]
pub struct NewFork {
    /// The last turn that both tasks have.
    pub turn: u32,
    /// A coworkspace to be made for it. None: the same one.
    pub coworkspace_slug: Option<Slug>,
    /// Another outcome. None: the same one.
    pub outcome: Option<String>,
}

impl Orchestrator {
    /// Makes a task that goes on from the end of a turn of this one, or with turn 0 from its plan. It is paused.
    pub async fn fork_task(&self, id: TaskId, new: NewFork) -> Result<Forked> {
        let core = &self.core;
        let from = core.task(id).await?;
        let past = core.store.past(id, new.turn).await?.ok_or(Error::NoTurn(new.turn))?;
        let outcome = new.outcome.as_deref().unwrap_or(&from.outcome);
        let outcome = crate::orchestrator::check_outcome(outcome)?;
        let (place, files) = match new.coworkspace_slug {
            Some(slug) if slug != from.coworkspace_slug => (Some(slug), ForkedFiles::CopiedAsTheyAre),
            _ => (None, ForkedFiles::Shared),
        };
        let copied = match &place {
            Some(slug) => Some(self.copy_coworkspace(&from.coworkspace_slug, slug).await?),
            None => None,
        };
        let now = core.clock.now();
        let task = Task {
            id: TaskId::new(),
            coworkspace_slug: place.unwrap_or_else(|| from.coworkspace_slug.clone()),
            outcome,
            state: TaskState::Paused { during: Stage::Running },
            created_at: now,
            updated_at: now,
            ..from.clone()
        };
        let mut unit = core.store.begin().await?;
        if let Some(coworkspace) = &copied {
            unit.insert_coworkspace(coworkspace).await?;
        }
        let plan = unit.plan(id).await?.ok_or(Error::NoPlan)?;
        insert_fork(&mut unit, &from, &task, &plan, &past).await?;
        show(core, &task, &plan)?;
        core.commit(unit, task.id).await?;
        Ok(Forked { task, forked_from: id, forked_turn: new.turn, files })
    }

    /// The folder of a new coworkspace, with a copy of another one's files; its row comes with the task's.
    async fn copy_coworkspace(&self, from: &Slug, to: &Slug) -> Result<Coworkspace> {
        let core = &self.core;
        if core.store.coworkspace(to).await?.is_some() {
            return Err(Error::CoworkspaceExists(to.to_string()));
        }
        let old = self.coworkspace(from).await?;
        let source = core.coworkspaces.open(from)?;
        // Nobody commits meanwhile: the copy is of one state.
        let writing = core.writing(from);
        let _commit = writing.lock().await;
        complete(core, &source).await?;
        let target = core.coworkspaces.create_coworkspace(to, old.instructions.as_deref())?;
        blocking(move || copy(&source, &target)).await??;
        Ok(Coworkspace {
            root_path: core.coworkspaces.root_of(to).to_string_lossy().into_owned(),
            slug: to.clone(),
            name: to.to_string(),
            created_at: core.clock.now(),
            ..old
        })
    }
}

async fn insert_fork(unit: &mut Unit, from: &Task, task: &Task, plan: &Plan, past: &Past) -> Result<()> {
    let (id, now) = (task.id, task.created_at);
    unit.insert_task(task).await?;
    unit.set_task_state(id, &task.state, now).await?;
    let (author, status) = (PlanAuthor::Fork, PlanStatus::Accepted);
    let new = NewPlanVersion { author, status, words: None, plan: Some(plan) };
    let version = unit.insert_plan_version(id, new, now).await?;
    unit.set_plan(id, plan, version).await?;
    unit.put_phases(id, plan, now).await?;
    let mut ids = new_ids(&unit.phases(from.id).await?, &unit.phases(id).await?);
    unit.copy_log(from.id, id, past, &note(from, task), &mut ids).await?;
    unit.set_forked(id, from.id, past.turn).await?;
    let past = of_the_new(past, &ids);
    put_back(unit, id, &past, now).await?;
    tell(unit, task, from.id, plan, &past).await
}

/// Phases and subtasks of the same names.
fn new_ids(old: &[PhaseProgress], new: &[PhaseProgress]) -> NewIds {
    let mut ids = NewIds::default();
    for (old, new) in old.iter().zip(new) {
        ids.phases.insert(old.id, new.id);
        ids.subtasks.extend(old.subtasks.iter().zip(&new.subtasks).map(|(old, new)| (old.id, new.id)));
    }
    ids
}

/// What the agents are told beside what they were told there.
fn note(from: &Task, task: &Task) -> String {
    let files = "This work goes on from an earlier point of another task. Files may have changed since: look again before \
                 you rely on what you saw.";
    match from.outcome == task.outcome {
        true => format!("\n\n{files}"),
        false => format!("\n\n{files}\n\nThe person now wants this outcome instead:\n\n{}", task.outcome),
    }
}

fn of_the_new(past: &Past, ids: &NewIds) -> Past {
    let agent = |agent: &AgentSnapshot| {
        Some(AgentSnapshot { agent_id: *ids.agents.get(&agent.agent_id)?, ..agent.clone() })
    };
    let deliverable = |deliverable: &Deliverable| {
        let made_by = deliverable.made_by.iter().filter_map(|call| ids.calls.get(call).copied()).collect();
        let call_id = *ids.calls.get(&deliverable.call_id)?;
        Some(Deliverable { call_id, made_by, ..deliverable.clone() })
    };
    Past {
        turn: past.turn,
        later: Vec::new(),
        agents: past.agents.iter().filter_map(agent).collect(),
        subtasks: past
            .subtasks
            .iter()
            .filter_map(|(id, status, note)| Some((*ids.subtasks.get(id)?, *status, note.clone())))
            .collect(),
        deliverables: past.deliverables.iter().filter_map(deliverable).collect(),
    }
}

/// The events of the new task begin with how it stands. The checkpoint's is the last, so that the task can come back here.
async fn tell(unit: &mut Unit, task: &Task, from: TaskId, plan: &Plan, past: &Past) -> Result<()> {
    let (id, now) = (task.id, task.created_at);
    unit.insert_event(id, &EventKind::Forked { from, turn: past.turn }, now).await?;
    unit.insert_event(id, &EventKind::StateChanged { state: task.state.clone() }, now).await?;
    unit.insert_event(id, &EventKind::PlanChanged { plan: plan.clone() }, now).await?;
    let phases = unit.phases(id).await?;
    let subtasks: Vec<_> = phases.iter().flat_map(|phase| &phase.subtasks).collect();
    for (subtask_id, status, note) in &past.subtasks {
        let Some(subtask) = subtasks.iter().find(|subtask| subtask.id == *subtask_id) else { continue };
        let (title, note) = (subtask.title.clone(), note.clone());
        let event =
            EventKind::SubtaskChanged { subtask_id: *subtask_id, title, status: *status, note, turn: None };
        unit.insert_event(id, &event, now).await?;
    }
    for deliverable in &past.deliverables {
        let event = EventKind::Delivered {
            path: deliverable.path.to_string(),
            title: deliverable.title.clone(),
            description: deliverable.description.clone(),
            call_id: Some(deliverable.call_id),
            turn: None,
        };
        unit.insert_event(id, &event, now).await?;
    }
    Ok(unit.insert_event(id, &EventKind::CheckpointSaved { turn: past.turn }, now).await?)
}
