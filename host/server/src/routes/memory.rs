//! `/api/coworkspaces/{slug}/memory`: what the agents of a coworkspace remember.

use super::tasks::slug;
use crate::error::ApiError;
use crate::json::{Body, Params, Segments};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use cowork_domain::memory::{FoundMemory, Memory};
use cowork_engine::Orchestrator;
use serde::Deserialize;

/// Memories of one answer.
const MOST: u32 = 200;

/// `?q=invoices&limit=20`; without `q` the newest.
#[derive(Deserialize)]
pub(super) struct Wish {
    #[serde(default)]
    q: String,
    limit: Option<u32>,
}

/// `{"title": "Invoices go to Ana", "text": "…", "tags": ["people"]}`; the same title again replaces it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Add {
    title: String,
    text: String,
    #[serde(default)]
    tags: Vec<String>,
}

pub(super) async fn list(
    State(engine): State<Orchestrator>,
    Segments(text): Segments<String>,
    Params(wish): Params<Wish>,
) -> Result<Json<Vec<FoundMemory>>, ApiError> {
    let limit = wish.limit.unwrap_or(MOST).clamp(1, MOST);
    Ok(Json(engine.memories(&slug(&text)?, &wish.q, limit).await?))
}

pub(super) async fn add(
    State(engine): State<Orchestrator>,
    Segments(text): Segments<String>,
    Body(add): Body<Add>,
) -> Result<impl IntoResponse, ApiError> {
    let memory = engine.add_memory(&slug(&text)?, &add.title, add.tags, &add.text).await?;
    Ok((StatusCode::CREATED, Json(memory)))
}

pub(super) async fn show(
    State(engine): State<Orchestrator>,
    Segments((text, key)): Segments<(String, String)>,
) -> Result<Json<Memory>, ApiError> {
    Ok(Json(engine.memory(&slug(&text)?, &key).await?))
}

pub(super) async fn forget(
    State(engine): State<Orchestrator>,
    Segments((text, key)): Segments<(String, String)>,
) -> Result<StatusCode, ApiError> {
    engine.forget_memory(&slug(&text)?, &key).await?;
    Ok(StatusCode::NO_CONTENT)
}
