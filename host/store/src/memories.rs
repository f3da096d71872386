//! What coworkspaces remember, as it is found. The files are the authority; their text is searched here.

use crate::convert::{count, from_json, to_json};
use crate::{Result, Store, Unit};
use cowork_domain::memory::{FoundMemory, Memory};
use cowork_domain::{Slug, Timestamp};

/// A file of a memory as it was when it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryFile {
    /// The memory's name.
    pub key: String,
    /// In bytes.
    pub size: u64,
    /// When it was last written, in nanoseconds since 1970.
    pub modified: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    key: String,
    title: String,
    tags_json: String,
    text: String,
    time: Option<Timestamp>,
    who: Option<String>,
    tainted: bool,
    snippet: String,
    score: f64,
}

impl Store {
    /// The files that are known of a coworkspace.
    pub async fn memory_files(&self, slug: &Slug) -> Result<Vec<MemoryFile>> {
        let rows: Vec<(String, i64, i64)> =
            sqlx::query_as("SELECT key, size, modified FROM cowork_memories WHERE coworkspace_slug = $1")
                .bind(slug.as_str())
                .fetch_all(&self.pool)
                .await?;
        rows.into_iter()
            .map(|(key, size, modified)| {
                Ok(MemoryFile { key, size: count("cowork_memories.size", size)?, modified })
            })
            .collect()
    }

    /// The newest memories of a coworkspace.
    pub async fn memories(&self, slug: &Slug, limit: u32) -> Result<Vec<FoundMemory>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT key, title, tags_json, text, time, who, tainted, '' AS snippet, 0.0 AS score
             FROM cowork_memories WHERE coworkspace_slug = $1
             ORDER BY time IS NULL, time DESC, modified DESC, key LIMIT $2",
        )
        .bind(slug.as_str())
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Row::into_domain).collect()
    }

    /// The memories of a coworkspace that hold any of these words, those first that fit best: a title counts most, then
    /// tags.
    pub async fn search_memories(
        &self,
        slug: &Slug,
        words: &[String],
        limit: u32,
    ) -> Result<Vec<FoundMemory>> {
        if words.is_empty() {
            return self.memories(slug, limit).await;
        }
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT m.key, m.title, m.tags_json, m.text, m.time, m.who, m.tainted,
                snippet(cowork_memories_fts, 2, '', '', '…', 32) AS snippet,
                -bm25(cowork_memories_fts, 4.0, 2.0, 1.0) AS score
             FROM cowork_memories_fts JOIN cowork_memories m ON m.id = cowork_memories_fts.rowid
             WHERE cowork_memories_fts MATCH $1 AND m.coworkspace_slug = $2
             ORDER BY bm25(cowork_memories_fts, 4.0, 2.0, 1.0), m.key LIMIT $3",
        )
        .bind(any_of(words))
        .bind(slug.as_str())
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        // Where there are few memories the figures are tiny, whatever fits: only how they compare says something.
        let best = rows.first().map_or(1.0, |row| row.score.max(f64::MIN_POSITIVE));
        let compared = rows.into_iter().map(|row| Row { score: row.score / best, ..row });
        compared.map(Row::into_domain).collect()
    }
}

impl Unit {
    /// Takes up what a file says now.
    pub async fn put_memory(&mut self, slug: &Slug, memory: &Memory, file: &MemoryFile) -> Result<()> {
        self.later(
            "INSERT INTO cowork_memories
                (coworkspace_slug, key, title, tags_json, tags, text, time, who, tainted, size, modified)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             ON CONFLICT (coworkspace_slug, key) DO UPDATE SET title = excluded.title,
                tags_json = excluded.tags_json, tags = excluded.tags, text = excluded.text, time = excluded.time,
                who = excluded.who, tainted = excluded.tainted, size = excluded.size, modified = excluded.modified",
        )
        .bind(slug.as_str())
        .bind(&memory.key)
        .bind(&memory.title)
        .bind(to_json("cowork_memories.tags_json", &memory.tags)?)
        .bind(memory.tags.join(" "))
        .bind(&memory.text)
        .bind(memory.time)
        .bind(&memory.who)
        .bind(memory.tainted)
        .bind(file.size.cast_signed())
        .bind(file.modified);
        Ok(())
    }

    /// Forgets a memory whose file is gone.
    pub async fn drop_memory(&mut self, slug: &Slug, key: &str) -> Result<()> {
        self.later("DELETE FROM cowork_memories WHERE coworkspace_slug = $1 AND key = $2")
            .bind(slug.as_str())
            .bind(key);
        Ok(())
    }
}

/// Each word as a text of its own, so that none of them is taken for an operator. The beginning of a word finds it.
fn any_of(words: &[String]) -> String {
    let quoted = words.iter().map(|word| {
        let prefix = if word.chars().count() > 3 { "*" } else { "" };
        format!("\"{}\"{prefix}", word.replace('"', "\"\""))
    });
    quoted.collect::<Vec<_>>().join(" OR ")
}

impl Row {
    fn into_domain(self) -> Result<FoundMemory> {
        let tags = from_json("cowork_memories.tags_json", &self.tags_json)?;
        let Self { key, title, text, time, who, tainted, snippet, score, .. } = self;
        let memory = Memory { key, title, tags, time, who, tainted, text };
        Ok(FoundMemory { memory, snippet, score, truncated: false })
    }
}
