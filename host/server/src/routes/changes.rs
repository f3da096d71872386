//! `/api/cowork/tasks/{id}/changes` and `…/undo`: what was done to files, and taking it back.

use super::tasks::task_id;
use crate::error::ApiError;
use crate::json::{Body, Segments};
use axum::Json;
use axum::extract::State;
use cowork_domain::CallId;
use cowork_domain::change_set::{CallChanges, UndoReport};
use cowork_engine::{Orchestrator, Undo};
use serde::Deserialize;

/// What to undo: one call, a turn, or, with neither, everything that the task did.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    call: Option<CallId>,
    turn: Option<u32>,
    #[serde(default)]
    dry_run: bool,
}

pub(super) async fn list(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
) -> Result<Json<Vec<CallChanges>>, ApiError> {
    Ok(Json(engine.changes(task_id(&id)?).await?))
}

/// What was undone; where something was in the way, it is named with the call at which that stopped.
pub(super) async fn undo(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
    Body(wish): Body<Wish>,
) -> Result<Json<UndoReport>, ApiError> {
    let what = match (wish.call, wish.turn) {
        (Some(call), None) => Undo::Call(call),
        (None, Some(turn)) => Undo::Turn(turn),
        (None, None) => Undo::Task,
        (Some(_), Some(_)) => {
            return Err(ApiError::bad_request("invalid_value", "name a call or a turn, not both"));
        }
    };
    Ok(Json(engine.undo(task_id(&id)?, what, wish.dry_run).await?))
}
