//! Works on a task from where it stands to its end: phases in the order of the plan, then the synthesis.

use crate::agent_loop::AgentLoop;
use crate::core::Core;
use crate::sub_agents::{fan_out, synthesize_results};
use crate::{Error, Result};
use cowork_domain::agent::AgentStatus;
use cowork_domain::progress::{PhaseProgress, PhaseStatus};
use cowork_domain::{Plan, Task, TaskId};
use std::sync::Arc;

pub(crate) async fn work(core: &Arc<Core>, id: TaskId) -> Result<()> {
    let task = core.task(id).await?;
    let plan = core.store.plan(id).await?.ok_or(Error::NoPlan)?;
    let order = plan
        .order()
        .map_err(|cycle| Error::Unusable(format!("the phases wait for each other: {cycle:?}")))?;
    let phases = core.store.phases(id).await?;
    for phase in order.into_iter().filter_map(|index| phases.get(index)) {
        if phase.status != PhaseStatus::Completed {
            work_on_phase(core, &task, &plan, phase).await?;
        }
    }
    let report = synthesize_results(core, &task, &plan).await?;
    core.change_state(id, |state| state.complete(report)).await?;
    Ok(())
}

async fn work_on_phase(core: &Arc<Core>, task: &Task, plan: &Plan, phase: &PhaseProgress) -> Result<()> {
    for agent in fan_out(core, task, plan, phase).await? {
        if agent.status != AgentStatus::Completed {
            AgentLoop::open(core, task, agent).await?.execute_until_done().await?;
        }
    }
    let mut unit = core.store.begin().await?;
    unit.set_phase(phase.id, PhaseStatus::Completed, 1.0).await?;
    core.commit(unit, task.id).await
}
