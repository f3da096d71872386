use crate::convert::{from_json, parse, to_json};
use crate::{Result, Store, Unit};
use cowork_domain::event::{Event, EventKind};
use cowork_domain::{TaskId, Timestamp};

#[derive(sqlx::FromRow)]
struct Row {
    task_id: String,
    seq: i64,
    event_json: String,
    created_at: Timestamp,
}

impl Store {
    /// The events of a task after `seq`, oldest first, at most `limit`.
    pub async fn events(&self, task: TaskId, after: i64, limit: u32) -> Result<Vec<Event>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT * FROM cowork_task_events WHERE task_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
        )
        .bind(task.to_string())
        .bind(after)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Row::into_domain).collect()
    }
}

impl Unit {
    /// Tells an event, with everything else in this unit or not at all.
    pub async fn insert_event(&mut self, task: TaskId, kind: &EventKind, now: Timestamp) -> Result<()> {
        self.later(
            "INSERT INTO cowork_task_events (task_id, seq, event_json, created_at)
             SELECT $1, COALESCE(MAX(seq), 0) + 1, $2, $3 FROM cowork_task_events WHERE task_id = $1",
        )
        .bind(task.to_string())
        .bind(to_json("cowork_task_events.event_json", kind)?)
        .bind(now);
        Ok(())
    }
}

impl Row {
    fn into_domain(self) -> Result<Event> {
        let kind: EventKind = from_json("cowork_task_events.event_json", &self.event_json)?;
        let task_id = parse("cowork_task_events.task_id", self.task_id)?;
        Ok(Event { seq: self.seq, task_id, at: self.created_at, kind })
    }
}
