use crate::convert::{named, parse, parse_opt};
use crate::{Result, Store, Unit};
use cowork_domain::schedule::{Fire, FireId};
use cowork_domain::{ScheduleId, TaskId, Timestamp};
use sqlx::SqliteConnection;

/// Tasks of a schedule that are not over.
const OPEN: &str = "SELECT t.id FROM cowork_schedule_fires f JOIN cowork_tasks t ON t.id = f.task_id
    WHERE f.schedule_id = $1 AND t.status NOT IN ('completed', 'failed', 'over_budget', 'cancelled') ORDER BY t.id";

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    schedule_id: String,
    scheduled_at: Timestamp,
    since: Option<Timestamp>,
    fired_by: String,
    status: String,
    task_id: Option<String>,
    created_at: Timestamp,
}

impl Store {
    /// What became of the latest firings of a schedule, newest first.
    pub async fn fires(&self, schedule: ScheduleId, limit: u32) -> Result<Vec<Fire>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT * FROM cowork_schedule_fires WHERE schedule_id = $1 ORDER BY scheduled_at DESC, id DESC LIMIT $2",
        )
        .bind(schedule.to_string())
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Row::into_domain).collect()
    }

    /// The tasks of a schedule that are not over.
    pub async fn open_tasks_of_schedule(&self, schedule: ScheduleId) -> Result<Vec<TaskId>> {
        open_tasks(&mut *self.pool.acquire().await?, schedule).await
    }
}

impl Unit {
    /// Writes down what becomes of a firing. False: it was dealt with before.
    pub async fn insert_fire(&mut self, fire: &Fire) -> Result<bool> {
        let inserted = sqlx::query(
            "INSERT INTO cowork_schedule_fires
                (id, schedule_id, scheduled_at, since, fired_by, status, task_id, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING",
        )
        .bind(fire.id.to_string())
        .bind(fire.schedule_id.to_string())
        .bind(fire.scheduled_at)
        .bind(fire.since)
        .bind(fire.fired_by.name())
        .bind(fire.status.name())
        .bind(fire.task_id.map(|id| id.to_string()))
        .bind(fire.created_at)
        .execute(self.connection().await?)
        .await?;
        Ok(inserted.rows_affected() > 0)
    }

    /// A firing, if it was dealt with.
    pub async fn fire(&mut self, id: &FireId) -> Result<Option<Fire>> {
        let row: Option<Row> = sqlx::query_as("SELECT * FROM cowork_schedule_fires WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(self.connection().await?)
            .await?;
        row.map(Row::into_domain).transpose()
    }

    /// The firings of a schedule whose tasks wait for others, oldest first.
    pub async fn queued_fires(&mut self, schedule: ScheduleId) -> Result<Vec<Fire>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT * FROM cowork_schedule_fires WHERE schedule_id = $1 AND status = 'queued'
             ORDER BY scheduled_at, id",
        )
        .bind(schedule.to_string())
        .fetch_all(self.connection().await?)
        .await?;
        rows.into_iter().map(Row::into_domain).collect()
    }

    /// Gives a firing that waited its task.
    pub async fn start_fire(&mut self, id: &FireId, task: TaskId) -> Result<()> {
        self.later("UPDATE cowork_schedule_fires SET status = 'started', task_id = $2 WHERE id = $1")
            .bind(id.to_string())
            .bind(task.to_string());
        Ok(())
    }

    /// The tasks of a schedule that are not over, as this unit sees them.
    pub async fn open_tasks_of_schedule(&mut self, schedule: ScheduleId) -> Result<Vec<TaskId>> {
        open_tasks(self.connection().await?, schedule).await
    }

    /// Forgets what became of firings before a time, but for those whose tasks are not over.
    pub async fn forget_fires(&mut self, before: Timestamp) -> Result<()> {
        self.later(
            "DELETE FROM cowork_schedule_fires WHERE scheduled_at < $1 AND status <> 'queued' AND NOT EXISTS (
                SELECT 1 FROM cowork_tasks t
                WHERE t.id = task_id AND t.status NOT IN ('completed', 'failed', 'over_budget', 'cancelled'))",
        )
        .bind(before);
        Ok(())
    }
}

async fn open_tasks(connection: &mut SqliteConnection, schedule: ScheduleId) -> Result<Vec<TaskId>> {
    let rows: Vec<String> = sqlx::query_scalar(OPEN).bind(schedule.to_string()).fetch_all(connection).await?;
    rows.into_iter().map(|id| parse("cowork_tasks.id", id)).collect()
}

impl Row {
    fn into_domain(self) -> Result<Fire> {
        Ok(Fire {
            id: parse("cowork_schedule_fires.id", self.id)?,
            schedule_id: parse("cowork_schedule_fires.schedule_id", self.schedule_id)?,
            scheduled_at: self.scheduled_at,
            since: self.since,
            fired_by: named("cowork_schedule_fires.fired_by", self.fired_by)?,
            status: named("cowork_schedule_fires.status", self.status)?,
            task_id: parse_opt("cowork_schedule_fires.task_id", self.task_id)?,
            created_at: self.created_at,
        })
    }
}
