//! `/api/cowork/tasks`: outcomes taken on, and how far they are.

use crate::error::ApiError;
use crate::json::{Body, Params, Segments};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use cowork_domain::budget::TaskBudget;
use cowork_domain::capability::Powers;
use cowork_domain::progress::TaskProgress;
use cowork_domain::{PermissionMode, Slug, Task, TaskId};
use cowork_engine::{NewTask, Orchestrator};
use serde::Deserialize;

/// `{"outcome": "…", "coworkspace_slug": "downloads-organizer"}`, the rest optional.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateTask {
    outcome: String,
    coworkspace_slug: String,
    #[serde(default)]
    permission_mode: PermissionMode,
    #[serde(default)]
    auto_approve_plan: bool,
    #[serde(default)]
    priority: i32,
    /// What tools may do for it at most.
    limits: Option<Powers>,
    /// What it may use.
    #[serde(default)]
    budget: TaskBudget,
}

#[derive(Deserialize)]
pub(super) struct Filter {
    coworkspace_slug: Option<String>,
    #[serde(default = "default_limit")]
    limit: u32,
}

fn default_limit() -> u32 {
    100
}

pub(super) async fn create(
    State(engine): State<Orchestrator>,
    Body(body): Body<CreateTask>,
) -> Result<impl IntoResponse, ApiError> {
    let new = NewTask {
        outcome: body.outcome,
        coworkspace_slug: slug(&body.coworkspace_slug)?,
        permission_mode: body.permission_mode,
        auto_approve_plan: body.auto_approve_plan,
        priority: body.priority,
        limits: body.limits,
        budget: body.budget,
    };
    Ok((StatusCode::CREATED, Json(engine.create_task(new).await?)))
}

pub(super) async fn list(
    State(engine): State<Orchestrator>,
    Params(filter): Params<Filter>,
) -> Result<Json<Vec<Task>>, ApiError> {
    let slug = filter.coworkspace_slug.as_deref().map(slug).transpose()?;
    Ok(Json(engine.tasks(slug.as_ref(), filter.limit.min(1000)).await?))
}

pub(super) async fn show(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
) -> Result<Json<Task>, ApiError> {
    Ok(Json(engine.task(task_id(&id)?).await?))
}

pub(super) async fn start(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
) -> Result<impl IntoResponse, ApiError> {
    Ok((StatusCode::ACCEPTED, Json(engine.start_task(task_id(&id)?).await?)))
}

pub(super) async fn pause(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
) -> Result<Json<Task>, ApiError> {
    Ok(Json(engine.pause_task(task_id(&id)?).await?))
}

pub(super) async fn resume(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
) -> Result<impl IntoResponse, ApiError> {
    Ok((StatusCode::ACCEPTED, Json(engine.resume_task(task_id(&id)?).await?)))
}

pub(super) async fn cancel(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
) -> Result<Json<Task>, ApiError> {
    Ok(Json(engine.cancel_task(task_id(&id)?).await?))
}

pub(super) async fn progress(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
) -> Result<Json<TaskProgress>, ApiError> {
    Ok(Json(engine.get_task_progress(task_id(&id)?).await?))
}

pub(super) fn task_id(text: &str) -> Result<TaskId, ApiError> {
    text.parse().map_err(|error: cowork_domain::id::InvalidId| ApiError::not_found(error.to_string()))
}

pub(super) fn slug(text: &str) -> Result<Slug, ApiError> {
    text.parse().map_err(|error: cowork_domain::slug::InvalidSlug| {
        ApiError::bad_request("invalid_slug", error.to_string())
    })
}
