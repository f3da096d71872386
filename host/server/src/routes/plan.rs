//! `/api/cowork/tasks/{id}/plan`: the plan and its versions, to be read, edited and revised in words.

use super::tasks::task_id;
use crate::error::ApiError;
use crate::json::{Body, Params, Segments};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use cowork_domain::plan_version::PlanVersion;
use cowork_domain::preflight::Preflight;
use cowork_domain::{Plan, Task};
use cowork_engine::Orchestrator;
use serde::{Deserialize, Serialize};

pub(super) async fn show(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
) -> Result<Json<Plan>, ApiError> {
    Ok(Json(engine.plan(task_id(&id)?).await?))
}

pub(super) async fn edit(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
    Body(plan): Body<Plan>,
) -> Result<Json<Task>, ApiError> {
    Ok(Json(engine.edit_plan(task_id(&id)?, plan).await?))
}

pub(super) async fn preflight(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
) -> Result<Json<Preflight>, ApiError> {
    Ok(Json(engine.preflight(task_id(&id)?).await?))
}

pub(super) async fn versions(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
) -> Result<Json<Vec<PlanVersion>>, ApiError> {
    Ok(Json(engine.plan_versions(task_id(&id)?).await?))
}

pub(super) async fn version(
    State(engine): State<Orchestrator>,
    Segments((id, version)): Segments<(String, u32)>,
) -> Result<Json<PlanVersion>, ApiError> {
    Ok(Json(engine.plan_version(task_id(&id)?, version).await?))
}

/// `?from=1&to=2`.
#[derive(Deserialize)]
pub(super) struct Compared {
    from: u32,
    to: u32,
}

/// What one version changes in another.
#[derive(Serialize)]
pub(super) struct PlanDiff {
    from: u32,
    to: u32,
    /// A unified diff; empty where they are the same.
    diff: String,
}

pub(super) async fn diff(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
    Params(Compared { from, to }): Params<Compared>,
) -> Result<Json<PlanDiff>, ApiError> {
    let diff = engine.plan_diff(task_id(&id)?, from, to).await?;
    Ok(Json(PlanDiff { from, to, diff }))
}

/// `{"words": "leave the archives alone"}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    words: String,
}

pub(super) async fn revise(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
    Body(wish): Body<Wish>,
) -> Result<impl IntoResponse, ApiError> {
    Ok((StatusCode::ACCEPTED, Json(engine.revise_plan(task_id(&id)?, &wish.words).await?)))
}

pub(super) async fn approve(
    State(engine): State<Orchestrator>,
    Segments((id, version)): Segments<(String, u32)>,
) -> Result<Json<Task>, ApiError> {
    Ok(Json(engine.approve_plan(task_id(&id)?, version).await?))
}

pub(super) async fn drop_version(
    State(engine): State<Orchestrator>,
    Segments((id, version)): Segments<(String, u32)>,
) -> Result<Json<PlanVersion>, ApiError> {
    Ok(Json(engine.drop_plan(task_id(&id)?, version).await?))
}
