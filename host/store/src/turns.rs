//! The log of turns.

use crate::calls::CallRow;
use crate::convert::{count, from_json, to_json};
use crate::{Result, Store, Unit};
use cowork_domain::call::Call;
use cowork_domain::message::Answer;
use cowork_domain::{AgentId, TaskId, Timestamp};

/// One answer of a model with the calls that it asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// Its number, from 1 over the whole task.
    pub turn: u32,
    /// What the model said.
    pub answer: Answer,
    /// The calls, in the order of the answer.
    pub calls: Vec<Call>,
    /// What the model was told about its last words, which then were not its last.
    pub doubt: Option<String>,
    /// Whether it has its checkpoint: then it is over.
    pub is_saved: bool,
    /// What the host told the agent after it, beside the results.
    pub notice: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    turn: i64,
    answer_json: String,
    doubt: Option<String>,
    is_saved: bool,
    notice: Option<String>,
}

impl Store {
    /// Whether an agent was told before a turn that nothing shows what it said.
    pub async fn was_doubted(&self, agent: AgentId, before: u32) -> Result<bool> {
        Ok(sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM cowork_turns WHERE agent_id = $1 AND turn < $2 AND doubt IS NOT NULL)",
        )
        .bind(agent.to_string())
        .bind(before)
        .fetch_one(&self.pool)
        .await?)
    }

    /// Whether an agent has asked for a call at all.
    pub async fn has_calls(&self, task: TaskId, agent: AgentId) -> Result<bool> {
        Ok(sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM cowork_tool_calls WHERE task_id = $1 AND agent_id = $2)",
        )
        .bind(task.to_string())
        .bind(agent.to_string())
        .fetch_one(&self.pool)
        .await?)
    }

    /// The turns of an agent after this one, oldest first. Read once when an agent goes on, not at every turn.
    pub async fn turns_after(&self, agent: AgentId, turn: u32) -> Result<Vec<Turn>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT t.turn, answer_json, doubt, c.turn IS NOT NULL AS is_saved, notice
             FROM cowork_turns t LEFT JOIN task_checkpoints c ON c.task_id = t.task_id AND c.turn = t.turn
             WHERE agent_id = $1 AND t.turn > $2 ORDER BY t.turn",
        )
        .bind(agent.to_string())
        .bind(turn)
        .fetch_all(&self.pool)
        .await?;
        let calls: Vec<CallRow> = sqlx::query_as(
            "SELECT * FROM cowork_tool_calls WHERE agent_id = $1 AND turn > $2 ORDER BY turn, position",
        )
        .bind(agent.to_string())
        .bind(turn)
        .fetch_all(&self.pool)
        .await?;
        let mut calls =
            calls.into_iter().map(CallRow::into_domain).collect::<Result<Vec<_>>>()?.into_iter().peekable();
        let mut turns = Vec::with_capacity(rows.len());
        for row in rows {
            let turn = count("cowork_turns.turn", row.turn)?;
            let answer = from_json("cowork_turns.answer_json", &row.answer_json)?;
            let calls = std::iter::from_fn(|| calls.next_if(|call| call.turn == turn)).collect();
            let (doubt, is_saved, notice) = (row.doubt, row.is_saved, row.notice);
            turns.push(Turn { turn, answer, calls, doubt, is_saved, notice });
        }
        Ok(turns)
    }
}

impl Unit {
    /// Begins a turn: counts it and gives its number, from 1.
    pub async fn next_turn(&mut self, task: TaskId) -> Result<u32> {
        let turn: i64 =
            sqlx::query_scalar("UPDATE cowork_tasks SET turns = turns + 1 WHERE id = $1 RETURNING turns")
                .bind(task.to_string())
                .fetch_one(self.connection()?)
                .await?;
        count("cowork_tasks.turns", turn)
    }

    /// Adds a turn with its calls to the log.
    pub async fn insert_turn(
        &mut self,
        task: TaskId,
        agent: AgentId,
        turn: &Turn,
        now: Timestamp,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO cowork_turns (task_id, turn, agent_id, answer_json, doubt, created_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(task.to_string())
        .bind(turn.turn)
        .bind(agent.to_string())
        .bind(to_json("cowork_turns.answer_json", &turn.answer)?)
        .bind(&turn.doubt)
        .bind(now)
        .execute(self.connection()?)
        .await?;
        sqlx::query("UPDATE sub_agents SET turns = turns + 1 WHERE id = $1")
            .bind(agent.to_string())
            .execute(self.connection()?)
            .await?;
        for call in &turn.calls {
            self.insert_call(call).await?;
        }
        Ok(())
    }
}
