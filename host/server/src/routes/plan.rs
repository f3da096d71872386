//! `/api/cowork/tasks/{id}/plan`: the plan, to be read and edited before the task starts.

use super::tasks::task_id;
use crate::error::ApiError;
use crate::json::{Body, Segments};
use axum::Json;
use axum::extract::State;
use cowork_domain::{Plan, Task};
use cowork_engine::Orchestrator;

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
