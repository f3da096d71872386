use crate::convert::parse;
use crate::{Result, Store, Unit};
use cowork_domain::deliverable::Deliverable;
use cowork_domain::{TaskId, Timestamp};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    call_id: String,
    path: String,
    title: String,
    description: Option<String>,
    created_at: Timestamp,
}

impl Store {
    /// What a task has handed over, in the order in which it did.
    pub async fn deliverables(&self, task: TaskId) -> Result<Vec<Deliverable>> {
        let rows: Vec<Row> =
            sqlx::query_as("SELECT * FROM cowork_deliverables WHERE task_id = $1 ORDER BY id")
                .bind(task.to_string())
                .fetch_all(&self.pool)
                .await?;
        rows.into_iter().map(Row::into_domain).collect()
    }
}

impl Unit {
    /// Adds a deliverable. The same path again replaces its title, description and call.
    pub async fn upsert_deliverable(&mut self, task: TaskId, deliverable: &Deliverable) -> Result<()> {
        sqlx::query(
            "INSERT INTO cowork_deliverables (id, task_id, call_id, path, title, description, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (task_id, path) DO UPDATE
             SET call_id = excluded.call_id, title = excluded.title, description = excluded.description",
        )
        .bind(deliverable.id.to_string())
        .bind(task.to_string())
        .bind(deliverable.call_id.to_string())
        .bind(deliverable.path.as_str())
        .bind(&deliverable.title)
        .bind(&deliverable.description)
        .bind(deliverable.created_at)
        .execute(self.connection()?)
        .await?;
        Ok(())
    }
}

impl Row {
    fn into_domain(self) -> Result<Deliverable> {
        Ok(Deliverable {
            id: parse("cowork_deliverables.id", self.id)?,
            call_id: parse("cowork_deliverables.call_id", self.call_id)?,
            path: parse("cowork_deliverables.path", self.path)?,
            title: self.title,
            description: self.description,
            created_at: self.created_at,
        })
    }
}
