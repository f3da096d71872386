//! Agents that have read text of strangers, and files that were made of it.

use crate::convert::named;
use crate::{Result, Store, Unit};
use cowork_domain::{AgentId, CallId, Slug, Taint, TaskId};
use serde_json::json;

/// A file as it is on disk, at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileObject {
    /// Relative to the coworkspace.
    pub path: String,
    /// The file system.
    pub dev: u64,
    /// The file in it.
    pub ino: u64,
}

/// Files that are looked up at once.
const AT_ONCE: usize = 500;

impl Store {
    /// Whether and by what an agent was tainted first.
    pub async fn taint(&self, agent: AgentId) -> Result<Option<Taint>> {
        let name: Option<String> = sqlx::query_scalar("SELECT tainted_by FROM sub_agents WHERE id = $1")
            .bind(agent.to_string())
            .fetch_one(&self.pool)
            .await?;
        name.map(|name| named("sub_agents.tainted_by", name)).transpose()
    }

    /// Whether an agent has read text of strangers: what it says to another taints that one too.
    pub async fn is_tainted(&self, agent: AgentId) -> Result<bool> {
        Ok(self.taint(agent).await?.is_some())
    }

    /// Whether the agent of a call has read text of strangers: what the call gave may hold it.
    pub async fn is_call_tainted(&self, call: CallId) -> Result<bool> {
        Ok(sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM cowork_tool_calls c JOIN sub_agents a ON a.id = c.agent_id
             WHERE c.id = $1 AND a.tainted_by IS NOT NULL)",
        )
        .bind(call.to_string())
        .fetch_one(&self.pool)
        .await?)
    }

    /// Whether one of these files was made of text of strangers.
    pub async fn any_tainted(&self, slug: &Slug, files: &[FileObject]) -> Result<bool> {
        if files.is_empty() || !self.has_tainted_files(slug).await? {
            return Ok(false);
        }
        for some in files.chunks(AT_ONCE) {
            let found: bool = sqlx::query_scalar(ANY_TAINTED)
                .bind(slug.as_str())
                .bind(objects(some))
                .fetch_one(&self.pool)
                .await?;
            if found {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn has_tainted_files(&self, slug: &Slug) -> Result<bool> {
        Ok(sqlx::query_scalar(HAS_TAINTED).bind(slug.as_str()).fetch_one(&self.pool).await?)
    }
}

const HAS_TAINTED: &str = "SELECT EXISTS (SELECT 1 FROM cowork_tainted_files WHERE coworkspace_slug = $1)";

/// Two questions, so that each finds its index.
const ANY_TAINTED: &str = "
    SELECT EXISTS (
        SELECT 1 FROM json_each($2) f JOIN cowork_tainted_files t
        ON t.coworkspace_slug = $1 AND t.path = json_extract(f.value, '$.path')
    ) OR EXISTS (
        SELECT 1 FROM json_each($2) f JOIN cowork_tainted_files t
        ON t.coworkspace_slug = $1 AND t.dev = json_extract(f.value, '$.dev')
            AND t.ino = json_extract(f.value, '$.ino')
    )";

impl Unit {
    /// Says that an agent has read text of strangers. What was said of it first stays.
    pub async fn taint_agent(&mut self, agent: AgentId, by: Taint) -> Result<()> {
        self.later("UPDATE sub_agents SET tainted_by = $2 WHERE id = $1 AND tainted_by IS NULL")
            .bind(agent.to_string())
            .bind(by.name());
        Ok(())
    }

    /// An agent whose brief shows the last words of the agents before it has read what these have read.
    pub async fn taint_by_brief(&mut self, task: TaskId, agent: AgentId) -> Result<()> {
        self.later(
            "UPDATE sub_agents SET tainted_by = $3 WHERE id = $2 AND tainted_by IS NULL AND EXISTS
                (SELECT 1 FROM sub_agents WHERE task_id = $1 AND tainted_by IS NOT NULL AND ended_at IS NOT NULL)",
        )
        .bind(task.to_string())
        .bind(agent.to_string())
        .bind(Taint::Brief.name());
        Ok(())
    }

    /// Whether any file of a coworkspace was made of text of strangers.
    pub async fn has_tainted_files(&mut self, slug: &Slug) -> Result<bool> {
        Ok(sqlx::query_scalar(HAS_TAINTED).bind(slug.as_str()).fetch_one(self.connection().await?).await?)
    }

    /// The same question as [`Store::is_tainted`].
    pub async fn is_tainted(&mut self, agent: AgentId) -> Result<bool> {
        Ok(sqlx::query_scalar("SELECT tainted_by IS NOT NULL FROM sub_agents WHERE id = $1")
            .bind(agent.to_string())
            .fetch_one(self.connection().await?)
            .await?)
    }

    /// The same question as [`Store::any_tainted`], of one file.
    pub async fn is_file_tainted(&mut self, slug: &Slug, file: &FileObject) -> Result<bool> {
        Ok(sqlx::query_scalar(ANY_TAINTED)
            .bind(slug.as_str())
            .bind(objects(std::slice::from_ref(file)))
            .fetch_one(self.connection().await?)
            .await?)
    }

    /// Says that a file was made of text of strangers.
    pub async fn taint_file(&mut self, slug: &Slug, file: &FileObject) -> Result<()> {
        self.later(
            "INSERT INTO cowork_tainted_files (coworkspace_slug, path, dev, ino) VALUES ($1, $2, $3, $4)
             ON CONFLICT (coworkspace_slug, path) DO UPDATE SET dev = excluded.dev, ino = excluded.ino",
        )
        .bind(slug.as_str())
        .bind(&file.path)
        .bind(file.dev.cast_signed())
        .bind(file.ino.cast_signed());
        Ok(())
    }

    /// Forgets what was said of a file that is not there any more, by its place and by what it was on disk: the system
    /// gives its number to new files.
    pub async fn untaint_file(&mut self, slug: &Slug, file: &FileObject) -> Result<()> {
        self.later(
            "DELETE FROM cowork_tainted_files WHERE coworkspace_slug = $1 AND (path = $2 OR (dev = $3 AND ino = $4))",
        )
        .bind(slug.as_str())
        .bind(&file.path)
        .bind(file.dev.cast_signed())
        .bind(file.ino.cast_signed());
        Ok(())
    }
}

fn objects(files: &[FileObject]) -> String {
    let object = |file: &FileObject| json!({"path": file.path, "dev": file.dev.cast_signed(), "ino": file.ino.cast_signed()});
    serde_json::Value::from_iter(files.iter().map(object)).to_string()
}
