//! The life of a task, as people and programs steer it.

use crate::at_work::Work;
use crate::core::{Core, Parts};
use crate::steer::clear;
use crate::{Error, Result, plans, recovery, runner};
use cowork_coworkspaces::Folder;
use cowork_domain::agent::Agent;
use cowork_domain::agent_message::AgentMessage;
use cowork_domain::budget::TaskBudget;
use cowork_domain::call::SubtaskStatus;
use cowork_domain::capability::Powers;
use cowork_domain::coworkspace::Coworkspace;
use cowork_domain::event::{Event, EventKind};
use cowork_domain::progress::{PhaseProgress, TaskProgress};
use cowork_domain::task::Stage;
use cowork_domain::warning::{Warning, WarningCode};
use cowork_domain::{PermissionMode, Slug, Task, TaskId, TaskState};
use cowork_store::Unit;
use std::sync::Arc;
use tokio::sync::watch;

/// The engine. Cheap to clone; all clones are the same engine.
#[derive(Clone)]
pub struct Orchestrator {
    pub(crate) core: Arc<Core>,
}

/// What a person asks for.
#[derive(Debug, Clone)]
pub struct NewTask {
    /// What they want, in their words.
    pub outcome: String,
    /// Where.
    pub coworkspace_slug: Slug,
    /// When they are asked.
    pub permission_mode: PermissionMode,
    /// Start without waiting for a review of the plan.
    pub auto_approve_plan: bool,
    /// Which comes first when a host goes on with several: more before less.
    pub priority: i32,
    /// What tools may do for it at most. None: what they are granted.
    pub limits: Option<Powers>,
    /// What it may use. What is not set goes by the host's default.
    pub budget: TaskBudget,
}

/// The longest outcome, in characters.
const MAX_OUTCOME: usize = 10_000;

impl Orchestrator {
    /// Makes an engine and reads what its plugins were granted. Nothing runs before [`Orchestrator::resume`] or the
    /// first task.
    pub async fn open(parts: Parts) -> Result<Self> {
        Ok(Self { core: Arc::new(Core::open(parts).await?) })
    }

    /// Puts interrupted calls in order and goes on with every task that was at work when the host ended. To be
    /// called once, before anything else.
    pub async fn resume(&self) -> Result<usize> {
        let (broken, suspects) = recovery::recover_calls(&self.core).await?;
        let mut unit = self.core.store.begin().await?;
        unit.lose_all_requests(None, self.core.clock.now()).await?;
        unit.commit().await?;
        for cancelled in self.core.store.cancelled_with_held_calls().await? {
            clear(&self.core, cancelled).await?;
        }
        let mut tasks = self.core.store.unfinished_tasks().await?;
        let amount = tasks.len();
        let reason_of = |task: &Task| {
            suspects.guilty.get(&task.id).or_else(|| broken.get(&task.coworkspace_slug)).cloned()
        };
        let (stopped, going_on) = tasks.drain(..).partition::<Vec<_>, _>(|task| reason_of(task).is_some());
        for task in stopped {
            let reason = reason_of(&task).unwrap_or_default();
            self.core.change_state(task.id, |state| state.fail(reason)).await?;
        }
        self.carry_on_with(going_on, suspects.alone).await;
        plans::resume_revisions(&self.core).await?;
        Ok(amount)
    }

    pub(crate) fn carry_on(&self, task: &Task) {
        match task.state {
            TaskState::Pending | TaskState::Planning => self.spawn_planning(task.id),
            _ => self.spawn_work(task.id),
        }
    }

    /// What calls used since the start and how many tasks are worked on, in OpenMetrics text.
    pub fn metrics(&self) -> String {
        self.core.metrics.text(self.core.at_work.count())
    }

    /// Stops all work in the background at once. The next start goes on with it.
    pub fn shut_down(&self) {
        self.core.stop.cancel();
    }

    /// Makes a coworkspace: the folder first, so that a row always has one.
    pub async fn create_coworkspace(
        &self,
        slug: Slug,
        name: String,
        instructions: Option<String>,
    ) -> Result<Coworkspace> {
        if self.core.store.coworkspace(&slug).await?.is_some() {
            return Err(Error::CoworkspaceExists(slug.to_string()));
        }
        // A folder without a row is what a crash between the two left: it is completed.
        self.core.coworkspaces.create_coworkspace(&slug, instructions.as_deref())?;
        let coworkspace = Coworkspace {
            root_path: self.core.coworkspaces.root_of(&slug).to_string_lossy().into_owned(),
            slug,
            name,
            instructions,
            user_id: "local".to_owned(),
            created_at: self.core.clock.now(),
        };
        let mut unit = self.core.store.begin().await?;
        match unit.insert_coworkspace(&coworkspace).await {
            Err(error) if error.is_duplicate() => {
                return Err(Error::CoworkspaceExists(coworkspace.slug.to_string()));
            }
            other => other?,
        }
        unit.commit().await?;
        Ok(coworkspace)
    }

    /// Limits what tools may do in a coworkspace, whatever they are granted. It counts for calls that begin from now on.
    pub async fn limit_coworkspace(&self, slug: &Slug, limits: &Powers) -> Result<()> {
        self.coworkspace(slug).await?;
        let mut unit = self.core.store.begin().await?;
        unit.set_coworkspace_limits(slug, limits).await?;
        Ok(unit.commit().await?)
    }

    /// What was set so. None: nothing is limited.
    pub async fn coworkspace_limits(&self, slug: &Slug) -> Result<Option<Powers>> {
        self.coworkspace(slug).await?;
        Ok(self.core.store.limits(slug, None).await?.0)
    }

    /// All coworkspaces, by slug.
    pub async fn coworkspaces(&self) -> Result<Vec<Coworkspace>> {
        Ok(self.core.store.coworkspaces().await?)
    }

    /// A coworkspace by its slug.
    pub async fn coworkspace(&self, slug: &Slug) -> Result<Coworkspace> {
        let found = self.core.store.coworkspace(slug).await?;
        found.ok_or_else(|| Error::NoCoworkspace(slug.to_string()))
    }

    /// The folder of a coworkspace.
    pub async fn folder(&self, slug: &Slug) -> Result<Arc<Folder>> {
        self.coworkspace(slug).await?;
        Ok(self.core.coworkspaces.open(slug)?)
    }

    /// Takes a task on and begins to plan it in the background.
    pub async fn create_task(&self, new: NewTask) -> Result<Task> {
        let new = NewTask { outcome: check_outcome(&new.outcome)?, ..new };
        self.coworkspace(&new.coworkspace_slug).await?;
        self.core.check_prices(&new.budget)?;
        let mut unit = self.core.store.begin().await?;
        let task = self.insert_task(&mut unit, new).await?;
        self.core.commit(unit, task.id).await?;
        self.spawn_planning(task.id);
        Ok(task)
    }

    /// Adds a task in a unit that does more. It is to be planned once the unit is final.
    pub(crate) async fn insert_task(&self, unit: &mut Unit, new: NewTask) -> Result<Task> {
        let now = self.core.clock.now();
        let task = Task {
            id: TaskId::new(),
            coworkspace_slug: new.coworkspace_slug,
            outcome: new.outcome,
            state: TaskState::Pending,
            permission_mode: new.permission_mode,
            auto_approve_plan: new.auto_approve_plan,
            priority: new.priority,
            created_at: now,
            updated_at: now,
        };
        unit.insert_task(&task).await?;
        if let Some(limits) = &new.limits {
            unit.set_task_limits(task.id, limits).await?;
        }
        if new.budget != TaskBudget::default() {
            unit.set_budget(task.id, &new.budget).await?;
        }
        unit.insert_event(task.id, &EventKind::StateChanged { state: TaskState::Pending }, now).await?;
        Ok(task)
    }

    /// Asks the model for a plan again, in the background, where planning failed.
    pub async fn generate_plan(&self, id: TaskId) -> Result<Task> {
        let task = self.core.change_state(id, TaskState::plan_again).await?;
        self.spawn_planning(id);
        Ok(task)
    }

    /// Approves the plan and sets the agents to work; or goes on with a task that stopped.
    pub async fn start_task(&self, id: TaskId) -> Result<Task> {
        let current = self.core.task(id).await?;
        if let TaskState::OverBudget { .. } = current.state {
            self.check_larger_budget(id).await?;
        }
        match current.state {
            TaskState::Failed { during: Stage::Planning, .. }
            | TaskState::OverBudget { during: Stage::Planning, .. } => return self.generate_plan(id).await,
            TaskState::Paused { .. } => return self.resume_task(id).await,
            _ => {}
        }
        let mut unit = self.core.store.begin().await?;
        let task = self.core.change_state_in(&mut unit, id, TaskState::start).await?;
        unit.reopen_failed_subtasks(id).await?;
        self.core.commit(unit, id).await?;
        self.spawn_work(id);
        Ok(task)
    }

    /// A task by its id.
    pub async fn task(&self, id: TaskId) -> Result<Task> {
        self.core.task(id).await
    }

    /// The newest tasks, of one coworkspace or of all.
    pub async fn tasks(&self, slug: Option<&Slug>, limit: u32) -> Result<Vec<Task>> {
        Ok(self.core.store.tasks(slug, limit).await?)
    }

    /// How far a task is.
    pub async fn get_task_progress(&self, id: TaskId) -> Result<TaskProgress> {
        let task = self.core.task(id).await?;
        let store = &self.core.store;
        let phases = store.phases(id).await?;
        let account = store.account(id).await?;
        let plan = store.plan(id).await?;
        let preflight = match (&task.state, &plan) {
            (TaskState::PlanReady, Some(plan)) => Some(self.preflight_of(&task, plan).await?),
            _ => None,
        };
        let overlaps = plan.iter().filter(|_| !task.state.is_over()).flat_map(|plan| plan.overlaps());
        let mut warnings: Vec<Warning> =
            overlaps.map(|overlap| Warning::new(WarningCode::WritesOverlap, overlap.to_string())).collect();
        warnings.extend(store.warnings(id).await?);
        Ok(TaskProgress {
            preflight,
            summary: plan.map(|plan| plan.summary).unwrap_or_default(),
            progress: overall(&phases),
            phases,
            turns: account.spent.turns,
            usage: account.usage,
            spent: account.spent.after(self.core.stopwatch.unsaved(id, self.core.clock.now())),
            budget: account.budget.or(self.core.default_budget()),
            open_approvals: u32::try_from(store.open_approvals(id).await?.len()).unwrap_or(u32::MAX),
            deliverables: store.deliverables(id).await?,
            warnings,
            task,
        })
    }

    /// The agents of a task in the order in which they were made, each with when it began and ended.
    pub async fn agents(&self, id: TaskId) -> Result<Vec<Agent>> {
        self.core.task(id).await?;
        Ok(self.core.store.agents(id).await?)
    }

    /// What the agents of a task said to each other, oldest first.
    pub async fn messages(&self, id: TaskId) -> Result<Vec<AgentMessage>> {
        self.core.task(id).await?;
        Ok(self.core.store.messages(id).await?)
    }

    /// The events of a task after `seq`, at most 500.
    pub async fn events(&self, id: TaskId, after: i64) -> Result<Vec<Event>> {
        Ok(self.core.store.events(id, after, 500).await?)
    }

    /// Changes whenever there may be new events of a task.
    pub fn listen(&self, id: TaskId) -> watch::Receiver<()> {
        self.core.bell.listen(id)
    }

    pub(crate) fn spawn_planning(&self, id: TaskId) {
        let this = self.clone();
        self.core.spawn(id, move || {
            let this = this.clone();
            async move {
                if plans::generate_plan(&this.core, id).await?.state == TaskState::Running {
                    this.spawn_work(id);
                }
                Ok(())
            }
        });
    }

    pub(crate) fn spawn_work(&self, id: TaskId) {
        self.work_as(self.core.at_work.begin(id), id);
    }

    /// Goes on with a task of which more can go on than before: by those who work on it, or anew.
    pub(crate) fn wake(&self, id: TaskId) {
        if let Some(work) = self.core.at_work.wake(id) {
            self.work_as(work, id);
        }
    }

    fn work_as(&self, work: Work, id: TaskId) {
        let core = Arc::clone(&self.core);
        self.core.spawn_as(work, id, move || {
            let core = Arc::clone(&core);
            async move { runner::work(&core, id).await }
        });
    }
}

/// What a person wants, if it can be worked on.
pub(crate) fn check_outcome(outcome: &str) -> Result<String> {
    let outcome = outcome.trim();
    let length = outcome.chars().count();
    if length == 0 || length > MAX_OUTCOME {
        let problem = format!("has {length} characters; say in 1 to {MAX_OUTCOME} what you want");
        return Err(Error::Invalid { field: "outcome", problem });
    }
    Ok(outcome.to_owned())
}

/// 0 to 1 over all subtasks: each counts the same.
fn overall(phases: &[PhaseProgress]) -> f64 {
    let subtasks: Vec<_> = phases.iter().flat_map(|phase| &phase.subtasks).collect();
    let over = |status| matches!(status, SubtaskStatus::Completed | SubtaskStatus::Failed);
    let done = subtasks.iter().filter(|subtask| over(subtask.status)).count();
    if subtasks.is_empty() { 0.0 } else { done as f64 / subtasks.len() as f64 }
}
