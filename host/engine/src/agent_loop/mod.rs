//! One agent at work, in the seven steps of a turn: build the prompt, ask the model, gate its calls, run them, feed
//! the results back, see whether it is done, save a checkpoint.
//!
//! The order of every step is: persist what is about to be done, do it, record what came of it.

mod calls;
mod checkpoint;
mod compact;
mod context;
mod decide;
mod doubt;
mod finish;
mod history;
mod hold;
mod outcome;
mod part;
mod repeats;
mod shorten;
mod speak;
mod standing;
mod taint;
mod transcript;

pub(crate) use checkpoint::progress_of;
pub(crate) use finish::{carry_out, prepare, save_result};
pub(crate) use hold::{changes, stored_changes};
pub use repeats::LoopLimits;

use crate::core::Core;
use crate::stopwatch::WorkTime;
use crate::{Error, Result, prompts};
use calls::Settled;
use compact::Room;
use cowork_coworkspaces::{Folder, reached_again};
use cowork_domain::agent::{Agent, AgentStatus};
use cowork_domain::agent_message::AgentMessage;
use cowork_domain::budget::RequestStatus;
use cowork_domain::call::{Call, CallStatus};
use cowork_domain::event::EventKind;
use cowork_domain::message::Answer;
use cowork_domain::{CallId, RequestId, Taint, Task};
use cowork_models::{Label, ModelError, Request};
use cowork_sandbox::TaskContext;
use cowork_store::{Turn, Unit};
use decide::Outlook;
use history::History;
use repeats::{Repeats, Verdict};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// An agent with its context in memory.
pub(crate) struct AgentLoop {
    core: Arc<Core>,
    task: Task,
    agent: Agent,
    folder: Arc<Folder>,
    task_context: Arc<TaskContext>,
    system: Arc<str>,
    history: History,
    /// A turn that a crash interrupted: the model has answered, not every call is final.
    open: Option<Turn>,
    /// Calls that changed nothing: their results are saved with the next that are, at the latest with the checkpoint.
    unsaved: Vec<Call>,
    /// What of strangers it has read first, and whether that is in the database.
    taint: Option<Taint>,
    taint_is_saved: bool,
    /// The request that is on record as the next to leave.
    intent: Option<RequestId>,
    repeats: Repeats,
    /// Runs while it is at work and not waiting for a person.
    time: Option<WorkTime>,
    /// Its time at work that is not in the database yet.
    worked: Duration,
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
        let agent_id = agent.id;
        let log = core.store.last_compactions(agent_id).await?;
        let begun = log.0.as_ref().map_or(0, |summary| summary.up_to_turn);
        let turns = core.store.turns_after(agent_id, begun).await?;
        let history = History::new(&prompt.system_prompt, &core.offered, prompt.brief, log);
        let mut this = Self {
            folder: core.coworkspaces.open(&task.coworkspace_slug)?,
            task_context: Arc::new(checkpoint::task_context(core, task, &agent).await?),
            core: Arc::clone(core),
            task: task.clone(),
            agent,
            system: prompt.system_prompt.into(),
            history,
            open: None,
            unsaved: Vec::new(),
            taint: core.store.taint(agent_id).await?,
            taint_is_saved: true,
            intent: None,
            repeats: Repeats::new(core.settings.loops),
            time: Some(WorkTime::begin(core, task.id)),
            worked: Duration::ZERO,
            stop,
        };
        for turn in turns {
            if turn.is_saved {
                this.repeats.take(&turn);
                this.history.push(turn);
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
        let open = self.open.take();
        let is_new = open.is_none();
        let mut turn = match open {
            Some(turn) => turn,
            None => self.ask_model().await?,
        };
        if self.settle_calls(&mut turn, is_new).await? == Settled::Waiting {
            return Ok(TurnResult::Waiting);
        }
        let outlook = match &turn.doubt {
            Some(_) => Outlook::Doubted,
            None => decide::outlook(&turn.answer),
        };
        let verdict = self.repeats.take(&turn);
        turn.notice = self.notice(&verdict, outlook);
        let outlook = self.save_checkpoint(&turn, outlook, &verdict).await?;
        if let (Verdict::Stop { what, times }, true) = (verdict, outlook.goes_on()) {
            return Err(Error::Repeats { agent: self.agent.name.clone(), what, times });
        }
        if outlook == Outlook::Doubted && self.core.store.was_doubted(self.agent.id, turn.turn).await? {
            // It was told in vain: the next request does not leave.
            if let Some(intent) = self.intent.take() {
                self.core.end_request(self.task.id, intent, RequestStatus::Unsent).await?;
            }
            return Err(self.not_delivered(&turn.answer.text).await?);
        }
        let words = turn.answer.text.clone();
        self.history.push(turn);
        match outlook {
            Outlook::Continue | Outlook::Empty | Outlook::Cut | Outlook::Doubted => Ok(TurnResult::Continue),
            Outlook::Done => Ok(TurnResult::Done),
            Outlook::Refused => Err(Error::Unusable(format!("the model refused to go on: {words}"))),
        }
    }

    async fn begin(&mut self) -> Result<()> {
        let before = std::mem::replace(&mut self.agent.status, AgentStatus::Running);
        if before == AgentStatus::Running && self.open.is_some() {
            return Ok(());
        }
        let now = self.core.clock.now();
        let mut unit = self.core.store.begin().await?;
        if before != AgentStatus::Running {
            unit.set_agent_running(self.agent.id, now).await?;
        }
        if before == AgentStatus::Idle {
            let event = EventKind::AgentStarted { agent: self.agent.name.clone() };
            unit.insert_event(self.task.id, &event, now).await?;
        }
        if self.open.is_none() {
            unit.lose_requests(self.task.id, self.agent.id, now).await?;
            self.intent = Some(self.intend(&mut unit).await?);
        }
        self.core.commit(unit, self.task.id).await
    }

    /// Writes down that the next request is about to leave: in the unit before it, so that it needs none of its own.
    async fn intend(&self, unit: &mut Unit) -> Result<RequestId> {
        let (task, agent) = (self.task.id, Some(self.agent.id));
        self.core.begin_request(unit, task, agent, &self.label().to_string()).await
    }

    async fn intend_alone(&self) -> Result<RequestId> {
        let mut unit = self.core.store.begin().await?;
        let intent = self.intend(&mut unit).await?;
        unit.commit().await?;
        Ok(intent)
    }

    async fn ask_model(&mut self) -> Result<Turn> {
        let intent = match self.intent.take() {
            Some(intent) => intent,
            // The one before it got no answer.
            None => self.intend_alone().await?,
        };
        if let Err(error) = self.prepare().await {
            self.core.end_request(self.task.id, intent, RequestStatus::Unsent).await?;
            return Err(error);
        }
        let news = self.core.store.unread_messages(self.agent.id).await?;
        let (answer, request) = match self.ask(intent, &news).await {
            Err(Error::Model(ModelError::ContextOverflow { .. })) => {
                self.make_room(Room::Much).await?;
                let intent = self.intend_alone().await?;
                (self.ask(intent, &news).await?, intent)
            }
            answer => (answer?, intent),
        };
        reached_again("answered");
        self.record(answer, request, news).await
    }

    /// Looks whether another request may be made, and makes room for it.
    async fn prepare(&mut self) -> Result<()> {
        self.core.check_budget(self.task.id, Some(self.agent.id)).await?;
        self.make_room(Room::Enough).await
    }

    async fn ask(&self, intent: RequestId, news: &[AgentMessage]) -> Result<Answer> {
        self.core.send(self.task.id, intent, self.request(news), &self.stop).await
    }

    /// What the agent is told after a turn that repeats others.
    fn notice(&self, verdict: &Verdict, outlook: Outlook) -> Option<String> {
        match verdict {
            _ if !outlook.goes_on() => None,
            Verdict::Fine => None,
            Verdict::Tell(what) => Some(prompts::repeated(what, self.core.settings.loops.told_at)),
            Verdict::Stop { .. } => Some(prompts::STOPPED.to_owned()),
        }
    }

    /// Time at work since this was last asked: of the task, and of the agent.
    fn take_time(&mut self) -> (Duration, Duration) {
        self.worked += self.time.as_mut().map(WorkTime::lap).unwrap_or_default();
        let now = self.core.clock.now();
        (self.core.stopwatch.take(self.task.id, now), std::mem::take(&mut self.worked))
    }

    /// Nobody is at work while a person is waited for.
    fn stop_time(&mut self) {
        self.worked += self.time.take().map(|mut time| time.lap()).unwrap_or_default();
    }

    fn go_on_with_time(&mut self) {
        self.time.get_or_insert_with(|| WorkTime::begin(&self.core, self.task.id));
    }

    fn label(&self) -> Label {
        Label::from_system(&self.system).unwrap_or(Label::Agent(self.agent.name.clone()))
    }

    fn request(&self, news: &[AgentMessage]) -> Request {
        let mut messages = self.history.messages();
        if let Some(news) = context::news(news) {
            messages.extend([news]);
        }
        Request {
            label: self.label(),
            system: Arc::clone(&self.system),
            messages,
            tools: Arc::clone(&self.core.offered),
            schema: None,
            max_output_tokens: self.core.settings.max_output_tokens,
        }
    }

    /// Writes the answer and the intent of each of its calls to the log, and what was read for it.
    async fn record(&self, answer: Answer, request: RequestId, news: Vec<AgentMessage>) -> Result<Turn> {
        let doubt = self.doubt(&answer).await?;
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
        let turn = Turn { turn: number, answer, calls, doubt, is_saved: false, notice: None, news };
        unit.insert_turn(self.task.id, self.agent.id, &turn, now).await?;
        unit.set_read(&turn.news, number).await?;
        self.core.settle(&mut unit, request, Some(number), &turn.answer).await?;
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
            model: turn.answer.model.clone(),
            usd: self.core.settings.prices.cost(&turn.answer.model, turn.answer.usage),
        }
    }
}
