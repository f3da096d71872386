//! `/api/cowork/grants`: what plugins ask for, what they have, and changing that.

use super::tasks::slug;
use crate::error::ApiError;
use crate::json::{Body, Params, Segments};
use axum::Json;
use axum::extract::State;
use cowork_domain::capability::{FileAccess, GrantEntry, GrantEvent, Powers};
use cowork_engine::{Explanation, Orchestrator, Probe, Question};
use serde::Deserialize;

/// Who changes grants by this API: it has no authentication yet, and is this machine's alone.
const ACTOR: &str = "local";

/// `{}` for all that a plugin asks for, or has; else these powers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    powers: Option<Powers>,
}

#[derive(Deserialize)]
pub(super) struct Filter {
    plugin: Option<String>,
}

/// `?coworkspace=mine&path=files/a&access=read`, or `?coworkspace=mine&url=https://…&method=GET`.
#[derive(Deserialize)]
pub(super) struct Use {
    coworkspace: String,
    path: Option<String>,
    access: Option<FileAccess>,
    url: Option<String>,
    method: Option<String>,
}

pub(super) async fn list(State(engine): State<Orchestrator>) -> Json<Vec<GrantEntry>> {
    Json(engine.grants())
}

pub(super) async fn log(
    State(engine): State<Orchestrator>,
    Params(filter): Params<Filter>,
) -> Result<Json<Vec<GrantEvent>>, ApiError> {
    Ok(Json(engine.grant_log(filter.plugin.as_deref()).await?))
}

pub(super) async fn grant(
    State(engine): State<Orchestrator>,
    Segments(plugin): Segments<String>,
    Body(change): Body<Change>,
) -> Result<Json<GrantEntry>, ApiError> {
    let change = async move { engine.grant(&plugin, change.powers, ACTOR).await };
    to_its_end(change).await
}

pub(super) async fn revoke(
    State(engine): State<Orchestrator>,
    Segments(plugin): Segments<String>,
    Body(change): Body<Change>,
) -> Result<Json<GrantEntry>, ApiError> {
    let change = async move { engine.revoke(&plugin, change.powers, ACTOR).await };
    to_its_end(change).await
}

/// A client that leaves does not leave a change half done.
async fn to_its_end(
    change: impl Future<Output = cowork_engine::Result<GrantEntry>> + Send + 'static,
) -> Result<Json<GrantEntry>, ApiError> {
    Ok(Json(tokio::spawn(change).await.map_err(ApiError::internal)??))
}

pub(super) async fn explain(
    State(engine): State<Orchestrator>,
    Segments(tool): Segments<String>,
    Params(wanted): Params<Use>,
) -> Result<Json<Explanation>, ApiError> {
    let probe = match (wanted.path, wanted.url) {
        (Some(path), None) => Probe::File { path, access: wanted.access.unwrap_or(FileAccess::Read) },
        (None, Some(url)) => Probe::Http { url, method: wanted.method.unwrap_or_else(|| "GET".to_owned()) },
        _ => return Err(ApiError::bad_request("invalid_value", "give a path or a url")),
    };
    let coworkspace = slug(&wanted.coworkspace)?;
    Ok(Json(engine.explain(&Question { tool, probe, coworkspace }).await?))
}
