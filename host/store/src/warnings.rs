use crate::convert::{from_json, to_json};
use crate::{Result, Store, Unit};
use cowork_domain::warning::Warning;
use cowork_domain::{TaskId, Timestamp};

impl Store {
    /// What a person should know of a task, in the order in which it came up.
    pub async fn warnings(&self, task: TaskId) -> Result<Vec<Warning>> {
        let rows: Vec<String> = sqlx::query_scalar(
            "SELECT warning_json FROM cowork_task_warnings WHERE task_id = $1 ORDER BY rowid",
        )
        .bind(task.to_string())
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|json| from_json("cowork_task_warnings.warning_json", json)).collect()
    }
}

impl Unit {
    /// Adds what a person should know of a task. False: it is there already.
    pub async fn insert_warning(&mut self, task: TaskId, warning: &Warning, now: Timestamp) -> Result<bool> {
        let inserted = sqlx::query(
            "INSERT INTO cowork_task_warnings (task_id, warning_json, created_at) VALUES ($1, $2, $3)
             ON CONFLICT (task_id, warning_json) DO NOTHING",
        )
        .bind(task.to_string())
        .bind(to_json("cowork_task_warnings.warning_json", warning)?)
        .bind(now)
        .execute(self.connection().await?)
        .await?;
        Ok(inserted.rows_affected() > 0)
    }
}
