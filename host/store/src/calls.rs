use crate::convert::{count, from_json, named, parse, to_json};
use crate::{Result, Store, Unit};
use cowork_domain::call::{Call, CallStatus, Usage};
use cowork_domain::message::ToolResult;
use cowork_domain::{CallId, Timestamp};
use std::collections::BTreeSet;

#[derive(sqlx::FromRow)]
pub(crate) struct CallRow {
    id: String,
    task_id: String,
    agent_id: String,
    turn: i64,
    position: i64,
    model_call_id: String,
    tool: String,
    arguments: String,
    status: String,
    result_json: Option<String>,
    usage_json: Option<String>,
    created_at: Timestamp,
    finished_at: Option<Timestamp>,
}

impl Store {
    /// Those of the given calls whose result is final.
    pub async fn final_calls(&self, ids: &[CallId]) -> Result<BTreeSet<CallId>> {
        let mut found = BTreeSet::new();
        for id in ids {
            let status: Option<String> =
                sqlx::query_scalar("SELECT status FROM cowork_tool_calls WHERE id = $1")
                    .bind(id.to_string())
                    .fetch_optional(&self.pool)
                    .await?;
            if let Some(status) = status
                && named::<CallStatus>("cowork_tool_calls.status", status)?.is_final()
            {
                found.insert(*id);
            }
        }
        Ok(found)
    }
}

impl Unit {
    /// Adds a call, before anything is done about it.
    pub(crate) async fn insert_call(&mut self, call: &Call) -> Result<()> {
        sqlx::query(
            "INSERT INTO cowork_tool_calls
                (id, task_id, agent_id, turn, position, model_call_id, tool, arguments, status, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(call.id.to_string())
        .bind(call.task_id.to_string())
        .bind(call.agent_id.to_string())
        .bind(call.turn)
        .bind(call.position)
        .bind(&call.model_call_id)
        .bind(&call.tool)
        .bind(&call.arguments)
        .bind(call.status.name())
        .bind(call.created_at)
        .execute(self.connection()?)
        .await?;
        Ok(())
    }

    /// Makes a call's result final.
    pub async fn finish_call(
        &mut self,
        id: CallId,
        status: CallStatus,
        result: &ToolResult,
        usage: Option<&Usage>,
        now: Timestamp,
    ) -> Result<()> {
        let usage = usage.map(|usage| to_json("cowork_tool_calls.usage_json", usage)).transpose()?;
        sqlx::query(
            "UPDATE cowork_tool_calls SET status = $2, result_json = $3, finished_at = $4, usage_json = $5
             WHERE id = $1",
        )
        .bind(id.to_string())
        .bind(status.name())
        .bind(to_json("cowork_tool_calls.result_json", result)?)
        .bind(now)
        .bind(usage)
        .execute(self.connection()?)
        .await?;
        Ok(())
    }
}

impl CallRow {
    pub(crate) fn into_domain(self) -> Result<Call> {
        let result =
            self.result_json.map(|json| from_json("cowork_tool_calls.result_json", &json)).transpose()?;
        let usage =
            self.usage_json.map(|json| from_json("cowork_tool_calls.usage_json", &json)).transpose()?;
        Ok(Call {
            id: parse("cowork_tool_calls.id", self.id)?,
            task_id: parse("cowork_tool_calls.task_id", self.task_id)?,
            agent_id: parse("cowork_tool_calls.agent_id", self.agent_id)?,
            turn: count("cowork_tool_calls.turn", self.turn)?,
            position: count("cowork_tool_calls.position", self.position)?,
            model_call_id: self.model_call_id,
            tool: self.tool,
            arguments: self.arguments,
            status: named("cowork_tool_calls.status", self.status)?,
            result,
            usage,
            created_at: self.created_at,
            finished_at: self.finished_at,
        })
    }
}
