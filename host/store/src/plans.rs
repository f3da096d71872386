//! The versions of plans.

use crate::convert::{count, from_json, named, parse, to_json};
use crate::{Result, Store, Unit};
use cowork_domain::plan_version::{PlanAuthor, PlanStatus, PlanVersion};
use cowork_domain::{Plan, TaskId, Timestamp};
use sqlx::SqliteConnection;

#[derive(sqlx::FromRow)]
struct Row {
    version: i64,
    author: String,
    status: String,
    in_force: bool,
    words: Option<String>,
    reason: Option<String>,
    plan_json: Option<String>,
    based_on: Option<i64>,
    created_at: Timestamp,
    decided_at: Option<Timestamp>,
}

/// A version that is about to be added.
#[derive(Debug, Clone, Copy)]
pub struct NewPlanVersion<'a> {
    /// Who writes it.
    pub author: PlanAuthor,
    /// Where it stands.
    pub status: PlanStatus,
    /// What the person asked for.
    pub words: Option<&'a str>,
    /// The plan, if it is written.
    pub plan: Option<&'a Plan>,
}

impl Store {
    /// All versions of a task's plan, oldest first.
    pub async fn plan_versions(&self, task: TaskId) -> Result<Vec<PlanVersion>> {
        versions(&mut *self.pool.acquire().await?, task, None).await
    }

    /// One version of a task's plan.
    pub async fn plan_version(&self, task: TaskId, version: u32) -> Result<Option<PlanVersion>> {
        Ok(versions(&mut *self.pool.acquire().await?, task, Some(version)).await?.pop())
    }

    /// The version of its plan that a task goes by.
    pub async fn plan_in_force(&self, task: TaskId) -> Result<Option<u32>> {
        let version: Option<i64> = sqlx::query_scalar("SELECT plan_version FROM cowork_tasks WHERE id = $1")
            .bind(task.to_string())
            .fetch_one(&self.pool)
            .await?;
        version.map(|version| count("cowork_tasks.plan_version", version)).transpose()
    }

    /// Revisions that a model was writing when the host ended.
    pub async fn unwritten_revisions(&self) -> Result<Vec<(TaskId, u32)>> {
        let rows: Vec<(String, i64)> =
            sqlx::query_as("SELECT task_id, version FROM cowork_plan_versions WHERE status = 'writing'")
                .fetch_all(&self.pool)
                .await?;
        let of = |(task, version)| {
            let task = parse("cowork_plan_versions.task_id", task)?;
            Ok((task, count("cowork_plan_versions.version", version)?))
        };
        rows.into_iter().map(of).collect()
    }
}

impl Unit {
    /// Adds a version, and gives its number. It changes the one that is in force now.
    pub async fn insert_plan_version(
        &mut self,
        task: TaskId,
        new: NewPlanVersion<'_>,
        now: Timestamp,
    ) -> Result<u32> {
        let plan = new.plan.map(|plan| to_json("cowork_plan_versions.plan_json", plan)).transpose()?;
        let decided = (new.status == PlanStatus::Accepted).then_some(now);
        let version: i64 = sqlx::query_scalar(
            "INSERT INTO cowork_plan_versions
                (task_id, version, author, status, words, plan_json, based_on, created_at, decided_at)
             VALUES ($1, (SELECT COALESCE(MAX(version), 0) + 1 FROM cowork_plan_versions WHERE task_id = $1),
                $2, $3, $4, $5, (SELECT plan_version FROM cowork_tasks WHERE id = $1), $6, $7) RETURNING version",
        )
        .bind(task.to_string())
        .bind(new.author.name())
        .bind(new.status.name())
        .bind(new.words)
        .bind(plan)
        .bind(now)
        .bind(decided)
        .fetch_one(self.connection().await?)
        .await?;
        count("cowork_plan_versions.version", version)
    }

    /// One version of a task's plan, as this unit sees it.
    pub async fn plan_version(&mut self, task: TaskId, version: u32) -> Result<Option<PlanVersion>> {
        Ok(versions(self.connection().await?, task, Some(version)).await?.pop())
    }

    /// The version that the task goes by, as this unit sees it. Nobody else changes it before the unit ends.
    pub async fn plan_in_force(&mut self, task: TaskId) -> Result<Option<u32>> {
        let version: Option<i64> = sqlx::query_scalar("SELECT plan_version FROM cowork_tasks WHERE id = $1")
            .bind(task.to_string())
            .fetch_one(self.connection().await?)
            .await?;
        version.map(|version| count("cowork_tasks.plan_version", version)).transpose()
    }

    /// Gives a version that is being written its plan. False: it was dropped in the meantime.
    pub async fn propose_plan(&mut self, task: TaskId, version: u32, plan: &Plan) -> Result<bool> {
        let done = sqlx::query(
            "UPDATE cowork_plan_versions SET status = 'proposed', plan_json = $3
             WHERE task_id = $1 AND version = $2 AND status = 'writing'",
        )
        .bind(task.to_string())
        .bind(version)
        .bind(to_json("cowork_plan_versions.plan_json", plan)?)
        .execute(self.connection().await?)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Says what became of a version that was being written or proposed.
    pub async fn decide_plan_version(
        &mut self,
        task: TaskId,
        version: u32,
        status: PlanStatus,
        reason: Option<&str>,
        now: Timestamp,
    ) -> Result<()> {
        self.later(
            "UPDATE cowork_plan_versions SET status = $3, reason = $4, decided_at = $5
             WHERE task_id = $1 AND version = $2 AND status IN ('writing', 'proposed')",
        )
        .bind(task.to_string())
        .bind(version)
        .bind(status.name())
        .bind(reason)
        .bind(now);
        Ok(())
    }

    /// Drops what is being written or proposed for a task.
    pub async fn drop_proposals(&mut self, task: TaskId, reason: &str, now: Timestamp) -> Result<()> {
        self.later(
            "UPDATE cowork_plan_versions SET status = 'dropped', reason = $2, decided_at = $3
             WHERE task_id = $1 AND status IN ('writing', 'proposed')",
        )
        .bind(task.to_string())
        .bind(reason)
        .bind(now);
        Ok(())
    }

    /// The plan that the task goes by from now on.
    pub async fn set_plan(&mut self, id: TaskId, plan: &Plan, version: u32) -> Result<()> {
        self.later("UPDATE cowork_tasks SET plan_json = $2, plan_version = $3 WHERE id = $1")
            .bind(id.to_string())
            .bind(to_json("cowork_tasks.plan_json", plan)?)
            .bind(version);
        Ok(())
    }

    /// The plan of a task, as this unit sees it.
    pub async fn plan(&mut self, id: TaskId) -> Result<Option<Plan>> {
        let plan: Option<Option<String>> =
            sqlx::query_scalar("SELECT plan_json FROM cowork_tasks WHERE id = $1")
                .bind(id.to_string())
                .fetch_optional(self.connection().await?)
                .await?;
        plan.flatten().map(|plan| from_json("cowork_tasks.plan_json", &plan)).transpose()
    }
}

async fn versions(
    connection: &mut SqliteConnection,
    task: TaskId,
    version: Option<u32>,
) -> Result<Vec<PlanVersion>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT v.*, COALESCE(v.version = t.plan_version, FALSE) AS in_force FROM cowork_plan_versions v
         JOIN cowork_tasks t ON t.id = v.task_id
         WHERE v.task_id = $1 AND ($2 IS NULL OR v.version = $2) ORDER BY v.version",
    )
    .bind(task.to_string())
    .bind(version)
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Row::into_domain).collect()
}

impl Row {
    fn into_domain(self) -> Result<PlanVersion> {
        let plan =
            self.plan_json.map(|json| from_json("cowork_plan_versions.plan_json", &json)).transpose()?;
        let based_on =
            self.based_on.map(|version| count("cowork_plan_versions.based_on", version)).transpose()?;
        Ok(PlanVersion {
            version: count("cowork_plan_versions.version", self.version)?,
            author: named("cowork_plan_versions.author", self.author)?,
            status: named("cowork_plan_versions.status", self.status)?,
            in_force: self.in_force,
            words: self.words,
            reason: self.reason,
            plan,
            based_on,
            created_at: self.created_at,
            decided_at: self.decided_at,
        })
    }
}
