//! What everything in the engine works with.

use crate::Secrets;
use crate::agent_loop::tokens_of_tools;
use crate::at_work::{AtWork, Work};
use crate::bell::Bell;
use crate::grants::Grants;
use crate::metrics::Metrics;
use crate::stopwatch::Stopwatch;
use crate::{Error, LoopLimits, Result};
use cowork_coworkspaces::{CoworkspaceManager, reached_again};
use cowork_domain::budget::TaskBudget;
use cowork_domain::event::EventKind;
use cowork_domain::message::ToolDefinition;
use cowork_domain::{Clock, Slug, Task, TaskId, TaskState};
use cowork_models::{Model, Prices};
use cowork_sandbox::{Registry, Sandbox, Tool};
use cowork_store::{Store, Unit};
use futures::FutureExt as _;
use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// What an engine is made of.
pub struct Parts {
    /// The database.
    pub store: Store,
    /// The folders.
    pub coworkspaces: CoworkspaceManager,
    /// Where tools run.
    pub sandbox: Arc<Sandbox>,
    /// The tools.
    pub tools: Registry,
    /// The model.
    pub model: Arc<dyn Model>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The limits.
    pub settings: Settings,
    /// Digests of the components that the distribution grants what they ask for.
    pub bundled: BTreeSet<String>,
    /// What the host adds to requests.
    pub secrets: Secrets,
}

const DAY: Duration = Duration::from_secs(86_400);

/// Limits of the engine.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Agents of a task that work at once; more wait.
    pub agents_at_once: usize,
    /// Agents that agents of a task may make, in all.
    pub max_spawned_agents: usize,
    /// How many agents may be above an agent.
    pub max_agent_depth: u32,
    /// How often a part is tried again by another agent, when a sub-agent failed at it.
    pub sub_agent_retries: u32,
    /// Turns that one agent may take, unless a task's budget says otherwise.
    pub max_turns_per_agent: u32,
    /// What a task may use of which nobody said anything else.
    pub budget: TaskBudget,
    /// When it is said that an agent repeats itself.
    pub loops: LoopLimits,
    /// What models cost.
    pub prices: Prices,
    /// After how many ends of a host in a row a call is suspected that was at work each time. 0: never.
    pub suspect_after: u32,
    /// Tokens of one answer.
    pub max_output_tokens: u32,
    /// Tokens that the model takes in one request, with its answer.
    pub context_window: u32,
    /// How much of that a request may take before older turns are summed up, in percent.
    pub context_percent: u32,
    /// Characters of one tool result that a model reads; a longer one is kept in a file, which it may read in parts.
    pub max_result_chars: usize,
    /// How much of such files is kept in one coworkspace once their tasks are over, in bytes.
    pub results_bytes: u64,
    /// How long a question waits for an answer before it counts as denied.
    pub approval_expiry: Duration,
    /// How long it is remembered what became of a schedule's firings.
    pub fire_age: Duration,
    /// How long what a call replaced is kept once its task is over.
    pub undo_age: Duration,
    /// How much of that is kept in one coworkspace, in bytes.
    pub undo_bytes: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            agents_at_once: 4,
            max_spawned_agents: 32,
            max_agent_depth: 2,
            sub_agent_retries: 2,
            max_turns_per_agent: 60,
            budget: TaskBudget::default(),
            loops: LoopLimits::default(),
            prices: Prices::default(),
            suspect_after: 3,
            max_output_tokens: 16_384,
            context_window: 128_000,
            context_percent: 80,
            max_result_chars: 200_000,
            results_bytes: 1 << 30,
            approval_expiry: 30 * DAY,
            fire_age: 400 * DAY,
            undo_age: 30 * DAY,
            undo_bytes: 10 << 30,
        }
    }
}

impl Settings {
    /// Tokens that a request may have: its share of the window, and always room for the answer.
    pub(crate) fn context_budget(&self) -> u64 {
        let window = u64::from(self.context_window);
        let share = window * u64::from(self.context_percent.min(100)) / 100;
        let beside_answer = window.saturating_sub(u64::from(self.max_output_tokens)).max(window / 2);
        share.min(beside_answer)
    }
}

/// How often it is tried to write down that a task stopped.
const SAVES: u32 = 5;
const BETWEEN_SAVES: Duration = Duration::from_secs(2);

pub(crate) struct Core {
    pub(crate) store: Store,
    pub(crate) coworkspaces: CoworkspaceManager,
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) tools: Registry,
    pub(crate) grants: Grants,
    /// Held while a grant is changed.
    pub(crate) granting: tokio::sync::Mutex<()>,
    bundled: BTreeSet<String>,
    pub(crate) secrets: Secrets,
    pub(crate) offered: Arc<[ToolDefinition]>,
    /// What these take in every request.
    pub(crate) offered_tokens: u64,
    pub(crate) model: Arc<dyn Model>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) settings: Settings,
    pub(crate) bell: Bell,
    pub(crate) metrics: Metrics,
    pub(crate) stop: CancellationToken,
    pub(crate) at_work: AtWork,
    /// Plans that are being revised, while the tasks go on.
    pub(crate) revising: AtWork,
    /// Rung when a schedule changes, or a task that one may wait for ends.
    pub(crate) schedules: Notify,
    pub(crate) stopwatch: Stopwatch,
    writing: Mutex<HashMap<Slug, Arc<tokio::sync::Mutex<()>>>>,
}

impl Core {
    pub(crate) async fn open(parts: Parts) -> Result<Self> {
        let is_offered = |tool: &&Tool| !tool.plugin().is_internal();
        let offered: Arc<[ToolDefinition]> =
            parts.tools.tools().filter(is_offered).map(|tool| tool.definition().clone()).collect();
        let grants = Grants::open(&parts.store, &parts.tools, &parts.bundled, parts.clock.now()).await?;
        Ok(Self {
            grants,
            bundled: parts.bundled,
            secrets: parts.secrets,
            granting: tokio::sync::Mutex::default(),
            store: parts.store,
            coworkspaces: parts.coworkspaces,
            sandbox: parts.sandbox,
            tools: parts.tools,
            offered_tokens: tokens_of_tools(&offered),
            offered,
            model: parts.model,
            clock: parts.clock,
            settings: parts.settings,
            bell: Bell::default(),
            metrics: Metrics::new(),
            stop: CancellationToken::new(),
            at_work: AtWork::default(),
            revising: AtWork::default(),
            schedules: Notify::new(),
            stopwatch: Stopwatch::default(),
            writing: Mutex::default(),
        })
    }

    /// The tool that tries powers: only one of the distribution may, since it is run under the powers of others.
    pub(crate) fn probe(&self) -> Option<&Tool> {
        let is_ours = |tool: &&Tool| {
            let plugin = tool.plugin();
            plugin.is_internal() && self.bundled.contains(plugin.digest.to_hex().as_str())
        };
        self.tools.tools().find(is_ours)
    }

    /// Makes a unit final and tells those who watch the task.
    pub(crate) async fn commit(&self, unit: Unit, task: TaskId) -> Result<()> {
        reached_again("uncommitted");
        unit.commit().await?;
        reached_again("committed");
        self.bell.ring(task);
        Ok(())
    }

    pub(crate) async fn task(&self, id: TaskId) -> Result<Task> {
        self.store.task(id).await?.ok_or(Error::NoTask(id))
    }

    /// Moves a task to another state, and gives the task as it is then.
    pub(crate) async fn change_state<F>(&self, id: TaskId, change: F) -> Result<Task>
    where
        F: FnOnce(TaskState) -> Result<TaskState, cowork_domain::task::InvalidTransition>,
    {
        let mut unit = self.store.begin().await?;
        let task = self.change_state_in(&mut unit, id, change).await?;
        self.commit(unit, id).await?;
        Ok(task)
    }

    /// The same inside a unit that does more.
    pub(crate) async fn change_state_in<F>(&self, unit: &mut Unit, id: TaskId, change: F) -> Result<Task>
    where
        F: FnOnce(TaskState) -> Result<TaskState, cowork_domain::task::InvalidTransition>,
    {
        let mut task = unit.task(id).await?.ok_or(Error::NoTask(id))?;
        let before = task.state.clone();
        task.state = change(task.state)?;
        if task.state != before {
            task.updated_at = self.clock.now();
            unit.set_task_state(id, &task.state, task.updated_at).await?;
            let event = EventKind::StateChanged { state: task.state.clone() };
            unit.insert_event(id, &event, task.updated_at).await?;
        }
        Ok(task)
    }

    /// Calls that change files in one coworkspace go one after the other.
    pub(crate) fn writing(&self, slug: &Slug) -> Arc<tokio::sync::Mutex<()>> {
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(writing.entry(slug.clone()).or_default())
    }

    /// Works on a task in the background. An error stops the task with a reason that a person understands; the end
    /// of the host just stops the work, and the next start goes on with it.
    pub(crate) fn spawn<F>(self: &Arc<Self>, id: TaskId, work: impl Fn() -> F + Send + Sync + 'static)
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        self.spawn_as(self.at_work.begin(id), id, work);
    }

    /// The same for work that is announced already.
    pub(crate) fn spawn_as<F>(
        self: &Arc<Self>,
        announced: Work,
        id: TaskId,
        work: impl Fn() -> F + Send + Sync + 'static,
    ) where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let core = Arc::clone(self);
        tokio::spawn(async move {
            core.see_through(announced, id, work).await;
            core.schedules.notify_one();
        });
    }

    async fn see_through<F>(&self, announced: Work, id: TaskId, work: impl Fn() -> F)
    where
        F: Future<Output = Result<()>>,
    {
        loop {
            let once = AssertUnwindSafe(work()).catch_unwind();
            let result = tokio::select! {
                biased;
                () = self.stop.cancelled() => return,
                result = once => result.unwrap_or(Err(Error::Panicked(None))),
            };
            self.save_work(id).await;
            match result {
                Ok(()) if announced.leave() => return,
                Ok(()) => {}
                Err(Error::Stopped) => return,
                // Somebody else moved the task on in the meantime.
                Err(Error::Transition(error)) => {
                    tracing::info!(task.id = %id, %error, "the work is not needed any more");
                    return;
                }
                Err(error) => return self.stop_task(id, &error).await,
            }
        }
    }

    /// Saves the time at work that no checkpoint has saved.
    async fn save_work(&self, id: TaskId) {
        let work = self.stopwatch.take(id, self.clock.now());
        if work.is_zero() {
            return;
        }
        let saved = async {
            let mut unit = self.store.begin().await?;
            unit.add_work(id, work, None).await?;
            unit.commit().await
        };
        if let Err(error) = saved.await {
            tracing::warn!(task.id = %id, error = &error as &dyn std::error::Error, "time at work is not counted");
        }
    }

    async fn stop_task(&self, id: TaskId, error: &Error) {
        tracing::warn!(task.id = %id, error = error as &dyn std::error::Error, "the task stopped");
        for attempt in 1..=SAVES {
            let stop = |state: TaskState| match error {
                Error::OverBudget(_) => state.run_out(error.explain()),
                _ => state.fail(error.explain()),
            };
            let error = match self.change_state(id, stop).await {
                // A person has stopped it in the meantime.
                Ok(_) | Err(Error::Transition(_)) => return,
                Err(error) => error,
            };
            tracing::error!(task.id = %id, attempt, error = &error as &dyn std::error::Error, "the task's state is not saved");
            tokio::time::sleep(BETWEEN_SAVES).await;
        }
    }
}
