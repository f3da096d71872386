//! What tasks may use: looked at before every request to a model, so that what is begun is brought to its end.

use crate::core::Core;
use crate::{Error, Orchestrator, Result};
use cowork_domain::budget::{Budget, ModelRequest, Reached, Spent, TaskBudget};
use cowork_domain::{AgentId, TaskId};
use std::fmt;

/// What is used up, and how a person gives more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedUp {
    whose: &'static str,
    reached: Vec<Reached>,
    hint: String,
}

impl UsedUp {
    fn new(task: TaskId, reached: Vec<Reached>, of_agent: bool) -> Self {
        let more = reached.iter().map(|reached| reached.more()).collect::<Vec<_>>().join(" ");
        let (whose, each) = if of_agent { ("an agent", " --each-agent") } else { ("the task", "") };
        let hint = format!("give it more, for example: cowork task resume {task} {more}{each}");
        Self { whose, reached, hint }
    }

    /// What a person can do.
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

impl fmt::Display for UsedUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reached: Vec<_> = self.reached.iter().map(ToString::to_string).collect();
        let whose = self.whose;
        write!(f, "the budget of {whose} is used up: {}; what is done is kept", reached.join(", "))
    }
}

impl Core {
    /// An error if the task, or the agent, has used what it may use.
    pub(crate) async fn check_budget(&self, task: TaskId, agent: Option<AgentId>) -> Result<()> {
        let (account, of_agent) = match agent {
            Some(agent) => self.store.account_with(task, agent).await?,
            None => (self.store.account(task).await?, Spent::default()),
        };
        let budget = account.budget.or(self.default_budget());
        let spent = account.spent.after(self.stopwatch.unsaved(task, self.clock.now()));
        refuse(task, budget.task.reached(&spent), false)?;
        if agent.is_some() {
            refuse(task, budget.agent.reached(&of_agent), true)?;
        }
        Ok(())
    }

    /// What holds for tasks of which nobody said anything else.
    pub(crate) fn default_budget(&self) -> TaskBudget {
        let turns = Some(self.settings.max_turns_per_agent);
        self.settings
            .budget
            .or(TaskBudget { agent: Budget { turns, ..Budget::default() }, ..TaskBudget::default() })
    }

    /// Money cannot be limited where nobody knows what it costs.
    pub(crate) fn check_prices(&self, budget: &TaskBudget) -> Result<()> {
        let model = self.model.name();
        if budget.task.usd.or(budget.agent.usd).is_none() || self.settings.prices.of(model).is_some() {
            return Ok(());
        }
        let problem = format!("cannot be limited: the price of the model {model:?} is not configured");
        Err(Error::Invalid { field: "usd", problem })
    }
}

fn refuse(task: TaskId, reached: Vec<Reached>, of_agent: bool) -> Result<()> {
    if reached.is_empty() { Ok(()) } else { Err(Error::OverBudget(UsedUp::new(task, reached, of_agent))) }
}

impl Orchestrator {
    /// What a task may use.
    pub async fn budget(&self, id: TaskId) -> Result<TaskBudget> {
        self.core.task(id).await?;
        Ok(self.core.store.account(id).await?.budget.or(self.core.default_budget()))
    }

    /// Sets what a task may use; what is not named there goes by the host's default. It counts from the next request to
    /// a model on, also for a task at work.
    pub async fn set_budget(&self, id: TaskId, budget: &TaskBudget) -> Result<TaskBudget> {
        self.core.task(id).await?;
        self.core.check_prices(budget)?;
        let mut unit = self.core.store.begin().await?;
        unit.set_budget(id, budget).await?;
        self.core.commit(unit, id).await?;
        self.budget(id).await
    }

    /// Adds to what a task may use. What is not limited stays so.
    pub async fn add_budget(&self, id: TaskId, more: &TaskBudget) -> Result<TaskBudget> {
        self.core.task(id).await?;
        let mut unit = self.core.store.begin().await?;
        let budget = unit.account(id).await?.budget.or(self.core.default_budget()).plus(*more);
        unit.set_budget(id, &budget).await?;
        self.core.commit(unit, id).await?;
        Ok(budget)
    }

    /// The requests to models that a task made, with what each cost.
    pub async fn model_requests(&self, id: TaskId) -> Result<Vec<ModelRequest>> {
        self.core.task(id).await?;
        Ok(self.core.store.model_requests(id).await?)
    }

    /// An error while a task that ran out of its budget has no larger one: for the task, or for an agent that is not done.
    pub(crate) async fn check_larger_budget(&self, id: TaskId) -> Result<()> {
        self.core.check_budget(id, None).await?;
        for agent in self.core.store.agents(id).await? {
            if !agent.status.is_over() {
                self.core.check_budget(id, Some(agent.id)).await?;
            }
        }
        Ok(())
    }
}
