//! Copying the log of a task into a new one, up to a turn. Everything that is copied gets an id of its own.

use crate::convert::{count, from_json, parse};
use crate::{Result, Store, Unit};
use cowork_domain::checkpoint::{AgentSnapshot, Checkpoint};
use cowork_domain::rewind::Past;
use cowork_domain::{AgentId, CallId, PhaseId, SubtaskId, TaskId};
use std::collections::BTreeMap;

/// What has which id in the new task.
#[derive(Debug, Default)]
pub struct NewIds {
    /// Phases of the plan.
    pub phases: BTreeMap<PhaseId, PhaseId>,
    /// Subtasks of the plan.
    pub subtasks: BTreeMap<SubtaskId, SubtaskId>,
    /// Agents.
    pub agents: BTreeMap<AgentId, AgentId>,
    /// Calls.
    pub calls: BTreeMap<CallId, CallId>,
}

impl Store {
    /// The task and the turn that a task was forked from.
    pub async fn forked_from(&self, task: TaskId) -> Result<Option<(TaskId, u32)>> {
        let row: Option<(Option<String>, Option<i64>)> =
            sqlx::query_as("SELECT forked_from, forked_turn FROM cowork_tasks WHERE id = $1")
                .bind(task.to_string())
                .fetch_optional(&self.pool)
                .await?;
        let Some((Some(from), Some(turn))) = row else { return Ok(None) };
        let turn = count("cowork_tasks.forked_turn", turn)?;
        Ok(Some((parse("cowork_tasks.forked_from", from)?, turn)))
    }
}

impl Unit {
    /// Says of a task that it goes on from a turn of another one, with the limits and the budget of that one.
    pub async fn set_forked(&mut self, task: TaskId, from: TaskId, turn: u32) -> Result<()> {
        self.later(
            "UPDATE cowork_tasks SET forked_from = $2, forked_turn = $3,
                limits_json = (SELECT limits_json FROM cowork_tasks WHERE id = $2),
                budget_json = (SELECT budget_json FROM cowork_tasks WHERE id = $2),
                turns = (SELECT COALESCE(MAX(turn), 0) FROM cowork_turns WHERE task_id = $1)
             WHERE id = $1",
        )
        .bind(task.to_string())
        .bind(from.to_string())
        .bind(turn);
        Ok(())
    }

    /// Copies the agents of a past with their turns, calls and checkpoints. `note` is added to what they were told.
    pub async fn copy_log(
        &mut self,
        from: TaskId,
        to: TaskId,
        past: &Past,
        note: &str,
        ids: &mut NewIds,
    ) -> Result<()> {
        for agent in &past.agents {
            self.copy_agent(to, agent.agent_id, note, ids).await?;
        }
        let checkpoints: Vec<(String, Option<String>)> = sqlx::query_as(
            "SELECT c.state_json, c.notice FROM task_checkpoints c
             JOIN cowork_live_turns t ON t.task_id = c.task_id AND t.turn = c.turn WHERE c.task_id = $1
               AND c.rowid <= (SELECT rowid FROM task_checkpoints WHERE task_id = $1 AND turn = $2)
             ORDER BY c.rowid",
        )
        .bind(from.to_string())
        .bind(past.turn)
        .fetch_all(self.connection().await?)
        .await?;
        for (json, notice) in checkpoints {
            let mut checkpoint: Checkpoint = from_json("task_checkpoints.state_json", &json)?;
            if !self.copy_turn(from, to, checkpoint.turn, ids).await? {
                continue;
            }
            checkpoint.task_id = to;
            let agents = checkpoint.agent_states.into_iter();
            let known = agents.filter_map(|agent| {
                Some(AgentSnapshot { agent_id: *ids.agents.get(&agent.agent_id)?, ..agent })
            });
            checkpoint.agent_states = known.collect();
            self.insert_checkpoint(&checkpoint, notice.as_deref()).await?;
        }
        self.copy_messages(from, to, ids).await
    }

    /// Copies what agents said in what was copied: read where the turn in which it was read was copied, else still to be
    /// read.
    async fn copy_messages(&mut self, from: TaskId, to: TaskId, ids: &NewIds) -> Result<()> {
        /// Id, sender, receiver, the call that sent it, the call whose result it was.
        type Said = (String, String, String, Option<String>, Option<String>);
        let rows: Vec<Said> = sqlx::query_as(
            "SELECT id, from_agent, to_agent, call_id, read_by FROM agent_messages WHERE task_id = $1 ORDER BY rowid",
        )
        .bind(from.to_string())
        .fetch_all(self.connection().await?)
        .await?;
        for (old, sender, receiver, call, read_by) in rows {
            let agent = |id: &str| id.parse().ok().and_then(|id| ids.agents.get(&id));
            let call = call.map(|id| parse::<CallId>("agent_messages.call_id", id)).transpose()?;
            let new_call = call.and_then(|call| ids.calls.get(&call));
            let read_by = read_by.map(|id| parse::<CallId>("agent_messages.read_by", id)).transpose()?;
            let read_by = read_by.and_then(|call| ids.calls.get(&call));
            let Some(receiver) = agent(&receiver) else { continue };
            if call.is_some() && new_call.is_none() {
                continue;
            }
            self.later(
                "INSERT INTO agent_messages (id, from_agent, to_agent, type, content, task_id, call_id, is_tainted,
                    sent_at, delivered_turn, read_by)
                 SELECT $2, $3, $4, type, content, $5, $6, is_tainted, sent_at, CASE WHEN $7 IS NOT NULL THEN 0 ELSE
                    (SELECT turn FROM cowork_turns t WHERE t.task_id = $5 AND t.turn = delivered_turn) END, $7
                 FROM agent_messages WHERE id = $1",
            )
            .bind(&old)
            .bind(CallId::new().to_string())
            .bind(agent(&sender).map_or(sender.clone(), ToString::to_string))
            .bind(receiver.to_string())
            .bind(to.to_string())
            .bind(new_call.map(ToString::to_string))
            .bind(read_by.map(ToString::to_string));
        }
        Ok(())
    }

    async fn copy_agent(&mut self, to: TaskId, old: AgentId, note: &str, ids: &mut NewIds) -> Result<()> {
        let place: (Option<String>, Option<String>, Option<String>) =
            sqlx::query_as("SELECT phase_id, subtask_id, parent_id FROM sub_agents WHERE id = $1")
                .bind(old.to_string())
                .fetch_one(self.connection().await?)
                .await?;
        let phase = place.0.map(|id| parse("sub_agents.phase_id", id)).transpose()?;
        let subtask = place.1.map(|id| parse("sub_agents.subtask_id", id)).transpose()?;
        let parent = place.2.map(|id| parse("sub_agents.parent_id", id)).transpose()?;
        let new = AgentId::new();
        ids.agents.insert(old, new);
        self.later(
            "INSERT INTO sub_agents
                (id, task_id, name, role, status, phase_id, subtask_id, parent_id, depth, attempt, write_set_json,
                 system_prompt, brief, result, failure, started_at, ended_at, tainted_by)
             SELECT $2, $3, name, role, status, $4, $5, $6, depth, attempt, write_set_json, system_prompt,
                brief || $7, result, failure, started_at, ended_at, tainted_by FROM sub_agents WHERE id = $1",
        )
        .bind(old.to_string())
        .bind(new.to_string())
        .bind(to.to_string())
        .bind(phase.and_then(|old| ids.phases.get(&old)).map(ToString::to_string))
        .bind(subtask.and_then(|old| ids.subtasks.get(&old)).map(ToString::to_string))
        .bind(parent.and_then(|old| ids.agents.get(&old)).map(ToString::to_string))
        .bind(note);
        Ok(())
    }

    /// False: its agent is history by now, and is not copied.
    async fn copy_turn(&mut self, from: TaskId, to: TaskId, turn: u32, ids: &mut NewIds) -> Result<bool> {
        let agent: String =
            sqlx::query_scalar("SELECT agent_id FROM cowork_turns WHERE task_id = $1 AND turn = $2")
                .bind(from.to_string())
                .bind(turn)
                .fetch_one(self.connection().await?)
                .await?;
        let Some(agent) = ids.agents.get(&parse("cowork_turns.agent_id", agent)?).copied() else {
            return Ok(false);
        };
        self.later(
            "INSERT INTO cowork_turns (task_id, turn, agent_id, answer_json, doubt, created_at)
             SELECT $3, turn, $4, answer_json, doubt, created_at FROM cowork_turns WHERE task_id = $1 AND turn = $2",
        )
        .bind(from.to_string())
        .bind(turn)
        .bind(to.to_string())
        .bind(agent.to_string());
        let calls: Vec<String> = sqlx::query_scalar(
            "SELECT id FROM cowork_tool_calls WHERE task_id = $1 AND turn = $2 ORDER BY position",
        )
        .bind(from.to_string())
        .bind(turn)
        .fetch_all(self.connection().await?)
        .await?;
        for old in calls {
            let new = CallId::new();
            self.later(
                "INSERT INTO cowork_tool_calls (id, task_id, agent_id, turn, position, model_call_id, tool, arguments,
                    status, result_json, usage_json, created_at, finished_at)
                 SELECT $2, $3, $4, turn, position, model_call_id, tool, arguments, status, result_json,
                    usage_json, created_at, finished_at FROM cowork_tool_calls WHERE id = $1",
            )
            .bind(&old)
            .bind(new.to_string())
            .bind(to.to_string())
            .bind(agent.to_string());
            ids.calls.insert(parse("cowork_tool_calls.id", old)?, new);
        }
        Ok(true)
    }
}
