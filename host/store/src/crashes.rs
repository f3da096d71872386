//! Calls that were at work when a host ended without a word.

use crate::convert::count;
use crate::{Result, Store, Unit};
use cowork_domain::CallId;
use cowork_domain::call::Call;

use crate::calls::CallRow;

impl Store {
    /// The call of an id.
    pub async fn call(&self, id: CallId) -> Result<Option<Call>> {
        let row: Option<CallRow> = sqlx::query_as("SELECT * FROM cowork_tool_calls WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.map(CallRow::into_domain).transpose()
    }
}

impl Unit {
    /// Counts that a host ended while this call was at work, and gives how often it has.
    pub async fn count_crash(&mut self, call: CallId) -> Result<u32> {
        let times: i64 = sqlx::query_scalar(
            "INSERT INTO cowork_crashes (call_id, times) VALUES ($1, 1)
             ON CONFLICT (call_id) DO UPDATE SET times = times + 1 RETURNING times",
        )
        .bind(call.to_string())
        .fetch_one(self.connection().await?)
        .await?;
        count("cowork_crashes.times", times)
    }

    /// Begins to count anew for this call, and forgets those that are final by now.
    pub async fn forget_crashes(&mut self, call: CallId) -> Result<()> {
        self.later(
            "DELETE FROM cowork_crashes WHERE call_id = $1 OR call_id IN
                (SELECT id FROM cowork_tool_calls WHERE id = call_id AND finished_at IS NOT NULL)",
        )
        .bind(call.to_string());
        Ok(())
    }
}
