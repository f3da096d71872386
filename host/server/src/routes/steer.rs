//! `/api/cowork/tasks/{id}/turns`, `…/rewind`, `…/fork`, `…/subtasks/{subtask}/retry`: going back, and trying again.

use super::tasks::{slug, task_id};
use crate::error::ApiError;
use crate::json::{Body, Segments};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use cowork_domain::SubtaskId;
use cowork_domain::rewind::{RewindReport, TurnEntry};
use cowork_engine::{NewFork, Orchestrator};
use serde::Deserialize;

pub(super) async fn turns(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
) -> Result<Json<Vec<TurnEntry>>, ApiError> {
    Ok(Json(engine.turns(task_id(&id)?).await?))
}

/// `{"turn": 3}`: the last turn that stays; 0 is before the first.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rewind {
    turn: u32,
    #[serde(default)]
    dry_run: bool,
}

/// The answer has `conflicts` and `done: false` where something is in the way.
pub(super) async fn rewind(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
    Body(wish): Body<Rewind>,
) -> Result<Json<RewindReport>, ApiError> {
    Ok(Json(engine.rewind_task(task_id(&id)?, wish.turn, wish.dry_run).await?))
}

/// `{"turn": 3}`: the last turn that both tasks have. `coworkspace_slug`: a new one, with a copy of the files as they are;
/// without it the same folder. `outcome`: another one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fork {
    turn: u32,
    coworkspace_slug: Option<String>,
    outcome: Option<String>,
}

pub(super) async fn fork(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
    Body(wish): Body<Fork>,
) -> Result<impl IntoResponse, ApiError> {
    let new = NewFork {
        turn: wish.turn,
        coworkspace_slug: wish.coworkspace_slug.as_deref().map(slug).transpose()?,
        outcome: wish.outcome,
    };
    Ok((StatusCode::CREATED, Json(engine.fork_task(task_id(&id)?, new).await?)))
}

/// `{}` or `{"words": "look in files/old too"}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Retry {
    words: Option<String>,
}

pub(super) async fn retry(
    State(engine): State<Orchestrator>,
    Segments((id, subtask)): Segments<(String, String)>,
    Body(wish): Body<Retry>,
) -> Result<impl IntoResponse, ApiError> {
    let subtask: SubtaskId = subtask
        .parse()
        .map_err(|error: cowork_domain::id::InvalidId| ApiError::not_found(error.to_string()))?;
    let task = engine.retry_subtask(task_id(&id)?, subtask, wish.words.as_deref()).await?;
    Ok((StatusCode::ACCEPTED, Json(task)))
}
