use crate::convert::{from_json, to_json};
use crate::{Result, Store, Unit};
use cowork_domain::TaskId;
use cowork_domain::checkpoint::Checkpoint;

impl Store {
    /// All checkpoints of a task, oldest first.
    pub async fn checkpoints(&self, task: TaskId) -> Result<Vec<Checkpoint>> {
        let rows: Vec<String> =
            sqlx::query_scalar("SELECT state_json FROM task_checkpoints WHERE task_id = $1 ORDER BY turn")
                .bind(task.to_string())
                .fetch_all(&self.pool)
                .await?;
        rows.iter().map(|json| from_json("task_checkpoints.state_json", json)).collect()
    }
}

impl Unit {
    /// Saves a checkpoint, with what the agent is told after its turn. The turn of a task has one; a second is an error.
    pub async fn insert_checkpoint(&mut self, checkpoint: &Checkpoint, notice: Option<&str>) -> Result<()> {
        sqlx::query("INSERT INTO task_checkpoints (id, task_id, turn, state_json, notice) VALUES ($1, $2, $3, $4, $5)")
            .bind(format!("{}-{}", checkpoint.task_id, checkpoint.turn))
            .bind(checkpoint.task_id.to_string())
            .bind(checkpoint.turn)
            .bind(to_json("task_checkpoints.state_json", checkpoint)?)
            .bind(notice)
            .execute(self.connection()?)
            .await?;
        Ok(())
    }
}
