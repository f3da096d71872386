//! One agent at work, in the seven steps of a turn: build the prompt, ask the model, gate its calls, run them, feed
//! the results back, see whether it is done, save a checkpoint.
//!
//! The order of every step is: persist what is about to be done, do it, record what came of it.

mod calls;
mod checkpoint;
mod context;
mod decide;
mod finish;
mod hold;
mod outcome;
mod part;
mod standing;

pub(crate) use finish::{carry_out, prepare};
pub(crate) use hold::{changes, stored_changes};

use crate::core::Core;
use crate::{Error, Result};
use calls::Settled;
use cowork_coworkspaces::{Folder, reached_again};
use cowork_domain::agent::{Agent, AgentStatus};
use cowork_domain::call::{Call, CallStatus};
use cowork_domain::event::EventKind;
use cowork_domain::message::{Answer, Message};
use cowork_domain::{CallId, Task};
use cowork_models::{Label, Request};
use cowork_sandbox::TaskContext;
use cowork_store::Turn;
use decide::Outlook;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// An agent with its context in memory.
pub(crate) struct AgentLoop {
    core: Arc<Core>,
    task: Task,
    agent: Agent,
    folder: Arc<Folder>,
    task_context: Arc<TaskContext>,
    system: Arc<str>,
    messages: Vec<Message>,
    /// A turn that a crash interrupted: the model has answered, not every call is final.
    open: Option<Turn>,
    /// Calls that changed nothing: their results are saved with the next that are, at the latest with the checkpoint.
    unsaved: Vec<Call>,
    /// Since it was taken up: a person who starts a task again that reached its limit grants it as many again.
    turns: u32,
    /// A person stops the task.
    stop: CancellationToken,
}

/// How a turn ended.
pub(crate) enum TurnResult {
    /// There is more to do.
    Continue,
    /// The agent's last words are said.
    Done,
    /// The turn goes on with an answer that is not there yet. All that it needs is in the database.
    Waiting,
}

impl AgentLoop {
    /// Takes an agent up where the log leaves it.
    pub(crate) async fn open(
        core: &Arc<Core>,
        task: &Task,
        agent: Agent,
        stop: CancellationToken,
    ) -> Result<Self> {
        let prompt = core.store.agent_prompt(agent.id).await?;
        let turns = core.store.turns(agent.id).await?;
        let mut this = Self {
            folder: core.coworkspaces.open(&task.coworkspace_slug)?,
            task_context: Arc::new(checkpoint::task_context(core, task, &agent).await?),
            core: Arc::clone(core),
            task: task.clone(),
            agent,
            system: prompt.system_prompt.into(),
            messages: vec![Message::User { text: prompt.brief }],
            open: None,
            unsaved: Vec::new(),
            turns: 0,
            stop,
        };
        for turn in turns {
            if turn.is_saved {
                this.messages.extend(context::messages_of(turn));
            } else {
                this.open = Some(turn);
            }
        }
        this.begin().await?;
        Ok(this)
    }

    /// Takes turns until the agent has said its last words, or waits for an answer.
    pub(crate) async fn execute_until_done(&mut self) -> Result<()> {
        loop {
            match self.execute_turn().await? {
                TurnResult::Continue => {}
                TurnResult::Done | TurnResult::Waiting => return Ok(()),
            }
        }
    }

    /// Takes one turn, or finishes the one that was interrupted.
    pub(crate) async fn execute_turn(&mut self) -> Result<TurnResult> {
        let mut turn = match self.open.take() {
            Some(turn) => turn,
            None => self.ask_model().await?,
        };
        if self.settle_calls(&mut turn).await? == Settled::Waiting {
            return Ok(TurnResult::Waiting);
        }
        let outlook = decide::outlook(&turn.answer);
        self.save_checkpoint(&turn, outlook).await?;
        let words = turn.answer.text.clone();
        self.messages.extend(context::messages_of(turn));
        match outlook {
            Outlook::Continue | Outlook::Empty | Outlook::Cut => Ok(TurnResult::Continue),
            Outlook::Done => Ok(TurnResult::Done),
            Outlook::Refused => Err(Error::Unusable(format!("the model refused to go on: {words}"))),
        }
    }

    async fn begin(&mut self) -> Result<()> {
        let before = std::mem::replace(&mut self.agent.status, AgentStatus::Running);
        if before == AgentStatus::Running {
            return Ok(());
        }
        let now = self.core.clock.now();
        let mut unit = self.core.store.begin().await?;
        unit.set_agent_running(self.agent.id, now).await?;
        if before == AgentStatus::Idle {
            let event = EventKind::AgentStarted { agent: self.agent.name.clone() };
            unit.insert_event(self.task.id, &event, now).await?;
        }
        self.core.commit(unit, self.task.id).await
    }

    async fn ask_model(&mut self) -> Result<Turn> {
        let limit = self.core.settings.max_turns_per_agent;
        if self.turns >= limit {
            return Err(Error::TooManyTurns { agent: self.agent.name.clone(), limit });
        }
        let answer = self.stop.run_until_cancelled(self.core.model.answer(self.request())).await;
        let answer = answer.ok_or(Error::Stopped)??;
        reached_again("answered");
        self.turns += 1;
        self.record(answer).await
    }

    fn request(&self) -> Request {
        Request {
            label: Label::from_system(&self.system).unwrap_or(Label::Agent(self.agent.name.clone())),
            system: Arc::clone(&self.system),
            messages: self.messages.clone().into(),
            tools: Arc::clone(&self.core.offered),
            schema: None,
            max_output_tokens: self.core.settings.max_output_tokens,
        }
    }

    /// Writes the answer and the intent of each of its calls to the log.
    async fn record(&self, answer: Answer) -> Result<Turn> {
        let now = self.core.clock.now();
        let mut unit = self.core.store.begin().await?;
        let number = unit.next_turn(self.task.id).await?;
        let call = |(position, call): (u32, &cowork_domain::message::ToolCall)| Call {
            id: CallId::new(),
            task_id: self.task.id,
            agent_id: self.agent.id,
            turn: number,
            position,
            model_call_id: call.id.clone(),
            tool: call.name.clone(),
            arguments: call.arguments.clone(),
            status: CallStatus::Intended,
            result: None,
            usage: None,
            created_at: now,
            finished_at: None,
        };
        let calls = (0..).zip(&answer.tool_calls).map(call).collect();
        let turn = Turn { turn: number, answer, calls, is_saved: false };
        unit.insert_turn(self.task.id, self.agent.id, &turn, now).await?;
        unit.add_usage(self.task.id, turn.answer.usage).await?;
        unit.insert_event(self.task.id, &self.answered(&turn), now).await?;
        self.core.commit(unit, self.task.id).await?;
        Ok(turn)
    }

    fn answered(&self, turn: &Turn) -> EventKind {
        EventKind::ModelAnswered {
            agent: self.agent.name.clone(),
            turn: turn.turn,
            text: turn.answer.text.clone(),
            tools: turn.calls.iter().map(|call| call.tool.clone()).collect(),
            usage: turn.answer.usage,
        }
    }
}
