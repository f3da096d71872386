//! Requests to models, and what a task and its agents have used.

use crate::convert::{count, from_json, named, parse, parse_opt, to_json};
use crate::{Result, Store, Unit};
use cowork_domain::budget::{ModelRequest, RequestStatus, Spent, TaskBudget};
use cowork_domain::message::Usage;
use cowork_domain::{AgentId, Money, RequestId, TaskId, Timestamp};
use sqlx::SqliteConnection;
use std::time::Duration;

/// What a task has used, and what it may use as far as a person set it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// Used so far.
    pub spent: Spent,
    /// Tokens, each kind for itself.
    pub usage: Usage,
    /// Set by a person.
    pub budget: TaskBudget,
}

/// What an answer came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered<'a> {
    /// The turn that it is, if it is one.
    pub turn: Option<u32>,
    /// The model that gave it.
    pub model: &'a str,
    /// Tokens.
    pub usage: Usage,
    /// Its price, where it is known.
    pub cost: Option<Money>,
    /// Attempts before it that may have cost something.
    pub unaccounted: u32,
}

#[derive(sqlx::FromRow)]
struct AccountRow {
    turns: i64,
    input_tokens: i64,
    cached_input_tokens: i64,
    output_tokens: i64,
    cost_nano: i64,
    unpriced_requests: i64,
    unknown_requests: i64,
    work_millis: i64,
    budget_json: Option<String>,
}

#[derive(sqlx::FromRow)]
struct WithAgentRow {
    #[sqlx(flatten)]
    account: AccountRow,
    agent_turns: i64,
    agent_tokens: i64,
    agent_cost_nano: i64,
    agent_work_millis: i64,
}

#[derive(sqlx::FromRow)]
struct RequestRow {
    id: String,
    agent_id: Option<String>,
    purpose: String,
    status: String,
    turn: Option<i64>,
    model: Option<String>,
    input_tokens: i64,
    cached_input_tokens: i64,
    cache_write_tokens: i64,
    output_tokens: i64,
    cost_nano: Option<i64>,
    unaccounted: i64,
    sent_at: Timestamp,
    ended_at: Option<Timestamp>,
}

impl Store {
    /// What a task has used. One row, however many turns it took.
    pub async fn account(&self, task: TaskId) -> Result<Account> {
        account(&mut *self.pool.acquire().await?, task).await
    }

    /// What a task has used, and one of its agents. One question for both, since every request to a model asks it.
    pub async fn account_with(&self, task: TaskId, agent: AgentId) -> Result<(Account, Spent)> {
        let row: WithAgentRow = sqlx::query_as(
            "SELECT t.turns, t.input_tokens, t.cached_input_tokens, t.output_tokens, t.cost_nano, t.unpriced_requests,
                t.unknown_requests, t.work_millis, t.budget_json, a.turns AS agent_turns, a.tokens AS agent_tokens,
                a.cost_nano AS agent_cost_nano, a.work_millis AS agent_work_millis
             FROM cowork_tasks t, sub_agents a WHERE t.id = $1 AND a.id = $2",
        )
        .bind(task.to_string())
        .bind(agent.to_string())
        .fetch_one(&self.pool)
        .await?;
        let of_agent = Spent {
            turns: count("sub_agents.turns", row.agent_turns)?,
            tokens: count("sub_agents.tokens", row.agent_tokens)?,
            usd: Money::from_nano(row.agent_cost_nano),
            work_seconds: count::<u64>("sub_agents.work_millis", row.agent_work_millis)? / 1000,
            ..Spent::default()
        };
        Ok((row.account.into_domain()?, of_agent))
    }

    /// The requests of a task, oldest first.
    pub async fn model_requests(&self, task: TaskId) -> Result<Vec<ModelRequest>> {
        let rows: Vec<RequestRow> =
            sqlx::query_as("SELECT * FROM cowork_model_requests WHERE task_id = $1 ORDER BY sent_at, id")
                .bind(task.to_string())
                .fetch_all(&self.pool)
                .await?;
        rows.into_iter().map(RequestRow::into_domain).collect()
    }
}

impl Unit {
    /// What a task has used, as this unit sees it.
    pub async fn account(&mut self, task: TaskId) -> Result<Account> {
        account(self.connection().await?, task).await
    }

    /// Sets what a task may use.
    pub async fn set_budget(&mut self, task: TaskId, budget: &TaskBudget) -> Result<()> {
        self.later("UPDATE cowork_tasks SET budget_json = $2 WHERE id = $1")
            .bind(task.to_string())
            .bind(to_json("cowork_tasks.budget_json", budget)?);
        Ok(())
    }

    /// Writes down that a request is about to leave.
    pub async fn begin_request(
        &mut self,
        id: RequestId,
        task: TaskId,
        agent: Option<AgentId>,
        purpose: &str,
        now: Timestamp,
    ) -> Result<()> {
        self.later(
            "INSERT INTO cowork_model_requests (id, task_id, agent_id, purpose, sent_at)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(id.to_string())
        .bind(task.to_string())
        .bind(agent.map(|agent| agent.to_string()))
        .bind(purpose)
        .bind(now);
        Ok(())
    }

    /// Writes down what a request came to, and adds it up for its task and its agent.
    pub async fn answer_request(
        &mut self,
        id: RequestId,
        answered: &Answered<'_>,
        now: Timestamp,
    ) -> Result<()> {
        let usage = answered.usage;
        let cost = answered.cost.map(Money::nano);
        self.later(
            "UPDATE cowork_model_requests SET status = 'answered', turn = $2, model = $3, input_tokens = $4,
                cached_input_tokens = $5, cache_write_tokens = $6, output_tokens = $7, cost_nano = $8,
                unaccounted = $9, ended_at = $10
             WHERE id = $1",
        )
        .bind(id.to_string())
        .bind(answered.turn)
        .bind(answered.model)
        .bind(usage.input_tokens as i64)
        .bind(usage.cached_input_tokens as i64)
        .bind(usage.cache_write_tokens as i64)
        .bind(usage.output_tokens as i64)
        .bind(cost)
        .bind(answered.unaccounted)
        .bind(now);
        self.later(
            "UPDATE cowork_tasks SET input_tokens = input_tokens + $2, cached_input_tokens = cached_input_tokens + $3,
                output_tokens = output_tokens + $4, cost_nano = cost_nano + $5,
                unpriced_requests = unpriced_requests + $6, unknown_requests = unknown_requests + $7
             WHERE id = (SELECT task_id FROM cowork_model_requests WHERE id = $1)",
        )
        .bind(id.to_string())
        .bind(usage.input_tokens as i64)
        .bind(usage.cached_input_tokens as i64)
        .bind(usage.output_tokens as i64)
        .bind(cost.unwrap_or_default())
        .bind(cost.is_none())
        .bind(answered.unaccounted);
        // One that nobody asks for as an agent has none.
        self.later(
            "UPDATE sub_agents SET tokens = tokens + $2, cost_nano = cost_nano + $3
             WHERE id = (SELECT agent_id FROM cowork_model_requests WHERE id = $1)",
        )
        .bind(id.to_string())
        .bind((usage.input_tokens + usage.output_tokens) as i64)
        .bind(cost.unwrap_or_default());
        Ok(())
    }

    /// Writes down that no answer came of a request.
    pub async fn end_request(&mut self, id: RequestId, status: RequestStatus, now: Timestamp) -> Result<()> {
        let tasks: Vec<String> = sqlx::query_scalar(
            "UPDATE cowork_model_requests SET status = $2, ended_at = $3 WHERE id = $1 AND status = 'sent'
             RETURNING task_id",
        )
        .bind(id.to_string())
        .bind(status.name())
        .bind(now)
        .fetch_all(self.connection().await?)
        .await?;
        self.count_unknown(tasks.iter().filter(|_| status == RequestStatus::Unknown)).await
    }

    /// What was on its way for an agent when whoever asked was gone: nobody knows what it cost.
    pub async fn lose_requests(&mut self, task: TaskId, agent: AgentId, now: Timestamp) -> Result<()> {
        let tasks: Vec<String> = sqlx::query_scalar(
            "UPDATE cowork_model_requests SET status = 'unknown', ended_at = $3
             WHERE task_id = $1 AND agent_id = $2 AND status = 'sent' RETURNING task_id",
        )
        .bind(task.to_string())
        .bind(agent.to_string())
        .bind(now)
        .fetch_all(self.connection().await?)
        .await?;
        self.count_unknown(tasks.iter()).await
    }

    /// The same for all of a task, or for all tasks: when the host starts, nobody waits for an answer.
    pub async fn lose_all_requests(&mut self, task: Option<TaskId>, now: Timestamp) -> Result<()> {
        let tasks: Vec<String> = sqlx::query_scalar(
            "UPDATE cowork_model_requests SET status = 'unknown', ended_at = $2
             WHERE status = 'sent' AND ($1 IS NULL OR task_id = $1) RETURNING task_id",
        )
        .bind(task.map(|task| task.to_string()))
        .bind(now)
        .fetch_all(self.connection().await?)
        .await?;
        self.count_unknown(tasks.iter()).await
    }

    /// Adds time at work to a task and to one of its agents.
    pub async fn add_work(
        &mut self,
        task: TaskId,
        work: Duration,
        agent: Option<(AgentId, Duration)>,
    ) -> Result<()> {
        self.later("UPDATE cowork_tasks SET work_millis = work_millis + $2 WHERE id = $1")
            .bind(task.to_string())
            .bind(work.as_millis() as i64);
        if let Some((agent, work)) = agent {
            self.later("UPDATE sub_agents SET work_millis = work_millis + $2 WHERE id = $1")
                .bind(agent.to_string())
                .bind(work.as_millis() as i64);
        }
        Ok(())
    }

    async fn count_unknown<'a>(&mut self, tasks: impl Iterator<Item = &'a String>) -> Result<()> {
        for task in tasks {
            self.later("UPDATE cowork_tasks SET unknown_requests = unknown_requests + 1 WHERE id = $1")
                .bind(task);
        }
        Ok(())
    }
}

async fn account(connection: &mut SqliteConnection, task: TaskId) -> Result<Account> {
    let row: AccountRow = sqlx::query_as(
        "SELECT turns, input_tokens, cached_input_tokens, output_tokens, cost_nano, unpriced_requests,
            unknown_requests, work_millis, budget_json
         FROM cowork_tasks WHERE id = $1",
    )
    .bind(task.to_string())
    .fetch_one(connection)
    .await?;
    row.into_domain()
}

impl AccountRow {
    fn into_domain(self) -> Result<Account> {
        let usage = Usage {
            input_tokens: count("cowork_tasks.input_tokens", self.input_tokens)?,
            cached_input_tokens: count("cowork_tasks.cached_input_tokens", self.cached_input_tokens)?,
            cache_write_tokens: 0,
            output_tokens: count("cowork_tasks.output_tokens", self.output_tokens)?,
        };
        let spent = Spent {
            turns: count("cowork_tasks.turns", self.turns)?,
            tokens: usage.input_tokens + usage.output_tokens,
            usd: Money::from_nano(self.cost_nano),
            unpriced_requests: count("cowork_tasks.unpriced_requests", self.unpriced_requests)?,
            unknown_requests: count("cowork_tasks.unknown_requests", self.unknown_requests)?,
            work_seconds: count::<u64>("cowork_tasks.work_millis", self.work_millis)? / 1000,
        };
        let budget = self.budget_json.map(|json| from_json("cowork_tasks.budget_json", &json)).transpose()?;
        Ok(Account { spent, usage, budget: budget.unwrap_or_default() })
    }
}

impl RequestRow {
    fn into_domain(self) -> Result<ModelRequest> {
        let tokens = |value| count("cowork_model_requests.tokens", value);
        Ok(ModelRequest {
            id: parse("cowork_model_requests.id", self.id)?,
            agent_id: parse_opt("cowork_model_requests.agent_id", self.agent_id)?,
            purpose: self.purpose,
            status: named("cowork_model_requests.status", self.status)?,
            turn: self.turn.map(|turn| count("cowork_model_requests.turn", turn)).transpose()?,
            model: self.model,
            usage: Usage {
                input_tokens: tokens(self.input_tokens)?,
                cached_input_tokens: tokens(self.cached_input_tokens)?,
                cache_write_tokens: tokens(self.cache_write_tokens)?,
                output_tokens: tokens(self.output_tokens)?,
            },
            usd: self.cost_nano.map(Money::from_nano),
            unaccounted: count("cowork_model_requests.unaccounted", self.unaccounted)?,
            sent_at: self.sent_at,
            ended_at: self.ended_at,
        })
    }
}
