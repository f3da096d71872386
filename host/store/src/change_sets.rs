//! What calls did to files.

use crate::convert::{named, parse};
use crate::{Result, Store, Unit};
use cowork_domain::change_set::{ChangeSetStatus, Hash};
use cowork_domain::{CallId, TaskId, Timestamp};

/// A recorded change set. The JSON texts are the engine's; nothing here looks into them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredChanges {
    /// The call.
    pub call_id: CallId,
    /// Its task.
    pub task_id: TaskId,
    /// Where it stands.
    pub status: ChangeSetStatus,
    /// What an approval binds.
    pub content_hash: Hash,
    /// The change set, its steps and what it rests on.
    pub changes_json: String,
    /// What the call gave, while its change set is held.
    pub held_json: Option<String>,
}

/// A file as it is on disk, whose content a task made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MadeFile {
    /// The file system.
    pub dev: u64,
    /// The file in it.
    pub ino: u64,
    /// In bytes.
    pub size: u64,
    /// When it was last written, in nanoseconds since 1970.
    pub modified: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    call_id: String,
    task_id: String,
    status: String,
    content_hash: String,
    changes_json: String,
    held_json: Option<String>,
}

impl Store {
    /// What a call did to files, if it did anything that was recorded.
    pub async fn change_set(&self, call: CallId) -> Result<Option<StoredChanges>> {
        let row: Option<Row> = sqlx::query_as(
            "SELECT call_id, task_id, status, content_hash, changes_json, held_json
             FROM cowork_change_sets WHERE call_id = $1",
        )
        .bind(call.to_string())
        .fetch_optional(&self.pool)
        .await?;
        row.map(Row::into_domain).transpose()
    }

    /// What the calls of a task did to files, in the order of the calls.
    pub async fn change_sets(&self, task: TaskId) -> Result<Vec<StoredChanges>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT s.call_id, s.task_id, s.status, s.content_hash, s.changes_json, s.held_json
             FROM cowork_change_sets s JOIN cowork_tool_calls c ON c.id = s.call_id
             WHERE s.task_id = $1 ORDER BY c.turn, c.position",
        )
        .bind(task.to_string())
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Row::into_domain).collect()
    }

    /// Whether a task made the content of this file itself, and nobody has written it since.
    pub async fn is_made_by(&self, task: TaskId, file: MadeFile) -> Result<bool> {
        Ok(sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM cowork_made_files
             WHERE task_id = $1 AND dev = $2 AND ino = $3 AND size = $4 AND modified = $5)",
        )
        .bind(task.to_string())
        .bind(file.dev.cast_signed())
        .bind(file.ino.cast_signed())
        .bind(file.size.cast_signed())
        .bind(file.modified)
        .fetch_one(&self.pool)
        .await?)
    }
}

impl Unit {
    /// Records what a call did to files, in place of what was recorded of an earlier run.
    pub async fn put_change_set(&mut self, changes: &StoredChanges, now: Timestamp) -> Result<()> {
        sqlx::query(
            "INSERT INTO cowork_change_sets
                (call_id, task_id, status, content_hash, changes_json, held_json, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (call_id) DO UPDATE SET status = excluded.status, content_hash = excluded.content_hash,
                changes_json = excluded.changes_json, held_json = excluded.held_json",
        )
        .bind(changes.call_id.to_string())
        .bind(changes.task_id.to_string())
        .bind(changes.status.name())
        .bind(changes.content_hash.to_string())
        .bind(&changes.changes_json)
        .bind(&changes.held_json)
        .bind(now)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    /// Remembers where somebody else wrote in the instant of a commit.
    pub async fn set_collisions(&mut self, call: CallId, collisions_json: &str) -> Result<()> {
        sqlx::query("UPDATE cowork_change_sets SET collisions_json = $2 WHERE call_id = $1")
            .bind(call.to_string())
            .bind(collisions_json)
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    /// Remembers that the content of this file was made by a task.
    pub async fn put_made_file(&mut self, task: TaskId, file: MadeFile) -> Result<()> {
        sqlx::query(
            "INSERT INTO cowork_made_files (task_id, dev, ino, size, modified) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (task_id, dev, ino) DO UPDATE SET size = excluded.size, modified = excluded.modified",
        )
        .bind(task.to_string())
        .bind(file.dev.cast_signed())
        .bind(file.ino.cast_signed())
        .bind(file.size.cast_signed())
        .bind(file.modified)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }
}

impl Row {
    fn into_domain(self) -> Result<StoredChanges> {
        Ok(StoredChanges {
            call_id: parse("cowork_change_sets.call_id", self.call_id)?,
            task_id: parse("cowork_change_sets.task_id", self.task_id)?,
            status: named("cowork_change_sets.status", self.status)?,
            content_hash: parse("cowork_change_sets.content_hash", self.content_hash)?,
            changes_json: self.changes_json,
            held_json: self.held_json,
        })
    }
}
