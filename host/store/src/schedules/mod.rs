//! Schedules, what became of their firings, and what their tasks may do without asking.

mod fires;
mod standing;

use crate::convert::{from_json, named, parse, to_json};
use crate::{Error, Result, Store, Unit};
use cowork_domain::schedule::{Schedule, TaskTemplate, Timing};
use cowork_domain::{ScheduleId, Slug, Timestamp};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    cron: String,
    time_zone: String,
    task_json: String,
    missed: String,
    overlap: String,
    paused_at: Option<Timestamp>,
    next_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl Store {
    /// The schedule of an id.
    pub async fn schedule(&self, id: ScheduleId) -> Result<Option<Schedule>> {
        let row: Option<Row> = sqlx::query_as("SELECT * FROM cowork_schedules WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.map(Row::into_domain).transpose()
    }

    /// Schedules in the order in which they were made, of one coworkspace or of all.
    pub async fn schedules(&self, slug: Option<&Slug>) -> Result<Vec<Schedule>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT * FROM cowork_schedules WHERE $1 IS NULL OR coworkspace_slug = $1 ORDER BY id",
        )
        .bind(slug.map(Slug::as_str))
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Row::into_domain).collect()
    }

    /// Schedules whose time has come, and those in whose queue something waits that nothing stands in the way of.
    pub async fn due_schedules(&self, now: Timestamp) -> Result<Vec<ScheduleId>> {
        let rows: Vec<String> = sqlx::query_scalar(
            "SELECT s.id FROM cowork_schedules s WHERE s.paused_at IS NULL AND (s.next_at <= $1 OR (
                EXISTS (SELECT 1 FROM cowork_schedule_fires f WHERE f.schedule_id = s.id AND f.status = 'queued')
                AND NOT EXISTS (
                    SELECT 1 FROM cowork_schedule_fires f JOIN cowork_tasks t ON t.id = f.task_id
                    WHERE f.schedule_id = s.id AND t.status NOT IN ('completed', 'failed', 'over_budget', 'cancelled'))))",
        )
        .bind(now)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(|id| parse("cowork_schedules.id", id)).collect()
    }

    /// When the next schedule fires.
    pub async fn next_firing(&self) -> Result<Option<Timestamp>> {
        Ok(sqlx::query_scalar(
            "SELECT next_at FROM cowork_schedules WHERE paused_at IS NULL AND next_at IS NOT NULL
             ORDER BY next_at LIMIT 1",
        )
        .fetch_optional(&self.pool)
        .await?)
    }
}

impl Unit {
    /// Adds a schedule, or replaces it.
    pub async fn put_schedule(&mut self, schedule: &Schedule) -> Result<()> {
        self.later(
            "INSERT INTO cowork_schedules (id, coworkspace_slug, cron, time_zone, task_json, missed, overlap, paused_at,
                next_at, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             ON CONFLICT (id) DO UPDATE SET coworkspace_slug = excluded.coworkspace_slug, cron = excluded.cron,
                time_zone = excluded.time_zone, task_json = excluded.task_json, missed = excluded.missed,
                overlap = excluded.overlap, paused_at = excluded.paused_at, next_at = excluded.next_at,
                updated_at = excluded.updated_at",
        )
        .bind(schedule.id.to_string())
        .bind(schedule.task.coworkspace_slug.as_str())
        .bind(schedule.timing.cron())
        .bind(schedule.timing.time_zone())
        .bind(to_json("cowork_schedules.task_json", &schedule.task)?)
        .bind(schedule.missed.name())
        .bind(schedule.overlap.name())
        .bind(schedule.paused_at)
        .bind(schedule.next_at)
        .bind(schedule.created_at)
        .bind(schedule.updated_at);
        Ok(())
    }

    /// The schedule as this unit sees it. Nobody else changes it before the unit ends.
    pub async fn schedule(&mut self, id: ScheduleId) -> Result<Option<Schedule>> {
        let row: Option<Row> = sqlx::query_as("SELECT * FROM cowork_schedules WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(self.connection().await?)
            .await?;
        row.map(Row::into_domain).transpose()
    }

    /// Takes a schedule away, with what became of its firings and what it allowed. Its tasks stay.
    pub async fn delete_schedule(&mut self, id: ScheduleId) -> Result<bool> {
        let deleted = sqlx::query("DELETE FROM cowork_schedules WHERE id = $1")
            .bind(id.to_string())
            .execute(self.connection().await?)
            .await?;
        Ok(deleted.rows_affected() > 0)
    }
}

impl Row {
    fn into_domain(self) -> Result<Schedule> {
        let timing = Timing::new(&self.cron, &self.time_zone).map_err(|error| Error::Value {
            column: "cowork_schedules.cron",
            value: self.cron.clone(),
            source: Some(error.into()),
        })?;
        Ok(Schedule {
            id: parse("cowork_schedules.id", self.id)?,
            task: from_json::<TaskTemplate>("cowork_schedules.task_json", &self.task_json)?,
            timing,
            missed: named("cowork_schedules.missed", self.missed)?,
            overlap: named("cowork_schedules.overlap", self.overlap)?,
            paused_at: self.paused_at,
            next_at: self.next_at,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}
