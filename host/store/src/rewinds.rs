//! How a task stood at the end of a turn, and going back to it. The log is never changed: turns that are taken back are
//! named in a table of their own.

use crate::convert::{count, from_json, parse};
use crate::{Result, Store, Unit};
use cowork_domain::agent::AgentStatus;
use cowork_domain::checkpoint::{AgentSnapshot, Checkpoint};
use cowork_domain::deliverable::Deliverable;
use cowork_domain::event::EventKind;
use cowork_domain::progress::SubtaskProgress;
use cowork_domain::rewind::Past;
use cowork_domain::{CallId, DeliverableId, TaskId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

impl Store {
    /// How a task stood at the end of a turn. None: the turn has no checkpoint, or was taken back. To be called when
    /// nobody works on the task.
    pub async fn past(&self, task: TaskId, turn: u32) -> Result<Option<Past>> {
        if turn == 0 {
            let later = self.later_turns(task, 0).await?;
            return Ok(Some(Past { turn, later, agents: vec![], subtasks: vec![], deliverables: vec![] }));
        }
        let checkpoint: Option<String> = sqlx::query_scalar(
            "SELECT c.state_json FROM task_checkpoints c JOIN cowork_live_turns t
                ON t.task_id = c.task_id AND t.turn = c.turn WHERE c.task_id = $1 AND c.turn = $2",
        )
        .bind(task.to_string())
        .bind(turn)
        .fetch_optional(&self.pool)
        .await?;
        let Some(checkpoint) = checkpoint else { return Ok(None) };
        let mut checkpoint: Checkpoint = from_json("task_checkpoints.state_json", &checkpoint)?;
        for agent in checkpoint.agent_states.iter_mut().filter(|agent| agent.status == AgentStatus::Waiting) {
            // What it waited for was in a turn that was not over.
            agent.status = AgentStatus::Running;
        }
        let later = self.later_turns(task, turn).await?;
        let mut past = Past {
            turn,
            later,
            agents: checkpoint.agent_states,
            subtasks: Vec::new(),
            deliverables: Vec::new(),
        };
        self.tell_past(task, &mut past).await?;
        Ok(Some(past))
    }

    /// The turns that still count and were not over at the end of this one.
    async fn later_turns(&self, task: TaskId, turn: u32) -> Result<Vec<u32>> {
        let rows: Vec<i64> = sqlx::query_scalar(
            "SELECT t.turn FROM cowork_live_turns t
             LEFT JOIN task_checkpoints c ON c.task_id = t.task_id AND c.turn = t.turn
             WHERE t.task_id = $1
               AND (c.rowid IS NULL OR c.rowid > COALESCE(
                    (SELECT rowid FROM task_checkpoints WHERE task_id = $1 AND turn = $2), 0))
             ORDER BY t.turn",
        )
        .bind(task.to_string())
        .bind(turn)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(|turn| count("cowork_turns.turn", turn)).collect()
    }

    async fn void_turns(&self, task: TaskId) -> Result<BTreeSet<u32>> {
        let rows: Vec<i64> = sqlx::query_scalar("SELECT turn FROM cowork_void_turns WHERE task_id = $1")
            .bind(task.to_string())
            .fetch_all(&self.pool)
            .await?;
        rows.into_iter().map(|turn| count("cowork_void_turns.turn", turn)).collect()
    }

    /// Subtasks and deliverables follow from the events up to the checkpoint, without those of turns that do not count.
    async fn tell_past(&self, task: TaskId, past: &mut Past) -> Result<()> {
        let mut void = self.void_turns(task).await?;
        let bound = self.deliverables(task).await?.into_iter();
        let mut bound: BTreeMap<_, _> = bound.map(|known| (known.path.to_string(), known.made_by)).collect();
        void.extend(&past.later);
        let rows: Vec<(String, Timestamp)> = sqlx::query_as(
            "SELECT event_json, created_at FROM cowork_task_events WHERE task_id = $1
               AND json_extract(event_json, '$.event') IN ('subtask_changed', 'delivered')
               AND seq <= (SELECT seq FROM cowork_task_events WHERE task_id = $1
                    AND json_extract(event_json, '$.event') = 'checkpoint_saved'
                    AND json_extract(event_json, '$.turn') = $2)
             ORDER BY seq",
        )
        .bind(task.to_string())
        .bind(past.turn)
        .fetch_all(&self.pool)
        .await?;
        let (mut subtasks, mut deliverables) = (BTreeMap::new(), BTreeMap::new());
        for (json, created_at) in rows {
            match from_json("cowork_task_events.event_json", &json)? {
                EventKind::SubtaskChanged { turn: Some(turn), .. }
                | EventKind::Delivered { turn: Some(turn), .. }
                    if void.contains(&turn) => {}
                EventKind::SubtaskChanged { subtask_id, status, note, .. } => {
                    // An update without a note keeps the one that is there.
                    let before = subtasks.remove(&subtask_id).and_then(|(_, note)| note);
                    subtasks.insert(subtask_id, (status, note.or(before)));
                }
                EventKind::Delivered { path, title, description, call_id: Some(call_id), .. } => {
                    let id = DeliverableId::new();
                    let parsed = parse("cowork_task_events.event_json", path.clone())?;
                    // The calls that are taken back are among them until the file is looked at again.
                    let made_by = bound.remove(&path).unwrap_or_default();
                    let delivered = Deliverable {
                        id,
                        call_id,
                        path: parsed,
                        title,
                        description,
                        made_by,
                        content_hash: None,
                        created_at,
                    };
                    deliverables.insert(path, delivered);
                }
                _ => {}
            }
        }
        past.subtasks = subtasks.into_iter().map(|(id, (status, note))| (id, status, note)).collect();
        past.deliverables = deliverables.into_values().collect();
        Ok(())
    }

    /// How many requests of these turns changed something on other hosts, or may have.
    pub async fn requests_sent(&self, task: TaskId, turns: &[u32]) -> Result<u32> {
        let mut sent = 0;
        for turn in turns {
            let of_turn: i64 = sqlx::query_scalar(
                "SELECT COUNT(*) FROM cowork_http_ledger l JOIN cowork_tool_calls c ON c.id = l.call_id
                 WHERE c.task_id = $1 AND c.turn = $2 AND l.status IN ('sent', 'confirmed')",
            )
            .bind(task.to_string())
            .bind(turn)
            .fetch_one(&self.pool)
            .await?;
            sent += count::<u32>("cowork_http_ledger", of_turn)?;
        }
        Ok(sent)
    }
}

impl Unit {
    /// Turns begun so far.
    pub async fn turns_begun(&mut self, task: TaskId) -> Result<u32> {
        let turns: i64 = sqlx::query_scalar("SELECT turns FROM cowork_tasks WHERE id = $1")
            .bind(task.to_string())
            .fetch_one(self.connection().await?)
            .await?;
        count("cowork_tasks.turns", turns)
    }

    /// Says that what came after a turn belongs to no context any more.
    pub async fn insert_rewind(
        &mut self,
        task: TaskId,
        past: &Past,
        call: Option<CallId>,
        now: Timestamp,
    ) -> Result<()> {
        let number: i64 = sqlx::query_scalar(
            "INSERT INTO cowork_rewinds (task_id, number, to_turn, call_id, created_at)
             VALUES ($1, (SELECT COALESCE(MAX(number), 0) + 1 FROM cowork_rewinds WHERE task_id = $1), $2, $3, $4)
             RETURNING number",
        )
        .bind(task.to_string())
        .bind(past.turn)
        .bind(call.map(|call| call.to_string()))
        .bind(now)
        .fetch_one(self.connection().await?)
        .await?;
        for turn in &past.later {
            self.later("INSERT INTO cowork_void_turns (task_id, turn, rewind) VALUES ($1, $2, $3)")
                .bind(task.to_string())
                .bind(turn)
                .bind(number);
        }
        Ok(())
    }

    /// Says that a change set takes back the calls after a turn.
    pub async fn set_rewinds_to(&mut self, call: CallId, turn: u32) -> Result<()> {
        self.later("UPDATE cowork_change_sets SET rewinds_to = $2 WHERE call_id = $1")
            .bind(call.to_string())
            .bind(turn);
        Ok(())
    }

    /// Makes agents what a checkpoint says of them. Those that it does not name are history.
    pub async fn set_agents_back(
        &mut self,
        task: TaskId,
        to: &[AgentSnapshot],
        now: Timestamp,
    ) -> Result<()> {
        self.later("UPDATE sub_agents SET void_since = $2 WHERE task_id = $1 AND void_since IS NULL")
            .bind(task.to_string())
            .bind(now);
        for agent in to {
            self.later(
                "UPDATE sub_agents SET void_since = NULL, status = $2,
                    result = CASE WHEN $2 = status THEN result END,
                    failure = CASE WHEN $2 = status THEN failure END,
                    ended_at = CASE WHEN $2 = status THEN ended_at END,
                    turns = (SELECT COUNT(*) FROM cowork_live_turns t WHERE t.agent_id = sub_agents.id)
                 WHERE id = $1",
            )
            .bind(agent.agent_id.to_string())
            .bind(agent.status.name());
        }
        Ok(())
    }

    /// Nobody waits for calls of turns that were taken back. What such calls said to other agents is never read, and what
    /// was read in such turns, or was the result of their calls, is read again.
    pub async fn void_messages(&mut self, task: TaskId) -> Result<()> {
        for statement in [
            "UPDATE cowork_tool_calls SET status = 'denied' WHERE task_id = $1 AND status = 'waiting'
                AND turn IN (SELECT turn FROM cowork_void_turns WHERE task_id = $1)",
            "UPDATE agent_messages SET delivered_turn = NULL WHERE task_id = $1
                AND delivered_turn IN (SELECT turn FROM cowork_void_turns WHERE task_id = $1)",
            "UPDATE agent_messages SET delivered_turn = NULL, read_by = NULL WHERE task_id = $1
                AND read_by IN (SELECT c.id FROM cowork_void_turns v JOIN cowork_tool_calls c
                    ON c.task_id = v.task_id AND c.turn = v.turn WHERE v.task_id = $1)",
            // As read in the turn in which it was sent, which no context holds.
            "UPDATE agent_messages SET delivered_turn =
                    (SELECT turn FROM cowork_tool_calls c WHERE c.id = agent_messages.call_id)
                WHERE task_id = $1 AND delivered_turn IS NULL AND call_id IN (SELECT c.id FROM cowork_tool_calls c
                    JOIN cowork_void_turns v ON v.task_id = c.task_id AND v.turn = c.turn WHERE c.task_id = $1)",
            // What the host said of an end that is taken back.
            "UPDATE agent_messages SET delivered_turn = 0
                WHERE task_id = $1 AND call_id IS NULL AND delivered_turn IS NULL AND from_agent NOT IN
                    (SELECT id FROM sub_agents WHERE task_id = $1 AND void_since IS NULL AND ended_at IS NOT NULL)",
        ] {
            self.later(statement).bind(task.to_string());
        }
        Ok(())
    }

    /// Every subtask is claimed by the last agent that has it, or by none.
    pub async fn renew_claims(&mut self, task: TaskId) -> Result<()> {
        self.later(
            "UPDATE cowork_subtasks SET claimed_by =
                (SELECT CASE WHEN a.status = 'failed' AND cowork_subtasks.status <> 'failed' THEN NULL ELSE a.id END
                 FROM sub_agents a WHERE a.subtask_id = cowork_subtasks.id AND a.void_since IS NULL
                 ORDER BY a.rowid DESC LIMIT 1)
             WHERE task_id = $1",
        )
        .bind(task.to_string());
        Ok(())
    }

    /// Puts a subtask to how far it was, note and all.
    pub async fn put_subtask(&mut self, subtask: &SubtaskProgress) -> Result<()> {
        self.later("UPDATE cowork_subtasks SET status = $2, note = $3 WHERE id = $1")
            .bind(subtask.id.to_string())
            .bind(subtask.status.name())
            .bind(&subtask.note);
        Ok(())
    }

    /// Makes these the deliverables of a task, and no others.
    pub async fn put_deliverables(&mut self, task: TaskId, all: &[Deliverable]) -> Result<()> {
        let rows: Vec<String> = sqlx::query_scalar("SELECT path FROM cowork_deliverables WHERE task_id = $1")
            .bind(task.to_string())
            .fetch_all(self.connection().await?)
            .await?;
        for gone in rows.iter().filter(|path| !all.iter().any(|kept| kept.path.as_str() == path.as_str())) {
            self.later("DELETE FROM cowork_deliverables WHERE task_id = $1 AND path = $2")
                .bind(task.to_string())
                .bind(gone);
        }
        for deliverable in all {
            self.upsert_deliverable(task, deliverable).await?;
        }
        Ok(())
    }
}
