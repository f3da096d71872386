//! Which agents wait, and whether a task has any that does not.

use crate::convert::parse;
use crate::{Result, Store, Unit};
use cowork_domain::{AgentId, TaskId};
use sqlx::SqliteConnection;
use std::collections::BTreeSet;

impl Store {
    /// The agents of a task that wait for an answer: of a person to what a call would do, or to a call itself.
    pub async fn waiting_agents(&self, task: TaskId) -> Result<BTreeSet<AgentId>> {
        waiting_agents(&mut *self.pool.acquire().await?, task).await
    }
}

impl Unit {
    /// The same as this unit sees it.
    pub async fn waiting_agents(&mut self, task: TaskId) -> Result<BTreeSet<AgentId>> {
        waiting_agents(self.connection().await?, task).await
    }

    /// Says whether nothing of a task can go on before an answer. A host that starts leaves such a task alone.
    pub async fn set_parked(&mut self, task: TaskId, is_parked: bool) -> Result<()> {
        self.later("UPDATE cowork_tasks SET is_parked = $2 WHERE id = $1 AND is_parked <> $2")
            .bind(task.to_string())
            .bind(is_parked);
        Ok(())
    }
}

async fn waiting_agents(connection: &mut SqliteConnection, task: TaskId) -> Result<BTreeSet<AgentId>> {
    let rows: Vec<String> = sqlx::query_scalar(
        "SELECT c.agent_id FROM cowork_approvals a JOIN cowork_tool_calls c ON c.id = a.call_id
            WHERE a.task_id = $1 AND a.decision_json IS NULL
         UNION SELECT agent_id FROM cowork_tool_calls WHERE task_id = $1 AND status = 'waiting'",
    )
    .bind(task.to_string())
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|id| parse("cowork_tool_calls.agent_id", id)).collect()
}
