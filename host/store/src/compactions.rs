//! Where contexts were made shorter. Rows are added, never changed.

use crate::convert::{count, from_json, to_json};
use crate::{Result, Store, Unit};
use cowork_domain::message::Usage;
use cowork_domain::{AgentId, Timestamp};

/// One time that an agent's context was made shorter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compaction {
    /// The last turn that it stands for.
    pub up_to_turn: u32,
    /// What stands for the turns up to there. None: they stay, with long results cut short.
    pub summary: Option<String>,
    /// Files that the agent changed in them, newest last.
    pub files: Vec<String>,
    /// What the summary cost.
    pub usage: Usage,
}

#[derive(sqlx::FromRow)]
struct Row {
    up_to_turn: i64,
    summary: Option<String>,
    files_json: String,
    input_tokens: i64,
    output_tokens: i64,
}

impl Store {
    /// The last summary of an agent's context, and up to which turn long results are cut short. What stands for a turn that
    /// a person took back later counts no more, whichever of the task's turns that rewind went to.
    pub async fn last_compactions(&self, agent: AgentId) -> Result<(Option<Compaction>, u32)> {
        let summary: Option<Row> = sqlx::query_as(
            "SELECT up_to_turn, summary, files_json, input_tokens, output_tokens FROM cowork_compactions c
             WHERE agent_id = $1 AND summary IS NOT NULL AND NOT EXISTS
                (SELECT 1 FROM cowork_turns t JOIN cowork_void_turns v ON v.task_id = t.task_id AND v.turn = t.turn
                 WHERE t.agent_id = c.agent_id AND t.turn <= c.up_to_turn AND v.rewind > c.rewinds)
             ORDER BY number DESC LIMIT 1",
        )
        .bind(agent.to_string())
        .fetch_optional(&self.pool)
        .await?;
        let cut: Option<i64> =
            sqlx::query_scalar("SELECT MAX(up_to_turn) FROM cowork_compactions WHERE agent_id = $1")
                .bind(agent.to_string())
                .fetch_one(&self.pool)
                .await?;
        let cut = count("cowork_compactions.up_to_turn", cut.unwrap_or_default())?;
        Ok((summary.map(Row::into_domain).transpose()?, cut))
    }

    /// All compactions of an agent's context, oldest first.
    pub async fn compactions(&self, agent: AgentId) -> Result<Vec<Compaction>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT up_to_turn, summary, files_json, input_tokens, output_tokens FROM cowork_compactions
             WHERE agent_id = $1 ORDER BY number",
        )
        .bind(agent.to_string())
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Row::into_domain).collect()
    }
}

impl Unit {
    /// Adds one to the log.
    pub async fn insert_compaction(
        &mut self,
        agent: AgentId,
        compaction: &Compaction,
        now: Timestamp,
    ) -> Result<()> {
        self.later(
            "INSERT INTO cowork_compactions
                (agent_id, number, up_to_turn, summary, files_json, input_tokens, output_tokens, created_at, rewinds)
             SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3, $4, $5, $6, $7,
                (SELECT COUNT(*) FROM cowork_rewinds WHERE task_id = (SELECT task_id FROM sub_agents WHERE id = $1))
             FROM cowork_compactions WHERE agent_id = $1",
        )
        .bind(agent.to_string())
        .bind(compaction.up_to_turn)
        .bind(&compaction.summary)
        .bind(to_json("cowork_compactions.files_json", &compaction.files)?)
        .bind(compaction.usage.input_tokens.cast_signed())
        .bind(compaction.usage.output_tokens.cast_signed())
        .bind(now);
        Ok(())
    }
}

impl Row {
    fn into_domain(self) -> Result<Compaction> {
        Ok(Compaction {
            up_to_turn: count("cowork_compactions.up_to_turn", self.up_to_turn)?,
            summary: self.summary,
            files: from_json("cowork_compactions.files_json", &self.files_json)?,
            usage: Usage {
                input_tokens: count("cowork_compactions.input_tokens", self.input_tokens)?,
                output_tokens: count("cowork_compactions.output_tokens", self.output_tokens)?,
                ..Usage::default()
            },
        })
    }
}
