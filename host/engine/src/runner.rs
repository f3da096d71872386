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
    loop {
        let course = Course::read(core, id).await?;
        match course.next_phase()? {
            Some(phase) => work_on_phase(core, &task, &course, phase).await?,
            None => {
                if let Some(report) = synthesize_results(core, &task, &course).await? {
                    core.change_state(id, |state| state.complete(report)).await?;
                    return Ok(());
                }
            }
        }
    }
}

/// The plan of a task and how far it is. A person may edit what has not begun: whatever begins looks, in its own unit,
/// whether this version is still in force.
pub(crate) struct Course {
    pub(crate) version: Option<u32>,
    pub(crate) plan: Plan,
    phases: Vec<PhaseProgress>,
}

impl Course {
    async fn read(core: &Core, id: TaskId) -> Result<Self> {
        // The version first: an edit that comes in between makes it an old one, which is noticed.
        let version = core.store.plan_in_force(id).await?;
        let plan = core.store.plan(id).await?.ok_or(Error::NoPlan)?;
        Ok(Self { version, plan, phases: core.store.phases(id).await? })
    }

    /// The first phase that is not done, in the order of the plan. None: all are.
    fn next_phase(&self) -> Result<Option<&PhaseProgress>> {
        let order = self.plan.order();
        let order =
            order.map_err(|cycle| Error::Unusable(format!("the phases wait for each other: {cycle:?}")))?;
        let mut phases = order.into_iter().filter_map(|index| self.phases.get(index));
        Ok(phases.find(|phase| phase.status != PhaseStatus::Completed))
    }
}

async fn work_on_phase(core: &Arc<Core>, task: &Task, course: &Course, phase: &PhaseProgress) -> Result<()> {
    // None: the plan was edited in this instant.
    let Some(agents) = fan_out(core, task, course, phase).await? else { return Ok(()) };
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
