//! A task as the database has it: what is done, who works on what, who waits.

use crate::core::Core;
use crate::{Error, Result};
use cowork_domain::agent::{Agent, AgentRole, AgentStatus};
use cowork_domain::plan::Phase;
use cowork_domain::progress::{PhaseProgress, PhaseStatus};
use cowork_domain::{AgentId, Plan, TaskId};
use std::collections::BTreeSet;

/// All that decides what can go on.
pub(crate) struct Picture {
    /// A person may edit what has not begun: whatever begins looks, in its own unit, whether this is still in force.
    pub(crate) version: Option<u32>,
    pub(crate) plan: Plan,
    pub(crate) agents: Vec<Agent>,
    phases: Vec<PhaseProgress>,
    waiting: BTreeSet<AgentId>,
}

impl Picture {
    pub(crate) async fn read(core: &Core, id: TaskId) -> Result<Self> {
        // First: an edit that comes in between makes it an old one, which is noticed.
        let version = core.store.plan_in_force(id).await?;
        Ok(Self {
            version,
            plan: core.store.plan(id).await?.ok_or(Error::NoPlan)?,
            phases: core.store.phases(id).await?,
            agents: core.store.agents(id).await?,
            waiting: core.store.waiting_agents(id).await?,
        })
    }

    /// The phases that are not done and wait for no other, as they stand and as the plan has them.
    pub(crate) fn ready_phases(&self) -> impl Iterator<Item = (&PhaseProgress, &Phase)> {
        let is_ready = |(index, (phase, _)): &(usize, (&PhaseProgress, &Phase))| {
            phase.status != PhaseStatus::Completed
                && self.plan.dependencies(*index).iter().all(|name| self.is_completed(name))
        };
        self.phases.iter().zip(&self.plan.phases).enumerate().filter(is_ready).map(|(_, phase)| phase)
    }

    /// Whether all that was to be done in a phase is done.
    pub(crate) fn is_done(&self, phase: &PhaseProgress) -> bool {
        let mut agents = self.agents.iter().filter(|agent| agent.phase_id == Some(phase.id)).peekable();
        let has_begun = agents.peek().is_some();
        let last_of = |subtask| self.agents.iter().rfind(|agent| agent.subtask_id == Some(subtask));
        let is_claimed = |subtask| last_of(subtask).is_some_and(|agent| agent.status != AgentStatus::Failed);
        let all_claimed = !phase.parallel
            || phase.subtasks.iter().all(|subtask| subtask.is_over() || is_claimed(subtask.id));
        agents.all(|agent| agent.status.is_over()) && all_claimed && (has_begun || phase.parallel)
    }

    /// Why nothing came of a phase: each of its agents failed.
    pub(crate) fn failure_of(&self, phase: &PhaseProgress) -> Option<Error> {
        let agents: Vec<&Agent> =
            self.agents.iter().filter(|agent| agent.phase_id == Some(phase.id)).collect();
        let why = agents.last()?.failure.clone().unwrap_or_default();
        let all_failed = agents.iter().all(|agent| agent.status == AgentStatus::Failed);
        all_failed.then(|| Error::PhaseFailed { phase: phase.name.clone(), why })
    }

    /// Whether nothing is left but the report.
    pub(crate) fn is_all_done(&self) -> bool {
        self.phases.iter().all(|phase| phase.status == PhaseStatus::Completed)
    }

    /// Whether an agent is not done and waits for nothing.
    pub(crate) fn can_go_on(&self, agent: &Agent) -> bool {
        let is_early = agent.role == AgentRole::Synthesis && !self.is_all_done();
        !agent.status.is_over() && !self.waiting.contains(&agent.id) && !is_early
    }

    fn is_completed(&self, name: &str) -> bool {
        self.phases.iter().any(|phase| phase.name == name && phase.status == PhaseStatus::Completed)
    }
}
