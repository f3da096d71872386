//! The end of a turn, and what calls change in the plan.

use super::AgentLoop;
use super::decide::Outlook;
use super::repeats::Verdict;
use crate::Result;
use crate::core::Core;
use crate::ends::{End, end_agent};
use cowork_domain::agent::{Agent, AgentRole};
use cowork_domain::call::{Call, HostEffect, SubtaskStatus};
use cowork_domain::deliverable::Deliverable;
use cowork_domain::event::EventKind;
use cowork_domain::progress::{PhaseProgress, PhaseStatus, SubtaskProgress};
use cowork_domain::{DeliverableId, SubtaskId, Task};
use cowork_sandbox::TaskContext;
use cowork_store::{Turn, Unit};

/// The subtasks that a call may name: those of the agent's own phase first, so that its titles win.
pub(super) async fn task_context(core: &Core, task: &Task, agent: &Agent) -> Result<TaskContext> {
    let mut phases = core.store.phases(task.id).await?;
    phases.sort_by_key(|phase| Some(phase.id) != agent.phase_id);
    let subtasks = phases.into_iter().flat_map(|phase| phase.subtasks);
    let subtasks = subtasks.map(|subtask| (subtask.id, subtask.title)).collect();
    Ok(TaskContext { subtasks, others: None })
}

impl AgentLoop {
    /// Saves the turn's checkpoint; with an agent's last words, in the same transaction, its end. They are not its last
    /// while it has not read what others told it. Where the agent goes on, the intent of its next request is in it too.
    pub(super) async fn save_checkpoint(
        &mut self,
        turn: &Turn,
        outlook: Outlook,
        verdict: &Verdict,
    ) -> Result<Outlook> {
        let now = self.core.clock.now();
        let is_done = outlook == Outlook::Done;
        let found = if is_done { self.troubles(&turn.answer.text).await? } else { Vec::new() };
        let mut unit = self.core.store.begin().await?;
        self.save_results(&mut unit).await?;
        let outlook = if is_done && unit.next_message(self.agent.id, None).await?.is_some() {
            Outlook::Continue
        } else {
            outlook
        };
        if outlook == Outlook::Done {
            self.complete_agent(&mut unit, turn).await?;
            self.warn(&mut unit, found).await?;
        }
        let checkpoint = unit.checkpoint(self.task.id, turn.turn, now).await?;
        unit.insert_checkpoint(&checkpoint, turn.notice.as_deref()).await?;
        let (work, of_agent) = self.take_time();
        unit.add_work(self.task.id, work, Some((self.agent.id, of_agent))).await?;
        if outlook.goes_on() && !matches!(verdict, Verdict::Stop { .. }) {
            self.intent = Some(self.intend(&mut unit).await?);
        }
        if let Some(text) = turn.notice.clone() {
            let event = EventKind::AgentTold { agent: self.agent.name.clone(), text };
            unit.insert_event(self.task.id, &event, now).await?;
        }
        unit.insert_event(self.task.id, &EventKind::CheckpointSaved { turn: turn.turn }, now).await?;
        self.core.commit(unit, self.task.id).await?;
        Ok(outlook)
    }

    /// What a call did through the host's interfaces happens now, once.
    pub(super) async fn apply(&self, unit: &mut Unit, call: &Call, effect: HostEffect) -> Result<()> {
        match effect {
            HostEffect::UpdateSubtask { subtask_id, status, note } => {
                self.set_subtask(unit, call.turn, subtask_id, status, note).await
            }
            HostEffect::Deliver { path, title, description } => {
                let created_at = self.core.clock.now();
                let event = EventKind::Delivered {
                    path: path.to_string(),
                    title: title.clone(),
                    description: description.clone(),
                    call_id: Some(call.id),
                    turn: Some(call.turn),
                };
                let deliverable = Deliverable {
                    id: DeliverableId::new(),
                    call_id: call.id,
                    path,
                    title,
                    description,
                    made_by: Vec::new(),
                    content_hash: None,
                    created_at,
                };
                unit.upsert_deliverable(self.task.id, &deliverable).await?;
                Ok(unit.insert_event(self.task.id, &event, created_at).await?)
            }
            HostEffect::Spawn { agent } => self.spawn(unit, agent).await,
            HostEffect::Send { to, kind, content } => self.send(unit, call.id, to, kind, content).await,
            // What a call waits for is said when all that it does is done.
            HostEffect::AskPerson { .. } | HostEffect::Receive { .. } => Ok(()),
        }
    }

    /// An agent that is done has done its subtasks, but for those that it gave up itself.
    async fn complete_agent(&self, unit: &mut Unit, turn: &Turn) -> Result<()> {
        let end = End::Completed(&turn.answer.text);
        if !end_agent(&self.core, unit, self.task.id, &self.agent, &end).await? {
            return Ok(());
        }
        if self.agent.role == AgentRole::Synthesis {
            return Ok(());
        }
        let phases = unit.phases(self.task.id).await?;
        for subtask in phases.iter().filter(|p| Some(p.id) == self.agent.phase_id).flat_map(|p| &p.subtasks) {
            let mine = self.agent.subtask_id.is_none_or(|id| id == subtask.id);
            if mine && !subtask.is_over() {
                self.set_subtask(unit, turn.turn, subtask.id, SubtaskStatus::Completed, None).await?;
            }
        }
        Ok(())
    }

    async fn set_subtask(
        &self,
        unit: &mut Unit,
        turn: u32,
        id: SubtaskId,
        status: SubtaskStatus,
        note: Option<String>,
    ) -> Result<()> {
        unit.set_subtask(id, status, note.as_deref()).await?;
        let phases = unit.phases(self.task.id).await?;
        let Some((phase, subtask)) = find(&phases, id) else { return Ok(()) };
        if phase.status != PhaseStatus::Completed {
            unit.set_phase(phase.id, phase.status, progress_of(phase)).await?;
        }
        let (title, turn) = (subtask.title.clone(), Some(turn));
        let event = EventKind::SubtaskChanged { subtask_id: id, title, status, note, turn };
        Ok(unit.insert_event(self.task.id, &event, self.core.clock.now()).await?)
    }
}

fn find(phases: &[PhaseProgress], id: SubtaskId) -> Option<(&PhaseProgress, &SubtaskProgress)> {
    phases.iter().find_map(|phase| Some((phase, phase.subtasks.iter().find(|subtask| subtask.id == id)?)))
}

pub(crate) fn progress_of(phase: &PhaseProgress) -> f64 {
    let done = phase.subtasks.iter().filter(|subtask| subtask.is_over()).count();
    if phase.subtasks.is_empty() { 0.0 } else { done as f64 / phase.subtasks.len() as f64 }
}
