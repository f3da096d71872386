use crate::convert::{from_json, parse, parse_opt, to_json};
use crate::{Result, Store, Unit};
use cowork_domain::change_set::Hash;
use cowork_domain::deliverable::Deliverable;
use cowork_domain::{CallId, CoworkspacePath, DeliverableId, TaskId, Timestamp};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    call_id: String,
    path: String,
    title: String,
    description: Option<String>,
    made_by_json: Option<String>,
    content_hash: Option<String>,
    created_at: Timestamp,
}

/// A committed change of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// The call that made it.
    pub call_id: CallId,
    /// Its place in the order of commits.
    pub position: i64,
    /// Where the file was before, if it was moved.
    pub from: Option<String>,
    /// Its content afterwards; none where it stayed the same.
    pub content_hash: Option<Hash>,
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

    /// Whether a call of the task has made, changed, moved or taken away what is or was at a place.
    pub async fn has_touched(&self, task: TaskId, path: &str) -> Result<bool> {
        Ok(sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM cowork_change_sets s, json_each(s.changes_json, '$.set') c
             WHERE s.task_id = $1 AND s.status IN ('committed', 'undone')
                AND (json_extract(c.value, '$.path') = $2 OR json_extract(c.value, '$.from') = $2))",
        )
        .bind(task.to_string())
        .bind(path)
        .fetch_one(&self.pool)
        .await?)
    }
}

impl Unit {
    /// Adds a deliverable. The same path again replaces all that is said of it.
    pub async fn upsert_deliverable(&mut self, task: TaskId, deliverable: &Deliverable) -> Result<()> {
        self.later(
            "INSERT INTO cowork_deliverables
                (id, task_id, call_id, path, title, description, created_at, made_by_json, content_hash)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (task_id, path) DO UPDATE
             SET call_id = excluded.call_id, title = excluded.title, description = excluded.description,
                made_by_json = excluded.made_by_json, content_hash = excluded.content_hash",
        )
        .bind(deliverable.id.to_string())
        .bind(task.to_string())
        .bind(deliverable.call_id.to_string())
        .bind(deliverable.path.as_str())
        .bind(&deliverable.title)
        .bind(&deliverable.description)
        .bind(deliverable.created_at)
        .bind(to_json("cowork_deliverables.made_by_json", &deliverable.made_by)?)
        .bind(deliverable.content_hash.map(|hash| hash.to_string()));
        Ok(())
    }

    /// What a task has handed over, as this unit sees it.
    pub async fn deliverables(&mut self, task: TaskId) -> Result<Vec<Deliverable>> {
        let rows: Vec<Row> =
            sqlx::query_as("SELECT * FROM cowork_deliverables WHERE task_id = $1 ORDER BY id")
                .bind(task.to_string())
                .fetch_all(self.connection().await?)
                .await?;
        rows.into_iter().map(Row::into_domain).collect()
    }

    /// The changes of what is at a place that a task has committed before a position and not taken back, oldest first.
    pub async fn changes_at(&mut self, task: TaskId, path: &str, before: i64) -> Result<Vec<FileChange>> {
        let rows: Vec<(String, i64, Option<String>, Option<String>)> = sqlx::query_as(
            "SELECT s.call_id, s.rowid, json_extract(c.value, '$.from'),
                COALESCE(json_extract(c.value, '$.after.hash'), json_extract(c.value, '$.before.hash'))
             FROM cowork_change_sets s, json_each(s.changes_json, '$.set') c
             WHERE s.task_id = $1 AND s.status = 'committed' AND s.undoes IS NULL
                AND s.rewinds_to IS NULL
                AND json_extract(c.value, '$.path') = $2 AND json_extract(c.value, '$.change') <> 'deleted'
                AND s.rowid < $3
             ORDER BY s.rowid",
        )
        .bind(task.to_string())
        .bind(path)
        .bind(before)
        .fetch_all(self.connection().await?)
        .await?;
        let change = |(call, position, from, hash)| {
            Ok(FileChange {
                call_id: parse("cowork_change_sets.call_id", call)?,
                position,
                from,
                content_hash: parse_opt("cowork_change_sets.changes_json", hash)?,
            })
        };
        rows.into_iter().map(change).collect()
    }

    /// Those of these calls whose changes were not taken back since, in their order.
    pub async fn still_committed(&mut self, calls: &[CallId]) -> Result<Vec<CallId>> {
        let rows: Vec<(String,)> = self
            .later(
                "SELECT s.call_id FROM json_each($1) j JOIN cowork_change_sets s ON s.call_id = j.value
                 WHERE s.status = 'committed' ORDER BY j.key",
            )
            .bind(to_json("cowork_deliverables.made_by_json", &calls)?)
            .fetch_all()
            .await?;
        rows.into_iter().map(|(id,)| parse("cowork_change_sets.call_id", id)).collect()
    }

    /// Writes down where a deliverable lies, which calls made or changed it, and what they left.
    pub async fn bind_deliverable(&mut self, deliverable: &Deliverable) -> Result<()> {
        self.later(
            "UPDATE cowork_deliverables SET path = $2, made_by_json = $3, content_hash = $4 WHERE id = $1",
        )
        .bind(deliverable.id.to_string())
        .bind(deliverable.path.as_str())
        .bind(to_json("cowork_deliverables.made_by_json", &deliverable.made_by)?)
        .bind(deliverable.content_hash.map(|hash| hash.to_string()));
        Ok(())
    }

    /// Says that a file is handed over no longer.
    pub async fn delete_deliverable(&mut self, id: DeliverableId) -> Result<()> {
        self.later("DELETE FROM cowork_deliverables WHERE id = $1").bind(id.to_string());
        Ok(())
    }
}

impl Row {
    fn into_domain(self) -> Result<Deliverable> {
        let made_by =
            self.made_by_json.map(|json| from_json("cowork_deliverables.made_by_json", &json)).transpose()?;
        Ok(Deliverable {
            id: parse("cowork_deliverables.id", self.id)?,
            call_id: parse("cowork_deliverables.call_id", self.call_id)?,
            path: parse::<CoworkspacePath>("cowork_deliverables.path", self.path)?,
            title: self.title,
            description: self.description,
            made_by: made_by.unwrap_or_default(),
            content_hash: parse_opt("cowork_deliverables.content_hash", self.content_hash)?,
            created_at: self.created_at,
        })
    }
}
