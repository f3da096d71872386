//! The log of turns.

use crate::calls::CallRow;
use crate::convert::{count, from_json, to_json};
use crate::{Result, Store, Unit};
use cowork_domain::agent_message::AgentMessage;
use cowork_domain::call::Call;
use cowork_domain::message::Answer;
use cowork_domain::rewind::TurnEntry;
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
    /// What other agents had said, read with the request.
    pub news: Vec<AgentMessage>,
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
            "SELECT EXISTS (SELECT 1 FROM cowork_live_turns WHERE agent_id = $1 AND turn < $2 AND doubt IS NOT NULL)",
        )
        .bind(agent.to_string())
        .bind(before)
        .fetch_one(&self.pool)
        .await?)
    }

    /// Whether an agent has asked for a call at all.
    pub async fn has_calls(&self, task: TaskId, agent: AgentId) -> Result<bool> {
        Ok(sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM cowork_live_turns t JOIN cowork_tool_calls c
                ON c.task_id = t.task_id AND c.turn = t.turn WHERE t.task_id = $1 AND t.agent_id = $2)",
        )
        .bind(task.to_string())
        .bind(agent.to_string())
        .fetch_one(&self.pool)
        .await?)
    }

    /// The turns of an agent after this one, oldest first, without those that were taken back. Read once when an agent goes
    /// on, not at every turn.
    pub async fn turns_after(&self, agent: AgentId, turn: u32) -> Result<Vec<Turn>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT t.turn, answer_json, doubt, c.turn IS NOT NULL AS is_saved, notice
             FROM cowork_live_turns t LEFT JOIN task_checkpoints c ON c.task_id = t.task_id AND c.turn = t.turn
             WHERE agent_id = $1 AND t.turn > $2 ORDER BY t.turn",
        )
        .bind(agent.to_string())
        .bind(turn)
        .fetch_all(&self.pool)
        .await?;
        let calls: Vec<CallRow> = sqlx::query_as(
            "SELECT c.* FROM cowork_live_turns t JOIN cowork_tool_calls c ON c.task_id = t.task_id AND c.turn = t.turn
             WHERE t.agent_id = $1 AND t.turn > $2 ORDER BY c.turn, c.position",
        )
        .bind(agent.to_string())
        .bind(turn)
        .fetch_all(&self.pool)
        .await?;
        let mut calls =
            calls.into_iter().map(CallRow::into_domain).collect::<Result<Vec<_>>>()?.into_iter().peekable();
        let mut news = self.read_messages(agent, turn).await?.into_iter().peekable();
        let mut turns = Vec::with_capacity(rows.len());
        for row in rows {
            let turn = count("cowork_turns.turn", row.turn)?;
            let answer = from_json("cowork_turns.answer_json", &row.answer_json)?;
            let calls = std::iter::from_fn(|| calls.next_if(|call| call.turn == turn)).collect();
            let news =
                std::iter::from_fn(|| news.next_if(|said| said.delivered_turn <= Some(turn))).collect();
            let (doubt, is_saved, notice) = (row.doubt, row.is_saved, row.notice);
            turns.push(Turn { turn, answer, calls, doubt, is_saved, notice, news });
        }
        Ok(turns)
    }
}

#[derive(sqlx::FromRow)]
struct EntryRow {
    turn: i64,
    agent: String,
    tools: String,
    created_at: Timestamp,
    saved: bool,
    taken_back: bool,
}

impl Store {
    /// The last turns of a task, oldest first, with those that were taken back.
    pub async fn turn_entries(&self, task: TaskId, limit: u32) -> Result<Vec<TurnEntry>> {
        let rows: Vec<EntryRow> = sqlx::query_as(
            "SELECT t.turn, a.name AS agent, t.created_at,
                (SELECT json_group_array(tool) FROM (SELECT tool FROM cowork_tool_calls c
                    WHERE c.task_id = t.task_id AND c.turn = t.turn ORDER BY c.position)) AS tools,
                EXISTS (SELECT 1 FROM task_checkpoints c WHERE c.task_id = t.task_id AND c.turn = t.turn) AS saved,
                EXISTS (SELECT 1 FROM cowork_void_turns v
                    WHERE v.task_id = t.task_id AND v.turn = t.turn) AS taken_back
             FROM cowork_turns t JOIN sub_agents a ON a.id = t.agent_id
             WHERE t.task_id = $1 ORDER BY t.turn DESC LIMIT $2",
        )
        .bind(task.to_string())
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().rev().map(EntryRow::into_domain).collect()
    }
}

impl EntryRow {
    fn into_domain(self) -> Result<TurnEntry> {
        Ok(TurnEntry {
            turn: count("cowork_turns.turn", self.turn)?,
            agent: self.agent,
            tools: from_json("cowork_tool_calls.tool", &self.tools)?,
            at: self.created_at,
            saved: self.saved,
            taken_back: self.taken_back,
        })
    }
}

impl Unit {
    /// Begins a turn: counts it and gives its number, from 1.
    pub async fn next_turn(&mut self, task: TaskId) -> Result<u32> {
        let (turn,): (i64,) = self
            .later("UPDATE cowork_tasks SET turns = turns + 1 WHERE id = $1 RETURNING turns")
            .bind(task.to_string())
            .fetch_one()
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
        self.later(
            "INSERT INTO cowork_turns (task_id, turn, agent_id, answer_json, doubt, created_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(task.to_string())
        .bind(turn.turn)
        .bind(agent.to_string())
        .bind(to_json("cowork_turns.answer_json", &turn.answer)?)
        .bind(&turn.doubt)
        .bind(now);
        self.later("UPDATE sub_agents SET turns = turns + 1 WHERE id = $1").bind(agent.to_string());
        for call in &turn.calls {
            self.insert_call(call).await?;
        }
        Ok(())
    }
}
