//! `/api/cowork/tasks/{id}/agents` and `…/messages`: who worked on what and when, and what they said to each other.

use super::tasks::task_id;
use crate::error::ApiError;
use crate::json::Segments;
use axum::Json;
use axum::extract::State;
use cowork_domain::agent::Agent;
use cowork_domain::agent_message::AgentMessage;
use cowork_engine::Orchestrator;

pub(super) async fn list(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
) -> Result<Json<Vec<Agent>>, ApiError> {
    Ok(Json(engine.agents(task_id(&id)?).await?))
}

pub(super) async fn messages(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
) -> Result<Json<Vec<AgentMessage>>, ApiError> {
    Ok(Json(engine.messages(task_id(&id)?).await?))
}
