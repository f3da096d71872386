//! The plan of a task and its versions: made by the model, edited by people, revised in their words.
//!
//! One function puts a plan in force, whoever wrote it. What has begun stays as it is: a phase begins in a unit that
//! looks whether the plan is still the one that was read, and another plan comes into force in a unit that looks which
//! phases have begun.

mod edit;
mod planner;
mod preflight;
mod revise;

pub(crate) use planner::generate_plan;
pub(crate) use revise::{resume_revisions, stop_revision};

use crate::core::Core;
use crate::{Error, Result};
use cowork_domain::event::EventKind;
use cowork_domain::plan_version::{PlanAuthor, PlanStatus};
use cowork_domain::progress::PhaseStatus;
use cowork_domain::task::InvalidTransition;
use cowork_domain::{Plan, Task, TaskId, TaskState};
use cowork_store::{NewPlanVersion, Unit};
use std::collections::BTreeSet;

/// Puts a plan in force that the model or a person has just written, with the task's next state.
async fn set_plan<F>(core: &Core, id: TaskId, plan: &Plan, author: PlanAuthor, next: F) -> Result<Task>
where
    F: FnOnce(TaskState) -> Result<TaskState, InvalidTransition>,
{
    plan.validate()?;
    let mut unit = core.store.begin().await?;
    let task = core.change_state_in(&mut unit, id, next).await?;
    let new = NewPlanVersion { author, status: PlanStatus::Accepted, words: None, plan: Some(plan) };
    let version = unit.insert_plan_version(id, new, core.clock.now()).await?;
    put_in_force(core, &mut unit, &task, plan, version).await?;
    core.commit(unit, id).await?;
    Ok(task)
}

/// The task goes by this plan from now on, if nothing that has begun is changed by it. Proposals to change the plan that
/// was in force before are of no use any more.
async fn put_in_force(core: &Core, unit: &mut Unit, task: &Task, plan: &Plan, version: u32) -> Result<()> {
    let now = core.clock.now();
    check_begun(unit, task.id, plan).await?;
    unit.drop_proposals(task.id, "the plan that it changes is in force no longer", now).await?;
    unit.set_plan(task.id, plan, version).await?;
    unit.put_phases(task.id, plan, now).await?;
    // It may have phases that wait for nothing.
    unit.set_parked(task.id, false).await?;
    unit.insert_event(task.id, &EventKind::PlanChanged { plan: plan.clone() }, now).await?;
    // Before the commit: whoever sees the state finds the file, and a crash in between leaves one that is written again.
    show(core, task, plan)
}

async fn check_begun(unit: &mut Unit, id: TaskId, plan: &Plan) -> Result<()> {
    if unit.has_synthesis(id).await? {
        return Err(Error::NothingRemains);
    }
    let Some(old) = unit.plan(id).await? else { return Ok(()) };
    let phases = unit.phases(id).await?;
    let begun = phases.iter().filter(|phase| phase.status != PhaseStatus::Pending);
    let begun: BTreeSet<&str> = begun.map(|phase| phase.name.as_str()).collect();
    Ok(plan.keeps_begun(&old, &begun)?)
}

/// The phases that have begun, by name.
async fn begun(core: &Core, id: TaskId) -> Result<BTreeSet<String>> {
    let phases = core.store.phases(id).await?.into_iter();
    Ok(phases.filter(|phase| phase.status != PhaseStatus::Pending).map(|phase| phase.name).collect())
}

/// Writes `.plan.json`, for reading: the authority is the database.
pub(crate) fn show(core: &Core, task: &Task, plan: &Plan) -> Result<()> {
    let json = serde_json::to_vec_pretty(plan)
        .map_err(|source| cowork_store::Error::Json { column: "cowork_tasks.plan_json", source })?;
    Ok(core.coworkspaces.open(&task.coworkspace_slug)?.write_host_file(".plan.json", &json)?)
}
