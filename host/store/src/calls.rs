use crate::convert::{count, from_json, named, parse, to_json};
use crate::{Result, Store, Unit};
use cowork_domain::call::{Call, CallStatus, Usage, WaitsFor};
use cowork_domain::message::ToolResult;
use cowork_domain::{AgentId, CallId, TaskId, Timestamp};
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
    waits_for: Option<String>,
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

impl Store {
    /// Whether a call belongs to a task that is not over.
    pub async fn is_call_of_open_task(&self, id: CallId) -> Result<bool> {
        Ok(sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM cowork_tool_calls c JOIN cowork_tasks t ON t.id = c.task_id
             WHERE c.id = $1 AND t.status NOT IN ('completed', 'cancelled'))",
        )
        .bind(id.to_string())
        .fetch_one(&self.pool)
        .await?)
    }
}

impl Unit {
    /// Adds a call, before anything is done about it.
    pub(crate) async fn insert_call(&mut self, call: &Call) -> Result<()> {
        self.later(
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
        .bind(call.created_at);
        Ok(())
    }

    /// Says that a call has done what it does, and that its result comes later.
    pub async fn set_call_waiting(
        &mut self,
        id: CallId,
        waits_for: WaitsFor,
        usage: Option<&Usage>,
    ) -> Result<()> {
        let usage = usage.map(|usage| to_json("cowork_tool_calls.usage_json", usage)).transpose()?;
        let waits_for = match waits_for {
            WaitsFor::Person => "person".to_owned(),
            WaitsFor::Message => "message".to_owned(),
            WaitsFor::Agent(agent) => agent.to_string(),
        };
        self.later(
            "UPDATE cowork_tool_calls SET status = 'waiting', waits_for = $2, usage_json = $3 WHERE id = $1",
        )
        .bind(id.to_string())
        .bind(waits_for)
        .bind(usage);
        Ok(())
    }

    /// A call whose result is to come. None: it has come, or the call is another one.
    pub async fn waiting_call(&mut self, id: CallId) -> Result<Option<Call>> {
        let row: Option<CallRow> =
            sqlx::query_as("SELECT * FROM cowork_tool_calls WHERE id = $1 AND status = 'waiting'")
                .bind(id.to_string())
                .fetch_optional(self.connection().await?)
                .await?;
        row.map(CallRow::into_domain).transpose()
    }

    /// The calls of a task that wait for messages, each with what it waits for, in their order.
    pub async fn calls_that_wait_for_messages(&mut self, task: TaskId) -> Result<Vec<(Call, WaitsFor)>> {
        let rows: Vec<CallRow> = sqlx::query_as(
            "SELECT * FROM cowork_tool_calls
             WHERE task_id = $1 AND status = 'waiting' AND waits_for <> 'person' ORDER BY turn, position",
        )
        .bind(task.to_string())
        .fetch_all(self.connection().await?)
        .await?;
        let with_reason = |row: CallRow| {
            let waits_for = match row.waits_for.as_deref() {
                None | Some("message") => WaitsFor::Message,
                Some(agent) => WaitsFor::Agent(parse("cowork_tool_calls.waits_for", agent.to_owned())?),
            };
            Ok((row.into_domain()?, waits_for))
        };
        rows.into_iter().map(with_reason).collect()
    }

    /// Calls that wait for one agent wait for another one, which took its place.
    pub async fn wait_for_another(&mut self, from: AgentId, to: AgentId) -> Result<()> {
        self.later("UPDATE cowork_tool_calls SET waits_for = $2 WHERE waits_for = $1 AND status = 'waiting'")
            .bind(from.to_string())
            .bind(to.to_string());
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
        self.later(
            "UPDATE cowork_tool_calls
             SET status = $2, result_json = $3, finished_at = $4, usage_json = COALESCE($5, usage_json) WHERE id = $1",
        )
        .bind(id.to_string())
        .bind(status.name())
        .bind(to_json("cowork_tool_calls.result_json", result)?)
        .bind(now)
        .bind(usage);
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
