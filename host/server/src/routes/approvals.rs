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
use serde::{Deserialize, Serialize};

pub(super) async fn list(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
) -> Result<Json<Vec<Approval>>, ApiError> {
    Ok(Json(engine.open_approvals(task_id(&id)?).await?))
}

/// An answer, and who gives it.
#[derive(Deserialize)]
pub(super) struct Answer {
    #[serde(flatten)]
    decision: Decision,
    #[serde(default = "local")]
    answered_by: String,
    /// The questions that are answered. None: all of the task that may be answered so.
    ids: Option<Vec<ApprovalId>>,
}

/// This API has no authentication yet, and is this machine's alone.
fn local() -> String {
    "local".to_owned()
}

/// How many questions were answered.
#[derive(Serialize)]
pub(super) struct Answered {
    answered: usize,
}

/// Several questions of a task at once: `{"decision": "approve"}` for all, with `ids` for these.
pub(super) async fn answer_these(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
    Body(body): Body<Answer>,
) -> Result<Json<Answered>, ApiError> {
    let Answer { decision, answered_by, ids } = body;
    let answered = engine.answer_these(task_id(&id)?, ids.as_deref(), &decision, &answered_by).await?;
    Ok(Json(Answered { answered }))
}

/// `{"decision": "approve"}`, `{"decision": "deny", "word": "…"}`, or to a question in words
/// `{"decision": "answer", "text": "…"}`.
pub(super) async fn answer(
    State(engine): State<Orchestrator>,
    Segments((id, approval)): Segments<(String, String)>,
    Body(body): Body<Answer>,
) -> Result<StatusCode, ApiError> {
    engine.answer(task_id(&id)?, approval_id(&approval)?, &body.decision, &body.answered_by).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `/api/cowork/approvals`: the questions of all tasks.
pub(super) async fn list_all(State(engine): State<Orchestrator>) -> Result<Json<Vec<Approval>>, ApiError> {
    Ok(Json(engine.all_open_approvals().await?))
}

pub(super) async fn answer_by_id(
    State(engine): State<Orchestrator>,
    Segments(approval): Segments<String>,
    Body(body): Body<Answer>,
) -> Result<StatusCode, ApiError> {
    engine.answer_by_id(approval_id(&approval)?, &body.decision, &body.answered_by).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn approval_id(text: &str) -> Result<ApprovalId, ApiError> {
    text.parse().map_err(|error: cowork_domain::id::InvalidId| ApiError::not_found(error.to_string()))
}
