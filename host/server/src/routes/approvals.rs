//! `/api/cowork/tasks/{id}/approvals`: what waits for a person, and the answers.

use super::tasks::task_id;
use crate::error::ApiError;
use crate::json::{Body, Segments};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use cowork_domain::approval::{Approval, Decision};
use cowork_engine::Orchestrator;

pub(super) async fn list(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
) -> Result<Json<Vec<Approval>>, ApiError> {
    Ok(Json(engine.open_approvals(task_id(&id)?).await?))
}

/// `{"decision": "approve"}` or `{"decision": "deny", "word": "…"}`.
pub(super) async fn answer(
    State(engine): State<Orchestrator>,
    Segments((id, approval)): Segments<(String, String)>,
    Body(decision): Body<Decision>,
) -> Result<StatusCode, ApiError> {
    let approval = approval
        .parse()
        .map_err(|error: cowork_domain::id::InvalidId| ApiError::not_found(error.to_string()))?;
    engine.answer(task_id(&id)?, approval, &decision).await?;
    Ok(StatusCode::NO_CONTENT)
}
