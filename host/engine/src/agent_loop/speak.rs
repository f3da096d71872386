//! What calls say to other agents and to people, and what they wait for.

use super::AgentLoop;
use super::outcome::Outcome;
use crate::late_results::{deliver, release};
use crate::new_agents::add;
use crate::{Result, prompts};
use cowork_domain::agent::{Agent, AgentRole};
use cowork_domain::agent_message::{AgentMessage, NewAgent};
use cowork_domain::call::{Call, CallStatus, HostEffect, WaitsFor};
use cowork_domain::event::EventKind;
use cowork_domain::{AgentId, CallId, Taint, TaskState};
use cowork_models::Label;
use cowork_sandbox::{Others, Peer, TaskContext, Tool};
use cowork_store::{AgentPrompt, Unit};
use std::sync::Arc;

impl AgentLoop {
    /// What a tool may know of the task. Only one that speaks with other agents is told of them.
    pub(super) async fn context_of(&self, tool: &Tool) -> Result<Arc<TaskContext>> {
        if !tool.plugin().package.may_speak() {
            return Ok(Arc::clone(&self.task_context));
        }
        let agents = self.core.store.agents(self.task.id).await?;
        let no_more = self.no_more(&agents);
        let peers = agents.into_iter().filter(|agent| agent.id != self.agent.id);
        let peers = peers
            .map(|agent| Peer { id: agent.id, is_over: agent.status.is_over(), name: agent.name })
            .collect();
        let others = Some(Others { peers, no_more });
        Ok(Arc::new(TaskContext { others, ..TaskContext::clone(&self.task_context) }))
    }

    /// Why an agent may not make another one.
    fn no_more(&self, agents: &[Agent]) -> Option<String> {
        let settings = &self.core.settings;
        let made = agents.iter().filter(|agent| agent.parent_id.is_some()).count();
        if self.agent.depth >= settings.max_agent_depth {
            return Some("an agent so far down makes no others; do it yourself".to_owned());
        }
        let most = settings.max_spawned_agents;
        (made >= most)
            .then(|| format!("the agents of this task have made {made} others, and may make {most}"))
    }

    /// Why what a call asked of other agents cannot be done any more. Nothing of the call stays then.
    pub(super) async fn refuse(&self, outcome: &Outcome) -> Result<Option<String>> {
        let speaks =
            |effect: &HostEffect| matches!(effect, HostEffect::Spawn { .. } | HostEffect::Send { .. });
        if !outcome.effects.iter().any(speaks) {
            return Ok(None);
        }
        let agents = self.core.store.agents(self.task.id).await?;
        let refusal = outcome.effects.iter().find_map(|effect| match effect {
            HostEffect::Spawn { agent: new } => {
                let same = |agent: &&Agent| agent.name == new.name && !agent.status.is_over();
                let taken = agents.iter().find(same);
                taken
                    .map(|agent| format!("an agent at work has the name {:?}; take another", agent.name))
                    .or_else(|| self.no_more(&agents))
            }
            HostEffect::Send { to, .. } => {
                let over = agents.iter().find(|agent| agent.id == *to && agent.status.is_over())?;
                Some(format!("{} has ended and reads nothing any more", over.name))
            }
            _ => None,
        });
        Ok(refusal)
    }

    pub(super) async fn spawn(&self, unit: &mut Unit, new: NewAgent) -> Result<()> {
        let core = &self.core;
        let prompt = AgentPrompt {
            system_prompt: prompts::agent(core, &self.task, &Label::Agent(new.name.clone()))?,
            brief: prompts::spawned(&self.task, &self.agent.name, &new)?,
        };
        let agent = Agent {
            id: new.id,
            parent_id: Some(self.agent.id),
            depth: self.agent.depth + 1,
            write_set: new.writes,
            ..Agent::new(new.name, AgentRole::Worker, self.agent.phase_id)
        };
        // What it reads in its brief may be the words of strangers.
        let is_tainted = self.taint.is_some() || unit.is_tainted(self.agent.id).await?;
        add(unit, self.task.id, &agent, &prompt, is_tainted.then_some(Taint::Brief)).await
    }

    pub(super) async fn send(
        &self,
        unit: &mut Unit,
        call: CallId,
        to: AgentId,
        kind: String,
        content: String,
    ) -> Result<()> {
        // What this very call has brought is in this unit, and not yet in the database.
        let is_tainted = self.taint.is_some() || unit.is_tainted(self.agent.id).await?;
        let receiver = unit.agents(self.task.id).await?.into_iter().find(|agent| agent.id == to);
        let event = EventKind::MessageSent {
            from: self.agent.name.clone(),
            to: receiver.map(|agent| agent.name).unwrap_or_default(),
            kind: kind.clone(),
        };
        let message = self.message(to, &kind, content, is_tainted);
        unit.insert_message(self.task.id, &message, Some(call)).await?;
        unit.insert_event(self.task.id, &event, message.sent_at).await?;
        deliver(&self.core, unit, self.task.id, to).await
    }

    /// Says what a call waits for that has done what it does. What is there already is its result at once.
    pub(super) async fn begin_to_wait(
        &self,
        unit: &mut Unit,
        call: &mut Call,
        waits_for: WaitsFor,
        outcome: &Outcome,
    ) -> Result<()> {
        call.status = CallStatus::Waiting;
        call.result = None;
        call.finished_at = None;
        unit.set_call_waiting(call.id, waits_for, outcome.usage.as_ref()).await?;
        let question = outcome.effects.iter().find_map(|effect| match effect {
            HostEffect::AskPerson { question } => Some(question),
            _ => None,
        });
        let Some(question) = question else {
            deliver(&self.core, unit, self.task.id, self.agent.id).await?;
            return self.release_if_over(unit, waits_for).await;
        };
        let now = self.core.clock.now();
        unit.ask_in_words(self.task.id, call.id, question, now).await?;
        let event = EventKind::ApprovalAsked { call_id: call.id, tool: call.tool.clone() };
        unit.insert_event(self.task.id, &event, now).await?;
        self.core.change_state_in(unit, self.task.id, TaskState::wait).await?;
        Ok(())
    }

    /// Nobody waits for an agent that has ended and has said all that it had to say.
    async fn release_if_over(&self, unit: &mut Unit, waits_for: WaitsFor) -> Result<()> {
        let WaitsFor::Agent(from) = waits_for else { return Ok(()) };
        let agents = unit.agents(self.task.id).await?;
        match agents.iter().find(|agent| agent.id == from && agent.status.is_over()) {
            Some(over) => release(&self.core, unit, self.task.id, from, &over.name).await,
            None => Ok(()),
        }
    }

    fn message(&self, to: AgentId, kind: &str, content: String, is_tainted: bool) -> AgentMessage {
        AgentMessage {
            id: CallId::new().to_string(),
            from_agent: self.agent.id,
            to_agent: to,
            from_name: self.agent.name.clone(),
            kind: kind.to_owned(),
            content,
            is_tainted,
            sent_at: self.core.clock.now(),
            delivered_turn: None,
        }
    }
}
