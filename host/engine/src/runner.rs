//! Works on a task from where it stands to its end: phases in the order of the plan, then the synthesis.

use crate::agent_loop::AgentLoop;
use crate::core::Core;
use crate::sub_agents::{fan_out, synthesize_results};
use crate::{Error, Result};
use cowork_domain::agent::AgentStatus;
use cowork_domain::progress::{PhaseProgress, PhaseStatus};
use cowork_domain::{Plan, Task, TaskId, TaskState};
use futures::{StreamExt as _, stream};
use std::sync::Arc;

pub(crate) async fn work(core: &Arc<Core>, id: TaskId) -> Result<()> {
    let task = core.task(id).await?;
    if !matches!(task.state, TaskState::Running | TaskState::Waiting) {
        return Err(Error::Stopped);
    }
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
    let agents = fan_out(core, task, plan, phase).await?;
    let unfinished = agents.into_iter().filter(|agent| agent.status != AgentStatus::Completed);
    let at_work = unfinished.map(|agent| async move {
        AgentLoop::open(core, task, agent).await?.execute_until_done().await.map(drop)
    });
    // One that fails does not take the others' work with it: they end, and only then the phase has failed.
    let at_once = core.settings.agents_at_once.max(1);
    let ended: Vec<Result<()>> = stream::iter(at_work).buffer_unordered(at_once).collect().await;
    ended.into_iter().collect::<Result<()>>()?;
    let mut unit = core.store.begin().await?;
    unit.set_phase(phase.id, PhaseStatus::Completed, 1.0).await?;
    core.commit(unit, task.id).await
}
