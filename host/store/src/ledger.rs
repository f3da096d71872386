//! Requests of calls that change something on other hosts.

use crate::convert::{from_json, named, to_json};
use crate::{Result, Store};
use cowork_domain::CallId;
use cowork_domain::outbound::{LedgerEntry, LedgerStatus, OutboundRequest, RecordedAnswer};
use std::time::Duration;

#[derive(sqlx::FromRow)]
struct Row {
    status: String,
    request_json: String,
    clock_json: String,
    answer_json: Option<String>,
    answer_body: Option<Vec<u8>>,
}

impl Store {
    /// The ledger of a call, in the order of its requests.
    pub async fn ledger(&self, call: CallId) -> Result<Vec<LedgerEntry>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT status, request_json, clock_json, answer_json, answer_body FROM cowork_http_ledger
             WHERE call_id = $1 ORDER BY number",
        )
        .bind(call.to_string())
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Row::into_domain).collect()
    }

    /// Writes down how far a request is, in place of what was written of its number before; what was sent before under
    /// the same number and was another request is kept beside. It is a unit of its own, and final when this returns: what
    /// follows may leave this machine.
    pub async fn put_ledger(
        &self,
        call: CallId,
        request: &OutboundRequest,
        status: LedgerStatus,
        clock: &[Duration],
    ) -> Result<()> {
        let json = to_json("cowork_http_ledger.request_json", request)?;
        let mut unit = self.begin().await?;
        sqlx::query(
            "INSERT INTO cowork_http_ledger_diverged (call_id, number, status, request_json, answer_json, answer_body)
             SELECT call_id, number, status, request_json, answer_json, answer_body FROM cowork_http_ledger
             WHERE call_id = $1 AND number = $2 AND status IN ('sent', 'confirmed')
                AND json_extract(request_json, '$.hash') <> json_extract($3, '$.hash')",
        )
        .bind(call.to_string())
        .bind(request.number)
        .bind(&json)
        .execute(unit.connection().await?)
        .await?;
        sqlx::query(
            "INSERT INTO cowork_http_ledger (call_id, number, status, request_json, clock_json)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (call_id, number) DO UPDATE SET status = excluded.status,
                request_json = excluded.request_json, clock_json = excluded.clock_json,
                answer_json = NULL, answer_body = NULL",
        )
        .bind(call.to_string())
        .bind(request.number)
        .bind(status.name())
        .bind(json)
        .bind(to_json("cowork_http_ledger.clock_json", &clock)?)
        .execute(unit.connection().await?)
        .await?;
        unit.commit().await
    }

    /// Keeps the answer to a request.
    pub async fn confirm_ledger(&self, call: CallId, number: u32, answer: &RecordedAnswer) -> Result<()> {
        let mut unit = self.begin().await?;
        sqlx::query(
            "UPDATE cowork_http_ledger SET status = 'confirmed', answer_json = $3, answer_body = $4
             WHERE call_id = $1 AND number = $2",
        )
        .bind(call.to_string())
        .bind(number)
        .bind(to_json("cowork_http_ledger.answer_json", &(answer.status, &answer.headers))?)
        .bind(&answer.body)
        .execute(unit.connection().await?)
        .await?;
        unit.commit().await
    }
}

impl Row {
    fn into_domain(self) -> Result<LedgerEntry> {
        let head: Option<(u16, Vec<(String, String)>)> =
            self.answer_json.map(|json| from_json("cowork_http_ledger.answer_json", &json)).transpose()?;
        let body = self.answer_body.unwrap_or_default();
        Ok(LedgerEntry {
            request: from_json("cowork_http_ledger.request_json", &self.request_json)?,
            status: named::<LedgerStatus>("cowork_http_ledger.status", self.status)?,
            answer: head.map(|(status, headers)| RecordedAnswer { status, headers, body }),
            clock: from_json("cowork_http_ledger.clock_json", &self.clock_json)?,
        })
    }
}
