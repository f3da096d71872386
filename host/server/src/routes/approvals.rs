//! `/api/cowork/tasks/{id}/approvals`: what waits for a person, and the answers.

use super::tasks::task_id;
use crate::error::ApiError;
use crate::json::{Body, Segments};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use cowork_domain::ApprovalId;
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
    engine.answer(task_id(&id)?, approval_id(&approval)?, &decision).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `/api/cowork/approvals`: the questions of all tasks.
pub(super) async fn list_all(State(engine): State<Orchestrator>) -> Result<Json<Vec<Approval>>, ApiError> {
    Ok(Json(engine.all_open_approvals().await?))
}

pub(super) async fn answer_by_id(
    State(engine): State<Orchestrator>,
    Segments(approval): Segments<String>,
    Body(decision): Body<Decision>,
) -> Result<StatusCode, ApiError> {
    engine.answer_by_id(approval_id(&approval)?, &decision).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn approval_id(text: &str) -> Result<ApprovalId, ApiError> {
    text.parse().map_err(|error: cowork_domain::id::InvalidId| ApiError::not_found(error.to_string()))
}
