//! What calls did to files.

use crate::convert::{count, from_json, named, parse, parse_opt};
use crate::{Result, Store, Unit};
use cowork_domain::change_set::{CallChanges, ChangeKind, ChangeSet, ChangeSetStatus, Hash};
use cowork_domain::{AgentId, CallId, Slug, TaskId, Timestamp};
use serde::Deserialize;

/// Files that are told of an agent's work, at most.
const MOST_FILES: usize = 200;

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
    /// The call that this one undoes.
    pub undoes: Option<CallId>,
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
    undoes: Option<String>,
}

#[derive(sqlx::FromRow)]
struct ListedRow {
    call_id: String,
    tool: Option<String>,
    turn: Option<i64>,
    status: String,
    undoes: Option<String>,
    rewinds_to: Option<i64>,
    purged: bool,
    changes_json: String,
}

/// The part of the recorded changes that is for people.
#[derive(Deserialize)]
pub(crate) struct OnlySet {
    pub(crate) set: ChangeSet,
}

impl Store {
    /// What a call did to files, if it did anything that was recorded.
    pub async fn change_set(&self, call: CallId) -> Result<Option<StoredChanges>> {
        let row: Option<Row> = sqlx::query_as(
            "SELECT call_id, task_id, status, content_hash, changes_json, held_json, undoes
             FROM cowork_change_sets WHERE call_id = $1",
        )
        .bind(call.to_string())
        .fetch_optional(&self.pool)
        .await?;
        row.map(Row::into_domain).transpose()
    }

    /// What was done to files for a task, and what waits or was denied, oldest first.
    pub async fn change_sets(&self, task: TaskId) -> Result<Vec<CallChanges>> {
        let rows: Vec<ListedRow> = sqlx::query_as(
            "SELECT s.call_id, c.tool, c.turn, s.status, s.undoes, s.rewinds_to, s.purged_at IS NOT NULL AS purged,
                s.changes_json
             FROM cowork_change_sets s LEFT JOIN cowork_tool_calls c ON c.id = s.call_id
             WHERE s.task_id = $1 ORDER BY s.rowid",
        )
        .bind(task.to_string())
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(ListedRow::into_domain).collect()
    }

    /// Files that calls of an agent made, changed or moved after one turn and up to another, in that order.
    pub async fn changed_files(&self, agent: AgentId, after: u32, up_to: u32) -> Result<Vec<String>> {
        let rows: Vec<String> = sqlx::query_scalar(
            "SELECT s.changes_json FROM cowork_tool_calls c JOIN cowork_change_sets s ON s.call_id = c.id
             WHERE c.agent_id = $1 AND c.turn > $2 AND c.turn <= $3 AND s.status = 'committed'
             ORDER BY c.turn, c.position",
        )
        .bind(agent.to_string())
        .bind(after)
        .bind(up_to)
        .fetch_all(&self.pool)
        .await?;
        let mut files: Vec<String> = Vec::new();
        for json in rows {
            let set = from_json::<OnlySet>("cowork_change_sets.changes_json", &json)?.set;
            let kept = set.changes().iter().filter(|change| change.kind != ChangeKind::Deleted);
            for path in kept.map(|change| &change.path) {
                files.retain(|file| file != path);
                files.push(path.clone());
                // So that a call which moved thousands does not make this slow.
                if files.len() > MOST_FILES {
                    files.remove(0);
                }
            }
        }
        Ok(files)
    }

    /// The calls in a coworkspace whose tasks are over and of which is kept what they replaced, oldest first.
    pub async fn undoable_calls(&self, slug: &Slug) -> Result<Vec<(CallId, Timestamp)>> {
        let rows: Vec<(String, Timestamp)> = sqlx::query_as(
            "SELECT s.call_id, s.created_at FROM cowork_change_sets s JOIN cowork_tasks t ON t.id = s.task_id
             WHERE t.coworkspace_slug = $1 AND t.status IN ('completed', 'failed', 'over_budget', 'cancelled')
               AND s.status IN ('committed', 'undone') AND s.purged_at IS NULL ORDER BY s.rowid",
        )
        .bind(slug.as_str())
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(|(call, at)| Ok((parse("cowork_change_sets.call_id", call)?, at))).collect()
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

impl Store {
    /// Tasks that were cancelled while calls of theirs waited for a person.
    pub async fn cancelled_with_held_calls(&self) -> Result<Vec<TaskId>> {
        let rows: Vec<String> = sqlx::query_scalar(
            "SELECT DISTINCT s.task_id FROM cowork_change_sets s JOIN cowork_tasks t ON t.id = s.task_id
             WHERE s.status = 'held' AND t.status = 'cancelled'",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(|id| parse("cowork_change_sets.task_id", id)).collect()
    }
}

impl Unit {
    /// Denies what calls of a task hold, and gives those calls.
    pub async fn deny_held(&mut self, task: TaskId) -> Result<Vec<CallId>> {
        let rows: Vec<String> = sqlx::query_scalar(
            "UPDATE cowork_change_sets SET status = 'denied' WHERE task_id = $1 AND status = 'held'
             RETURNING call_id",
        )
        .bind(task.to_string())
        .fetch_all(self.connection().await?)
        .await?;
        rows.into_iter().map(|id| parse("cowork_change_sets.call_id", id)).collect()
    }

    /// Denies what calls hold whose agents are over, and gives those calls.
    pub async fn deny_held_of_the_ended(&mut self, task: TaskId) -> Result<Vec<CallId>> {
        let rows: Vec<String> = sqlx::query_scalar(
            "UPDATE cowork_change_sets SET status = 'denied' WHERE task_id = $1 AND status = 'held' AND call_id IN (
                SELECT c.id FROM cowork_tool_calls c JOIN sub_agents a ON a.id = c.agent_id
                WHERE c.task_id = $1 AND a.ended_at IS NOT NULL)
             RETURNING call_id",
        )
        .bind(task.to_string())
        .fetch_all(self.connection().await?)
        .await?;
        rows.into_iter().map(|id| parse("cowork_change_sets.call_id", id)).collect()
    }

    /// Records what a call did to files, in place of what was recorded of an earlier run.
    pub async fn put_change_set(&mut self, changes: &StoredChanges, now: Timestamp) -> Result<()> {
        // A new row, so that rows lie in the order in which they became what they are.
        self.later("DELETE FROM cowork_change_sets WHERE call_id = $1").bind(changes.call_id.to_string());
        self.later(
            "INSERT INTO cowork_change_sets
                (call_id, task_id, status, content_hash, changes_json, held_json, undoes, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(changes.call_id.to_string())
        .bind(changes.task_id.to_string())
        .bind(changes.status.name())
        .bind(changes.content_hash.to_string())
        .bind(&changes.changes_json)
        .bind(&changes.held_json)
        .bind(changes.undoes.map(|call| call.to_string()))
        .bind(now);
        Ok(())
    }

    /// Forgets what a call would have done: files that it rests on have changed, and it runs again.
    pub async fn forget_held(&mut self, call: CallId) -> Result<()> {
        self.later("DELETE FROM cowork_change_sets WHERE call_id = $1 AND status = 'held'")
            .bind(call.to_string());
        Ok(())
    }

    /// Says that a call was taken back.
    pub async fn set_undone(&mut self, call: CallId) -> Result<()> {
        self.later("UPDATE cowork_change_sets SET status = 'undone' WHERE call_id = $1")
            .bind(call.to_string());
        Ok(())
    }

    /// Says that what a call replaced is kept no longer.
    pub async fn set_purged(&mut self, call: CallId, at: Timestamp) -> Result<()> {
        self.later("UPDATE cowork_change_sets SET purged_at = $2 WHERE call_id = $1")
            .bind(call.to_string())
            .bind(at);
        Ok(())
    }

    /// Remembers where somebody else wrote in the instant of a commit.
    pub async fn set_collisions(&mut self, call: CallId, collisions_json: &str) -> Result<()> {
        self.later("UPDATE cowork_change_sets SET collisions_json = $2 WHERE call_id = $1")
            .bind(call.to_string())
            .bind(collisions_json);
        Ok(())
    }

    /// Remembers that the content of this file was made by a task.
    pub async fn put_made_file(&mut self, task: TaskId, file: MadeFile) -> Result<()> {
        self.later(
            "INSERT INTO cowork_made_files (task_id, dev, ino, size, modified) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (task_id, dev, ino) DO UPDATE SET size = excluded.size, modified = excluded.modified",
        )
        .bind(task.to_string())
        .bind(file.dev.cast_signed())
        .bind(file.ino.cast_signed())
        .bind(file.size.cast_signed())
        .bind(file.modified);
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
            undoes: parse_opt("cowork_change_sets.undoes", self.undoes)?,
        })
    }
}

impl ListedRow {
    fn into_domain(self) -> Result<CallChanges> {
        Ok(CallChanges {
            call_id: parse("cowork_change_sets.call_id", self.call_id)?,
            tool: self.tool,
            turn: self.turn.map(|turn| count("cowork_tool_calls.turn", turn)).transpose()?,
            status: named("cowork_change_sets.status", self.status)?,
            undoes: parse_opt("cowork_change_sets.undoes", self.undoes)?,
            rewinds_to: self
                .rewinds_to
                .map(|turn| count("cowork_change_sets.rewinds_to", turn))
                .transpose()?,
            purged: self.purged,
            changes: from_json::<OnlySet>("cowork_change_sets.changes_json", &self.changes_json)?.set,
        })
    }
}
