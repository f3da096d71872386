//! Who works on which subtask.

use crate::convert::parse;
use crate::{Result, Unit};
use cowork_domain::{AgentId, PhaseId, SubtaskId, TaskId};

impl Unit {
    /// Claims the first subtask of a phase that nobody works on, for one agent. One statement: of many who claim, one
    /// gets it. What an agent claimed that is history by now is free again. None: nothing is left.
    pub async fn claim_subtask(&mut self, phase: PhaseId, agent: AgentId) -> Result<Option<SubtaskId>> {
        let claimed: Option<String> = sqlx::query_scalar(
            "UPDATE cowork_subtasks SET claimed_by = $2 WHERE id = (
                SELECT s.id FROM cowork_subtasks s LEFT JOIN sub_agents a ON a.id = s.claimed_by
                WHERE s.phase_id = $1 AND (s.claimed_by IS NULL OR a.void_since IS NOT NULL)
                    AND s.removed_at IS NULL AND s.status NOT IN ('completed', 'failed')
                ORDER BY s.position LIMIT 1)
             RETURNING id",
        )
        .bind(phase.to_string())
        .bind(agent.to_string())
        .fetch_optional(self.connection().await?)
        .await?;
        claimed.map(|id| parse("cowork_subtasks.id", id)).transpose()
    }

    /// Leaves a subtask to the next who claims it: the agent that had it failed.
    pub async fn release_subtask(&mut self, id: SubtaskId) -> Result<()> {
        self.later("UPDATE cowork_subtasks SET claimed_by = NULL WHERE id = $1").bind(id.to_string());
        Ok(())
    }

    /// Opens again what agents failed at, in phases that are not done.
    pub async fn reopen_failed_subtasks(&mut self, task: TaskId) -> Result<()> {
        self.later(
            "UPDATE cowork_subtasks SET claimed_by = NULL, status = 'pending'
             WHERE task_id = $1 AND status = 'failed'
                AND phase_id IN (SELECT id FROM task_phases WHERE task_id = $1 AND status <> 'completed')
                AND claimed_by IN (SELECT id FROM sub_agents WHERE task_id = $1 AND status = 'failed')",
        )
        .bind(task.to_string());
        Ok(())
    }
}
