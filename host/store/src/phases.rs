//! Phases and their subtasks: the plan's rows, with how far each is.

use crate::convert::{named, parse, to_json};
use crate::{Result, Store, Unit};
use cowork_domain::call::SubtaskStatus;
use cowork_domain::plan::Phase;
use cowork_domain::progress::{PhaseProgress, PhaseStatus, SubtaskProgress};
use cowork_domain::{PhaseId, Plan, SubtaskId, TaskId, Timestamp};
use sqlx::SqliteConnection;

#[derive(sqlx::FromRow)]
struct PhaseRow {
    id: String,
    name: String,
    status: String,
    parallel: bool,
    progress: f64,
}

#[derive(sqlx::FromRow)]
struct SubtaskRow {
    id: String,
    phase_id: String,
    title: String,
    status: String,
    note: Option<String>,
}

impl Store {
    /// The phases of a task in the order of its plan, each with its subtasks.
    pub async fn phases(&self, task: TaskId) -> Result<Vec<PhaseProgress>> {
        phases(&mut *self.pool.acquire().await?, task).await
    }
}

impl Unit {
    /// The phases as this unit sees them.
    pub async fn phases(&mut self, task: TaskId) -> Result<Vec<PhaseProgress>> {
        phases(self.connection().await?, task).await
    }

    /// Makes the rows of a task those of its plan. Phases and subtasks that stay keep their ids and how far they are;
    /// what the plan does not have any more is put aside.
    pub async fn put_phases(&mut self, task: TaskId, plan: &Plan, now: Timestamp) -> Result<()> {
        let mut old = self.phases(task).await?;
        for (position, phase) in (0_i64..).zip(&plan.phases) {
            match old.iter().position(|row| row.name == phase.name) {
                Some(at) => self.keep_phase(task, old.remove(at), position, phase, now).await?,
                None => self.insert_phase(task, position, phase).await?,
            }
        }
        for gone in old {
            self.remove_subtasks(&gone.subtasks, now).await?;
            self.later("UPDATE task_phases SET removed_at = $2 WHERE id = $1")
                .bind(gone.id.to_string())
                .bind(now);
        }
        Ok(())
    }

    async fn keep_phase(
        &mut self,
        task: TaskId,
        mut row: PhaseProgress,
        position: i64,
        phase: &Phase,
        now: Timestamp,
    ) -> Result<()> {
        let depends_on =
            phase.depends_on.as_ref().map(|names| to_json("task_phases.depends_on", names)).transpose()?;
        self.later("UPDATE task_phases SET position = $2, parallel = $3, depends_on = $4 WHERE id = $1")
            .bind(row.id.to_string())
            .bind(position)
            .bind(phase.parallel)
            .bind(depends_on);
        for (position, title) in (0_i64..).zip(&phase.subtasks) {
            let Some(at) = row.subtasks.iter().position(|subtask| subtask.title == *title) else {
                self.insert_subtask(task, row.id, position, title).await?;
                continue;
            };
            self.later("UPDATE cowork_subtasks SET position = $2 WHERE id = $1")
                .bind(row.subtasks.remove(at).id.to_string())
                .bind(position);
        }
        self.remove_subtasks(&row.subtasks, now).await
    }

    async fn remove_subtasks(&mut self, gone: &[SubtaskProgress], now: Timestamp) -> Result<()> {
        for subtask in gone {
            self.later("UPDATE cowork_subtasks SET removed_at = $2 WHERE id = $1")
                .bind(subtask.id.to_string())
                .bind(now);
        }
        Ok(())
    }

    async fn insert_phase(&mut self, task: TaskId, position: i64, phase: &Phase) -> Result<()> {
        let id = PhaseId::new();
        let depends_on =
            phase.depends_on.as_ref().map(|names| to_json("task_phases.depends_on", names)).transpose()?;
        self.later(
            "INSERT INTO task_phases (id, task_id, position, name, parallel, depends_on)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(id.to_string())
        .bind(task.to_string())
        .bind(position)
        .bind(&phase.name)
        .bind(phase.parallel)
        .bind(depends_on);
        for (position, title) in (0_i64..).zip(&phase.subtasks) {
            self.insert_subtask(task, id, position, title).await?;
        }
        Ok(())
    }

    async fn insert_subtask(
        &mut self,
        task: TaskId,
        phase: PhaseId,
        position: i64,
        title: &str,
    ) -> Result<()> {
        self.later(
            "INSERT INTO cowork_subtasks (id, task_id, phase_id, position, title) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(SubtaskId::new().to_string())
        .bind(task.to_string())
        .bind(phase.to_string())
        .bind(position)
        .bind(title);
        Ok(())
    }

    /// Sets how far a phase is.
    pub async fn set_phase(&mut self, id: PhaseId, status: PhaseStatus, progress: f64) -> Result<()> {
        self.later("UPDATE task_phases SET status = $2, progress = $3 WHERE id = $1")
            .bind(id.to_string())
            .bind(status.name())
            .bind(progress);
        Ok(())
    }

    /// Sets how far a subtask is. A note of `None` keeps the one that is there.
    pub async fn set_subtask(
        &mut self,
        id: SubtaskId,
        status: SubtaskStatus,
        note: Option<&str>,
    ) -> Result<()> {
        self.later("UPDATE cowork_subtasks SET status = $2, note = COALESCE($3, note) WHERE id = $1")
            .bind(id.to_string())
            .bind(status.name())
            .bind(note);
        Ok(())
    }
}

async fn phases(connection: &mut SqliteConnection, task: TaskId) -> Result<Vec<PhaseProgress>> {
    let rows: Vec<PhaseRow> = sqlx::query_as(
        "SELECT * FROM task_phases WHERE task_id = $1 AND removed_at IS NULL ORDER BY position",
    )
    .bind(task.to_string())
    .fetch_all(&mut *connection)
    .await?;
    let subtasks: Vec<SubtaskRow> = sqlx::query_as(
        "SELECT * FROM cowork_subtasks WHERE task_id = $1 AND removed_at IS NULL ORDER BY phase_id, position",
    )
    .bind(task.to_string())
    .fetch_all(connection)
    .await?;
    let mut phases = rows.into_iter().map(PhaseRow::into_domain).collect::<Result<Vec<_>>>()?;
    for row in subtasks {
        let phase: PhaseId = parse("cowork_subtasks.phase_id", row.phase_id.clone())?;
        if let Some(phase) = phases.iter_mut().find(|other| other.id == phase) {
            phase.subtasks.push(row.into_domain()?);
        }
    }
    Ok(phases)
}

impl PhaseRow {
    fn into_domain(self) -> Result<PhaseProgress> {
        Ok(PhaseProgress {
            id: parse("task_phases.id", self.id)?,
            name: self.name,
            status: named("task_phases.status", self.status)?,
            parallel: self.parallel,
            progress: self.progress,
            subtasks: Vec::new(),
        })
    }
}

impl SubtaskRow {
    fn into_domain(self) -> Result<SubtaskProgress> {
        Ok(SubtaskProgress {
            id: parse("cowork_subtasks.id", self.id)?,
            title: self.title,
            status: named("cowork_subtasks.status", self.status)?,
            note: self.note,
        })
    }
}
