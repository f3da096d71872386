//! `/metrics`: what calls use, for operators.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use cowork_engine::Orchestrator;

pub(super) async fn show(State(engine): State<Orchestrator>) -> impl IntoResponse {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], engine.metrics())
}
