//! `/api/coworkspaces`: the folders.

use super::tasks::slug;
use crate::error::ApiError;
use crate::json::{Body, Segments};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use cowork_domain::Slug;
use cowork_domain::capability::Powers;
use cowork_domain::coworkspace::Coworkspace;
use cowork_engine::Orchestrator;
use serde::Deserialize;

/// `{"name": "Downloads organizer"}`; the slug is made of the name unless it is given.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateCoworkspace {
    name: String,
    slug: Option<String>,
    instructions: Option<String>,
}

pub(super) async fn create(
    State(engine): State<Orchestrator>,
    Body(body): Body<CreateCoworkspace>,
) -> Result<impl IntoResponse, ApiError> {
    if body.name.trim().is_empty() || body.name.chars().count() > 200 {
        return Err(ApiError::bad_request("invalid_name", "a name has 1 to 200 characters"));
    }
    let slug = match &body.slug {
        Some(text) => slug(text)?,
        None => Slug::from_name(&body.name).map_err(|error| {
            ApiError::bad_request("invalid_slug", format!("{error}; give a slug beside the name"))
        })?,
    };
    let coworkspace = engine.create_coworkspace(slug, body.name, body.instructions).await?;
    Ok((StatusCode::CREATED, Json(coworkspace)))
}

/// What tools may do here at most, whatever they are granted.
pub(super) async fn limit(
    State(engine): State<Orchestrator>,
    Segments(text): Segments<String>,
    Body(limits): Body<Powers>,
) -> Result<StatusCode, ApiError> {
    engine.limit_coworkspace(&slug(&text)?, &limits).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The same as it was set; `null` where nothing is limited.
pub(super) async fn limits(
    State(engine): State<Orchestrator>,
    Segments(text): Segments<String>,
) -> Result<Json<Option<Powers>>, ApiError> {
    Ok(Json(engine.coworkspace_limits(&slug(&text)?).await?))
}

pub(super) async fn list(State(engine): State<Orchestrator>) -> Result<Json<Vec<Coworkspace>>, ApiError> {
    Ok(Json(engine.coworkspaces().await?))
}

pub(super) async fn show(
    State(engine): State<Orchestrator>,
    Segments(text): Segments<String>,
) -> Result<Json<Coworkspace>, ApiError> {
    Ok(Json(engine.coworkspace(&slug(&text)?).await?))
}
