//! `/api/cowork/tasks/{id}/budget`, `…/costs`: what a task may use, and what its requests to models cost.

use super::tasks::task_id;
use crate::error::ApiError;
use crate::json::{Body, Segments};
use axum::Json;
use axum::extract::State;
use cowork_domain::budget::{ModelRequest, TaskBudget};
use cowork_engine::Orchestrator;

pub(super) async fn show(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
) -> Result<Json<TaskBudget>, ApiError> {
    Ok(Json(engine.budget(task_id(&id)?).await?))
}

pub(super) async fn set(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
    Body(budget): Body<TaskBudget>,
) -> Result<Json<TaskBudget>, ApiError> {
    Ok(Json(engine.set_budget(task_id(&id)?, &budget).await?))
}

pub(super) async fn add(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
    Body(more): Body<TaskBudget>,
) -> Result<Json<TaskBudget>, ApiError> {
    Ok(Json(engine.add_budget(task_id(&id)?, &more).await?))
}

pub(super) async fn costs(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
) -> Result<Json<Vec<ModelRequest>>, ApiError> {
    Ok(Json(engine.model_requests(task_id(&id)?).await?))
}
