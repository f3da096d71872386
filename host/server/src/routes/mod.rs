//! One file for each resource.

mod agents;
mod approvals;
mod budget;
mod changes;
mod coworkspaces;
mod events;
mod files;
mod grants;
mod memory;
mod metrics;
mod plan;
mod schedules;
mod steer;
mod tasks;

use crate::error::ApiError;
use crate::{guard, linger};
use axum::Router;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::{delete, get, post};
use cowork_engine::Orchestrator;

/// All routes.
pub fn router(engine: Orchestrator) -> Router {
    Router::new()
        .route("/api/health", get(async || "ok\n"))
        .route("/metrics", get(metrics::show))
        .route("/api/cowork/tasks", get(tasks::list).post(tasks::create))
        .route("/api/cowork/tasks/{id}", get(tasks::show))
        .route("/api/cowork/tasks/{id}/plan", get(plan::show).put(plan::edit))
        .route("/api/cowork/tasks/{id}/plan/preflight", get(plan::preflight))
        .route("/api/cowork/tasks/{id}/plan/versions", get(plan::versions))
        .route("/api/cowork/tasks/{id}/plan/versions/{version}", get(plan::version))
        .route("/api/cowork/tasks/{id}/plan/versions/{version}/approve", post(plan::approve))
        .route("/api/cowork/tasks/{id}/plan/versions/{version}/drop", post(plan::drop_version))
        .route("/api/cowork/tasks/{id}/plan/diff", get(plan::diff))
        .route("/api/cowork/tasks/{id}/plan/revise", post(plan::revise))
        .route("/api/cowork/tasks/{id}/start", post(tasks::start))
        .route("/api/cowork/tasks/{id}/pause", post(tasks::pause))
        .route("/api/cowork/tasks/{id}/resume", post(tasks::resume))
        .route("/api/cowork/tasks/{id}/cancel", post(tasks::cancel))
        .route("/api/cowork/tasks/{id}/budget", get(budget::show).put(budget::set).post(budget::add))
        .route("/api/cowork/tasks/{id}/costs", get(budget::costs))
        .route("/api/cowork/tasks/{id}/turns", get(steer::turns))
        .route("/api/cowork/tasks/{id}/rewind", post(steer::rewind))
        .route("/api/cowork/tasks/{id}/fork", post(steer::fork))
        .route("/api/cowork/tasks/{id}/subtasks/{subtask}/retry", post(steer::retry))
        .route("/api/cowork/tasks/{id}/progress", get(tasks::progress))
        .route("/api/cowork/tasks/{id}/events", get(events::stream))
        .route("/api/cowork/tasks/{id}/approvals", get(approvals::list).post(approvals::answer_these))
        .route("/api/cowork/tasks/{id}/approvals/{approval}", post(approvals::answer))
        .route("/api/cowork/tasks/{id}/agents", get(agents::list))
        .route("/api/cowork/tasks/{id}/messages", get(agents::messages))
        .route("/api/cowork/tasks/{id}/changes", get(changes::list))
        .route("/api/cowork/tasks/{id}/undo", post(changes::undo))
        .route("/api/cowork/grants", get(grants::list))
        .route("/api/cowork/grants/log", get(grants::log))
        .route("/api/cowork/grants/{plugin}", post(grants::grant))
        .route("/api/cowork/grants/{plugin}/revoke", post(grants::revoke))
        .route("/api/cowork/tools/{tool}/explain", get(grants::explain))
        .route("/api/coworkspaces/{slug}/limits", get(coworkspaces::limits).put(coworkspaces::limit))
        .route("/api/coworkspaces/{slug}/memory", get(memory::list).post(memory::add))
        .route("/api/coworkspaces/{slug}/memory/{*key}", get(memory::show).delete(memory::forget))
        .route("/api/cowork/approvals", get(approvals::list_all))
        .route("/api/cowork/approvals/{approval}", post(approvals::answer_by_id))
        .route("/api/coworkspaces", get(coworkspaces::list).post(coworkspaces::create))
        .route("/api/coworkspaces/{slug}", get(coworkspaces::show))
        .route("/api/coworkspaces/{slug}/", get(files::list_root))
        .route("/api/coworkspaces/{slug}/{*path}", get(files::download).put(files::upload))
        .merge(schedule_routes())
        .fallback(async || ApiError::not_found("there is no such route"))
        .method_not_allowed_fallback(async || {
            let detail = "this route exists, but not for this method";
            ApiError::bad_request("method_not_allowed", detail).with_status(StatusCode::METHOD_NOT_ALLOWED)
        })
        .layer(middleware::from_fn(guard::only_local_names))
        .layer(middleware::from_fn(linger::read_on))
        .with_state(engine)
}

fn schedule_routes() -> Router<Orchestrator> {
    let one = get(schedules::show).patch(schedules::change).delete(schedules::delete);
    Router::new()
        .route("/api/cowork/schedules", get(schedules::list).post(schedules::create))
        .route("/api/cowork/schedules/{id}", one)
        .route("/api/cowork/schedules/{id}/trigger", post(schedules::trigger))
        .route("/api/cowork/schedules/{id}/pause", post(schedules::pause))
        .route("/api/cowork/schedules/{id}/resume", post(schedules::resume))
        .route("/api/cowork/schedules/{id}/dry-run", get(schedules::dry_run))
        .route("/api/cowork/schedules/{id}/fires", get(schedules::fires))
        .route("/api/cowork/schedules/{id}/approvals", post(schedules::allow))
        .route("/api/cowork/schedules/{id}/approvals/{approval}", delete(schedules::revoke))
}
