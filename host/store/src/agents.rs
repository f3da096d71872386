use crate::convert::{count, named, parse, parse_opt};
use crate::{Result, Store, Unit};
use cowork_domain::agent::{Agent, AgentStatus};
use cowork_domain::checkpoint::AgentSnapshot;
use cowork_domain::{AgentId, TaskId};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    name: String,
    role: String,
    status: String,
    phase_id: Option<String>,
    subtask_id: Option<String>,
    turns: i64,
    result: Option<String>,
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
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT * FROM sub_agents WHERE task_id = $1 AND void_since IS NULL ORDER BY rowid",
        )
        .bind(task.to_string())
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Row::into_domain).collect()
    }

    /// What an agent was told when it began.
    pub async fn agent_prompt(&self, id: AgentId) -> Result<AgentPrompt> {
        Ok(sqlx::query_as("SELECT system_prompt, brief FROM sub_agents WHERE id = $1")
            .bind(id.to_string())
            .fetch_one(&self.pool)
            .await?)
    }
}

impl Unit {
    /// Adds an agent.
    pub async fn insert_agent(&mut self, task: TaskId, agent: &Agent, prompt: &AgentPrompt) -> Result<()> {
        sqlx::query(
            "INSERT INTO sub_agents (id, task_id, name, role, status, phase_id, subtask_id, system_prompt, brief)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(agent.id.to_string())
        .bind(task.to_string())
        .bind(&agent.name)
        .bind(agent.role.name())
        .bind(agent.status.name())
        .bind(agent.phase_id.map(|id| id.to_string()))
        .bind(agent.subtask_id.map(|id| id.to_string()))
        .bind(&prompt.system_prompt)
        .bind(&prompt.brief)
        .execute(self.connection()?)
        .await?;
        Ok(())
    }

    /// Sets whether an agent is at work, and its last words once it has finished.
    pub async fn set_agent(&mut self, id: AgentId, status: AgentStatus, result: Option<&str>) -> Result<()> {
        sqlx::query("UPDATE sub_agents SET status = $2, result = $3 WHERE id = $1")
            .bind(id.to_string())
            .bind(status.name())
            .bind(result)
            .execute(self.connection()?)
            .await?;
        Ok(())
    }

    /// Whether the report of a task has been begun.
    pub async fn has_synthesis(&mut self, task: TaskId) -> Result<bool> {
        Ok(sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM sub_agents
             WHERE task_id = $1 AND role = 'synthesis' AND void_since IS NULL)",
        )
        .bind(task.to_string())
        .fetch_one(self.connection()?)
        .await?)
    }

    /// The agents of a task as a checkpoint names them.
    pub async fn agent_snapshots(&mut self, task: TaskId) -> Result<Vec<AgentSnapshot>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT * FROM sub_agents WHERE task_id = $1 AND void_since IS NULL ORDER BY rowid",
        )
        .bind(task.to_string())
        .fetch_all(self.connection()?)
        .await?;
        rows.into_iter().map(Row::into_snapshot).collect()
    }
}

impl Row {
    fn into_domain(self) -> Result<Agent> {
        Ok(Agent {
            id: parse("sub_agents.id", self.id)?,
            name: self.name,
            role: named("sub_agents.role", self.role)?,
            status: named("sub_agents.status", self.status)?,
            phase_id: parse_opt("sub_agents.phase_id", self.phase_id)?,
            subtask_id: parse_opt("sub_agents.subtask_id", self.subtask_id)?,
            result: self.result,
        })
    }

    fn into_snapshot(self) -> Result<AgentSnapshot> {
        let turns = count("sub_agents.turns", self.turns)?;
        let Agent { id, name, status, .. } = self.into_domain()?;
        Ok(AgentSnapshot { agent_id: id, name, status, turns })
    }
}
