//! A person has a failed subtask tried again, by an agent of its own that reads what was learned. The agent that failed
//! keeps its log.

use crate::agent_loop::progress_of;
use crate::core::Core;
use crate::new_agents::add;
use crate::{Error, Orchestrator, Result, memory, prompts};
use cowork_domain::agent::{Agent, AgentRole};
use cowork_domain::call::SubtaskStatus;
use cowork_domain::event::EventKind;
use cowork_domain::progress::{PhaseProgress, PhaseStatus, SubtaskProgress};
use cowork_domain::{SubtaskId, Taint, Task, TaskId, TaskState};
use cowork_models::Label;
use cowork_store::{AgentPrompt, Learned, Unit};

impl Orchestrator {
    /// Has a failed subtask tried again, with a word of the person to it. Where the report was written or begun, it is
    /// written anew after it.
    pub async fn retry_subtask(&self, id: TaskId, subtask: SubtaskId, advice: Option<&str>) -> Result<Task> {
        let before = self.core.task(id).await?;
        before.state.clone().retry_subtask()?;
        let goes_on = matches!(before.state, TaskState::Running | TaskState::Waiting);
        let begun = match self.begin_retry(id, subtask, advice, !goes_on).await? {
            Some(task) => Ok(task),
            None => {
                // The report that is being written is of no use any more.
                self.core.at_work.stop(id).await;
                self.begin_retry(id, subtask, advice, true).await.map(|begun| begun.unwrap_or(before))
            }
        };
        if matches!(self.core.task(id).await?.state, TaskState::Running | TaskState::Waiting) {
            self.wake(id);
        }
        begun
    }

    /// None: the report is being written, and `rests` does not say that nobody is at it.
    async fn begin_retry(
        &self,
        id: TaskId,
        subtask: SubtaskId,
        advice: Option<&str>,
        rests: bool,
    ) -> Result<Option<Task>> {
        let (core, now) = (&self.core, self.core.clock.now());
        let mut unit = core.store.begin().await?;
        let task = core.change_state_in(&mut unit, id, TaskState::retry_subtask).await?;
        let phases = unit.phases(id).await?;
        let (phase, failed) = find(&phases, subtask).ok_or(Error::NoSubtask(subtask))?;
        if failed.status != SubtaskStatus::Failed {
            let (title, status) = (failed.title.clone(), failed.status.name());
            return Err(Error::NotFailed { title, status });
        }
        let agents = unit.agents(id).await?;
        let last = worked_on(&agents, phase, failed);
        if let Some(agent) = last.filter(|agent| !agent.status.is_over()) {
            return Err(Error::StillAtWork(agent.name.clone()));
        }
        if !rests && agents.iter().any(is_synthesis) {
            return Ok(None);
        }
        let learned = match last {
            Some(agent) => prompts::learned(agent.failure.as_deref(), &core.store.learned(agent.id).await?),
            None => prompts::learned(None, &Learned::default()),
        };
        let learned = prompts::learned_with(learned, failed.note.as_deref(), advice);
        for report in agents.iter().filter(|agent| is_synthesis(agent)) {
            unit.void_agent(report.id, now).await?;
        }
        let plan = unit.plan(id).await?.ok_or(Error::NoPlan)?;
        let mut agent = Agent::new(&failed.title, AgentRole::Worker, Some(phase.id));
        agent.subtask_id = Some(subtask);
        agent.attempt = last.map_or(1, |last| last.attempt + 1);
        agent.write_set = last.map(|last| last.write_set.clone()).unwrap_or_default();
        let before: Vec<&Agent> = agents.iter().filter(|agent| !is_synthesis(agent)).collect();
        let about = format!("{} {}", agent.name, task.outcome);
        let told = memory::told(core, &task.coworkspace_slug, &about).await?;
        let prompt = AgentPrompt {
            system_prompt: prompts::agent(core, &task, &Label::Agent(failed.title.clone()))?,
            brief: prompts::brief(
                &task,
                &plan,
                &agent,
                &[&agent.name],
                &before,
                &told.memories,
                &prompts::failed(&[learned])?,
            )?,
        };
        add(&mut unit, id, &agent, &prompt, told.tainted.then_some(Taint::Memory)).await?;
        // From now on something of it can go on.
        unit.set_parked(id, false).await?;
        begin_again(core, &mut unit, id, phase, failed).await?;
        // By how the subtasks stand now.
        unit.renew_claims(id).await?;
        core.commit(unit, id).await?;
        Ok(Some(task))
    }
}

/// The subtask waits again, and its phase is not done any more.
async fn begin_again(
    core: &Core,
    unit: &mut Unit,
    id: TaskId,
    phase: &PhaseProgress,
    failed: &SubtaskProgress,
) -> Result<()> {
    let status = SubtaskStatus::Pending;
    let again = SubtaskProgress { status, note: None, ..failed.clone() };
    unit.put_subtask(&again).await?;
    let others = phase.subtasks.iter().filter(|subtask| subtask.id != failed.id).cloned();
    let subtasks = others.chain([again]).collect();
    let progress = progress_of(&PhaseProgress { subtasks, ..phase.clone() });
    unit.set_phase(phase.id, PhaseStatus::Running, progress).await?;
    let (title, subtask_id) = (failed.title.clone(), failed.id);
    let event = EventKind::SubtaskChanged { subtask_id, title, status, note: None, turn: None };
    Ok(unit.insert_event(id, &event, core.clock.now()).await?)
}

fn find(phases: &[PhaseProgress], id: SubtaskId) -> Option<(&PhaseProgress, &SubtaskProgress)> {
    phases.iter().find_map(|phase| Some((phase, phase.subtasks.iter().find(|subtask| subtask.id == id)?)))
}

/// The last agent that had this subtask.
fn worked_on<'a>(agents: &'a [Agent], phase: &PhaseProgress, subtask: &SubtaskProgress) -> Option<&'a Agent> {
    let of_phase = |agent: &&Agent| agent.phase_id == Some(phase.id);
    let had = |agent: &&Agent| agent.subtask_id.is_none_or(|id| id == subtask.id);
    agents.iter().rev().filter(of_phase).find(had)
}

fn is_synthesis(agent: &Agent) -> bool {
    agent.role == AgentRole::Synthesis
}
