use crate::convert::{count, from_json, named, parse, parse_opt, to_json};
use crate::{Result, Store, Unit};
use cowork_domain::agent::{Agent, AgentStatus};
use cowork_domain::{AgentId, TaskId, Timestamp, data};
use sqlx::SqliteConnection;
use std::fmt;

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    name: String,
    role: String,
    status: String,
    phase_id: Option<String>,
    subtask_id: Option<String>,
    parent_id: Option<String>,
    depth: i64,
    attempt: i64,
    write_set_json: Option<String>,
    turns: i64,
    result: Option<String>,
    failure: Option<String>,
    started_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
}

/// What an agent was told when it began.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AgentPrompt {
    /// Who it is and what it can do.
    pub system_prompt: String,
    /// What it is to do.
    pub brief: String,
}

impl Store {
    /// The agents of a task in the order in which they were made.
    pub async fn agents(&self, task: TaskId) -> Result<Vec<Agent>> {
        agents(&mut *self.pool.acquire().await?, task).await
    }

    /// Whether an agent is not done, of a task that is not over.
    pub async fn is_agent_at_work(&self, id: AgentId) -> Result<bool> {
        Ok(sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM sub_agents a JOIN cowork_tasks t ON t.id = a.task_id
             WHERE a.id = $1 AND a.ended_at IS NULL AND a.void_since IS NULL
                AND t.status NOT IN ('completed', 'cancelled'))",
        )
        .bind(id.to_string())
        .fetch_one(&self.pool)
        .await?)
    }

    /// What an agent was told when it began.
    pub async fn agent_prompt(&self, id: AgentId) -> Result<AgentPrompt> {
        Ok(sqlx::query_as("SELECT system_prompt, brief FROM sub_agents WHERE id = $1")
            .bind(id.to_string())
            .fetch_one(&self.pool)
            .await?)
    }
}

/// What an agent leaves for another one that tries the same part after it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Learned {
    /// The last that it said.
    pub words: Option<String>,
    /// Its last calls, oldest first.
    pub calls: Vec<LearnedCall>,
}

/// A call as another agent is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LearnedCall {
    /// The tool.
    pub tool: String,
    /// The beginning of what it was asked.
    pub arguments: String,
    /// How it ended.
    pub status: String,
    /// The first line of what came of it.
    pub result: String,
}

impl fmt::Display for LearnedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tool, arguments, status, result } = self;
        write!(f, "{tool} {arguments}: {status}: {result}")
    }
}

/// Calls of an agent that another one is told about, and characters of each of their texts.
const LEARNED_CALLS: u32 = 20;
const LEARNED_CHARS: usize = 200;

impl Store {
    /// What can be learned of an agent's work.
    pub async fn learned(&self, agent: AgentId) -> Result<Learned> {
        let words = sqlx::query_scalar(
            "SELECT json_extract(answer_json, '$.text') FROM cowork_live_turns
             WHERE agent_id = $1 AND json_extract(answer_json, '$.text') <> '' ORDER BY turn DESC LIMIT 1",
        )
        .bind(agent.to_string())
        .fetch_optional(&self.pool)
        .await?;
        let rows: Vec<(String, String, String, String)> = sqlx::query_as(
            "SELECT c.tool, substr(c.arguments, 1, $3), c.status,
                substr(COALESCE(json_extract(c.result_json, '$.content'), ''), 1, $4)
             FROM cowork_tool_calls c JOIN cowork_live_turns t ON t.task_id = c.task_id AND t.turn = c.turn
             WHERE c.agent_id = $1 ORDER BY c.turn DESC, c.position DESC LIMIT $2",
        )
        .bind(agent.to_string())
        .bind(LEARNED_CALLS)
        .bind(LEARNED_CHARS as i64)
        // What marks a result stands before its first line.
        .bind(2 * LEARNED_CHARS as i64)
        .fetch_all(&self.pool)
        .await?;
        let call = |(tool, arguments, status, result): (String, String, String, String)| {
            let result = data::first_line(&result).chars().take(LEARNED_CHARS).collect();
            LearnedCall { tool, arguments, status, result }
        };
        Ok(Learned { words, calls: rows.into_iter().rev().map(call).collect() })
    }
}

impl Unit {
    /// Adds an agent.
    pub async fn insert_agent(&mut self, task: TaskId, agent: &Agent, prompt: &AgentPrompt) -> Result<()> {
        let writes = Some(&agent.write_set).filter(|writes| !writes.is_empty());
        self.later(
            "INSERT INTO sub_agents (id, task_id, name, role, status, phase_id, subtask_id, parent_id, depth, attempt,
                write_set_json, system_prompt, brief)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        )
        .bind(agent.id.to_string())
        .bind(task.to_string())
        .bind(&agent.name)
        .bind(agent.role.name())
        .bind(agent.status.name())
        .bind(agent.phase_id.map(|id| id.to_string()))
        .bind(agent.subtask_id.map(|id| id.to_string()))
        .bind(agent.parent_id.map(|id| id.to_string()))
        .bind(agent.depth)
        .bind(agent.attempt)
        .bind(writes.map(|writes| to_json("sub_agents.write_set_json", writes)).transpose()?)
        .bind(&prompt.system_prompt)
        .bind(&prompt.brief);
        Ok(())
    }

    /// The agents of a task as this unit sees them.
    pub async fn agents(&mut self, task: TaskId) -> Result<Vec<Agent>> {
        agents(self.connection().await?, task).await
    }

    /// The agents that an agent has made and that are not over.
    pub async fn open_children(&mut self, parent: AgentId) -> Result<Vec<Agent>> {
        let rows: Vec<Row> = self
            .later(
                "SELECT * FROM sub_agents WHERE parent_id = $1 AND ended_at IS NULL AND void_since IS NULL
                 ORDER BY rowid",
            )
            .bind(parent.to_string())
            .fetch_all()
            .await?;
        rows.into_iter().map(Row::into_domain).collect()
    }

    /// Says that an agent is at work, from now on or again. One that is over stays so.
    pub async fn set_agent_running(&mut self, id: AgentId, now: Timestamp) -> Result<()> {
        self.later(
            "UPDATE sub_agents SET status = 'running', started_at = COALESCE(started_at, $2)
             WHERE id = $1 AND ended_at IS NULL",
        )
        .bind(id.to_string())
        .bind(now);
        Ok(())
    }

    /// Says that an agent waits for an answer. One that is over stays so.
    pub async fn set_agent_waiting(&mut self, id: AgentId) -> Result<()> {
        self.later("UPDATE sub_agents SET status = 'waiting' WHERE id = $1 AND ended_at IS NULL")
            .bind(id.to_string());
        Ok(())
    }

    /// Ends an agent, with its last words or why it failed. False: it had ended before, and stays as it is.
    pub async fn end_agent(
        &mut self,
        id: AgentId,
        status: AgentStatus,
        result: Option<&str>,
        failure: Option<&str>,
        now: Timestamp,
    ) -> Result<bool> {
        let ended = sqlx::query(
            "UPDATE sub_agents SET status = $2, result = $3, failure = $4, ended_at = $5
             WHERE id = $1 AND ended_at IS NULL",
        )
        .bind(id.to_string())
        .bind(status.name())
        .bind(result)
        .bind(failure)
        .bind(now)
        .execute(self.connection().await?)
        .await?;
        Ok(ended.rows_affected() == 1)
    }

    /// Whether the report of a task has been begun.
    pub async fn has_synthesis(&mut self, task: TaskId) -> Result<bool> {
        Ok(sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM sub_agents
             WHERE task_id = $1 AND role = 'synthesis' AND void_since IS NULL)",
        )
        .bind(task.to_string())
        .fetch_one(self.connection().await?)
        .await?)
    }

    /// Makes an agent history.
    pub async fn void_agent(&mut self, id: AgentId, now: Timestamp) -> Result<()> {
        self.later("UPDATE sub_agents SET void_since = $2 WHERE id = $1").bind(id.to_string()).bind(now);
        Ok(())
    }
}

async fn agents(connection: &mut SqliteConnection, task: TaskId) -> Result<Vec<Agent>> {
    let rows: Vec<Row> =
        sqlx::query_as("SELECT * FROM sub_agents WHERE task_id = $1 AND void_since IS NULL ORDER BY rowid")
            .bind(task.to_string())
            .fetch_all(connection)
            .await?;
    rows.into_iter().map(Row::into_domain).collect()
}

impl Row {
    fn into_domain(self) -> Result<Agent> {
        let writes =
            self.write_set_json.map(|json| from_json("sub_agents.write_set_json", &json)).transpose()?;
        Ok(Agent {
            id: parse("sub_agents.id", self.id)?,
            name: self.name,
            role: named("sub_agents.role", self.role)?,
            status: named("sub_agents.status", self.status)?,
            phase_id: parse_opt("sub_agents.phase_id", self.phase_id)?,
            subtask_id: parse_opt("sub_agents.subtask_id", self.subtask_id)?,
            parent_id: parse_opt("sub_agents.parent_id", self.parent_id)?,
            depth: count("sub_agents.depth", self.depth)?,
            attempt: count("sub_agents.attempt", self.attempt)?,
            write_set: writes.unwrap_or_default(),
            result: self.result,
            failure: self.failure,
            turns: count("sub_agents.turns", self.turns)?,
            started_at: self.started_at,
            ended_at: self.ended_at,
        })
    }
}
