//! Tools that were found for agents.

use crate::convert::{from_json, to_json};
use crate::{Result, Store, Unit};
use cowork_domain::{AgentId, CallId};

impl Store {
    /// The tools that an agent's calls have found, in the order in which they did, without those of turns that were
    /// taken back.
    pub async fn offers(&self, agent: AgentId) -> Result<Vec<String>> {
        let rows: Vec<String> = sqlx::query_scalar(
            "SELECT offers_json FROM cowork_tool_calls c WHERE agent_id = $1 AND offers_json IS NOT NULL AND NOT EXISTS
                (SELECT 1 FROM cowork_void_turns v WHERE v.task_id = c.task_id AND v.turn = c.turn)
             ORDER BY turn, position",
        )
        .bind(agent.to_string())
        .fetch_all(&self.pool)
        .await?;
        let names = rows.iter().map(|json| from_json("cowork_tool_calls.offers_json", json));
        Ok(names.collect::<Result<Vec<Vec<String>>>>()?.concat())
    }
}

impl Unit {
    /// Says which tools a call has found.
    pub async fn set_offers(&mut self, call: CallId, names: &[String]) -> Result<()> {
        self.later("UPDATE cowork_tool_calls SET offers_json = $2 WHERE id = $1")
            .bind(call.to_string())
            .bind(to_json("cowork_tool_calls.offers_json", &names)?);
        Ok(())
    }
}
