use crate::convert::{count, from_json, named, parse};
use crate::{Error, Result, Store, Unit};
use cowork_domain::preflight::Took;
use cowork_domain::task::Stage;
use cowork_domain::{Plan, Slug, Task, TaskId, TaskState, Timestamp};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    coworkspace_slug: String,
    outcome: String,
    status: String,
    permission_mode: String,
    auto_approve_plan: bool,
    priority: i32,
    report: Option<String>,
    failure_reason: Option<String>,
    failed_during: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl Store {
    /// The task of an id.
    pub async fn task(&self, id: TaskId) -> Result<Option<Task>> {
        let row: Option<Row> = sqlx::query_as("SELECT * FROM cowork_tasks WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.map(Row::into_domain).transpose()
    }

    /// The newest tasks first, of one coworkspace or of all.
    pub async fn tasks(&self, slug: Option<&Slug>, limit: u32) -> Result<Vec<Task>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT * FROM cowork_tasks WHERE $1 IS NULL OR coworkspace_slug = $1 ORDER BY id DESC LIMIT $2",
        )
        .bind(slug.map(Slug::as_str))
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Row::into_domain).collect()
    }

    /// Tasks that a host has to go on with after a start: by priority, and of the same the one that has waited longest. Those are not among them of which nothing can
    /// go on before an answer.
    pub async fn unfinished_tasks(&self) -> Result<Vec<Task>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT * FROM cowork_tasks
             WHERE status IN ('pending', 'planning', 'running', 'waiting') AND NOT is_parked
             ORDER BY priority DESC, updated_at, id",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Row::into_domain).collect()
    }

    /// The plan of a task, once there is one.
    pub async fn plan(&self, id: TaskId) -> Result<Option<Plan>> {
        let plan: Option<Option<String>> =
            sqlx::query_scalar("SELECT plan_json FROM cowork_tasks WHERE id = $1")
                .bind(id.to_string())
                .fetch_optional(&self.pool)
                .await?;
        plan.flatten().map(|plan| from_json("cowork_tasks.plan_json", &plan)).transpose()
    }

    /// What the newest completed tasks took, newest first; of the last few hundred tasks at most `limit`.
    pub async fn completed_tasks(&self, limit: u32) -> Result<Vec<Took>> {
        let rows: Vec<(i64, i64, i64)> = sqlx::query_as(
            "SELECT (SELECT COUNT(*) FROM cowork_subtasks s WHERE s.task_id = t.id AND s.removed_at IS NULL),
                turns, input_tokens + output_tokens
             FROM (SELECT * FROM cowork_tasks ORDER BY id DESC LIMIT 500) t
             WHERE status = 'completed' AND turns > 0 ORDER BY id DESC LIMIT $1",
        )
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        let took = |(subtasks, turns, tokens): (i64, i64, i64)| {
            Ok(Took {
                subtasks: count("cowork_subtasks", subtasks)?,
                turns: count("cowork_tasks.turns", turns)?,
                tokens: count("cowork_tasks.input_tokens", tokens)?,
            })
        };
        rows.into_iter().map(took).collect()
    }
}

impl Unit {
    /// Adds a task.
    pub async fn insert_task(&mut self, task: &Task) -> Result<()> {
        self.later(
            "INSERT INTO cowork_tasks
                (id, coworkspace_slug, outcome, status, permission_mode, auto_approve_plan, created_at, updated_at,
                priority)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(task.id.to_string())
        .bind(task.coworkspace_slug.as_str())
        .bind(&task.outcome)
        .bind(task.state.name())
        .bind(task.permission_mode.name())
        .bind(task.auto_approve_plan)
        .bind(task.created_at)
        .bind(task.updated_at)
        .bind(task.priority);
        Ok(())
    }

    /// The task as this unit sees it. Nobody else changes it before the unit ends.
    pub async fn task(&mut self, id: TaskId) -> Result<Option<Task>> {
        let row: Option<Row> = sqlx::query_as("SELECT * FROM cowork_tasks WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(self.connection().await?)
            .await?;
        row.map(Row::into_domain).transpose()
    }

    /// Puts a task into a state.
    pub async fn set_task_state(&mut self, id: TaskId, state: &TaskState, now: Timestamp) -> Result<()> {
        let (report, failure, during) = match state {
            TaskState::Completed { report } => (Some(report), None, None),
            TaskState::Failed { reason, during } | TaskState::OverBudget { reason, during } => {
                (None, Some(reason), Some(during.name()))
            }
            TaskState::Paused { during } => (None, None, Some(during.name())),
            _ => (None, None, None),
        };
        self.later(
            "UPDATE cowork_tasks
             SET status = $2, report = $3, failure_reason = $4, failed_during = $5, updated_at = $6 WHERE id = $1",
        )
        .bind(id.to_string())
        .bind(state.name())
        .bind(report)
        .bind(failure)
        .bind(during)
        .bind(now);
        Ok(())
    }
}

impl Row {
    fn into_domain(self) -> Result<Task> {
        let state = self.state()?;
        Ok(Task {
            id: parse("cowork_tasks.id", self.id)?,
            coworkspace_slug: parse("cowork_tasks.coworkspace_slug", self.coworkspace_slug)?,
            outcome: self.outcome,
            state,
            permission_mode: named("cowork_tasks.permission_mode", self.permission_mode)?,
            auto_approve_plan: self.auto_approve_plan,
            priority: self.priority,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }

    fn during(&self) -> Result<Stage> {
        named("cowork_tasks.failed_during", self.failed_during.clone().unwrap_or_default())
    }

    fn state(&self) -> Result<TaskState> {
        Ok(match self.status.as_str() {
            "pending" => TaskState::Pending,
            "planning" => TaskState::Planning,
            "plan_ready" => TaskState::PlanReady,
            "running" => TaskState::Running,
            "waiting" => TaskState::Waiting,
            "completed" => TaskState::Completed { report: self.report.clone().unwrap_or_default() },
            "failed" => TaskState::Failed {
                reason: self.failure_reason.clone().unwrap_or_default(),
                during: self.during()?,
            },
            "over_budget" => TaskState::OverBudget {
                reason: self.failure_reason.clone().unwrap_or_default(),
                during: self.during()?,
            },
            "paused" => TaskState::Paused { during: self.during()? },
            "cancelled" => TaskState::Cancelled,
            other => {
                return Err(Error::Value {
                    column: "cowork_tasks.status",
                    value: other.to_owned(),
                    source: None,
                });
            }
        })
    }
}
