//! Who works on which subtask.

use crate::convert::parse;
use crate::{Result, Unit};
use cowork_domain::{AgentId, PhaseId, SubtaskId};

impl Unit {
    /// Claims the first subtask of a phase that nobody works on, for one agent. One statement: of many who claim, one
    /// gets it. None: nothing is left.
    pub async fn claim_subtask(&mut self, phase: PhaseId, agent: AgentId) -> Result<Option<SubtaskId>> {
        let claimed: Option<String> = sqlx::query_scalar(
            "UPDATE cowork_subtasks SET claimed_by = $2 WHERE claimed_by IS NULL AND id = (
                SELECT id FROM cowork_subtasks
                WHERE phase_id = $1 AND claimed_by IS NULL AND removed_at IS NULL
                    AND status NOT IN ('completed', 'failed')
                ORDER BY position LIMIT 1)
             RETURNING id",
        )
        .bind(phase.to_string())
        .bind(agent.to_string())
        .fetch_optional(self.connection()?)
        .await?;
        claimed.map(|id| parse("cowork_subtasks.id", id)).transpose()
    }

    /// Hands a subtask over from an agent that failed at it to another. False: it is not that agent's any more.
    pub async fn hand_over_subtask(&mut self, id: SubtaskId, from: AgentId, to: AgentId) -> Result<bool> {
        let handed =
            sqlx::query("UPDATE cowork_subtasks SET claimed_by = $3 WHERE id = $1 AND claimed_by = $2")
                .bind(id.to_string())
                .bind(from.to_string())
                .bind(to.to_string())
                .execute(self.connection()?)
                .await?;
        Ok(handed.rows_affected() == 1)
    }
}
