//! `/api/cowork/schedules`: outcomes that are taken on again and again.

use super::tasks::slug;
use crate::error::ApiError;
use crate::json::{Body, Params, Segments};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use cowork_domain::budget::TaskBudget;
use cowork_domain::capability::Powers;
use cowork_domain::policy::{AllowedKind, Effect};
use cowork_domain::schedule::{
    DryRun, Fire, MissedPolicy, OverlapPolicy, ScheduleView, StandingApproval, TaskTemplate, Timing,
};
use cowork_domain::{PermissionMode, ScheduleId, StandingApprovalId, Timestamp};
use cowork_engine::{NewSchedule, NewStandingApproval, Orchestrator, ScheduleChange};
use serde::Deserialize;
use std::collections::BTreeSet;

/// `{"outcome": "…", "coworkspace_slug": "…", "cron": "0 7 * * 1-5"}`, the rest optional.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Create {
    outcome: String,
    coworkspace_slug: String,
    cron: String,
    #[serde(default = "utc")]
    time_zone: String,
    #[serde(default)]
    permission_mode: PermissionMode,
    #[serde(default = "yes")]
    auto_approve_plan: bool,
    #[serde(default)]
    missed: MissedPolicy,
    #[serde(default)]
    overlap: OverlapPolicy,
    limits: Option<Powers>,
    #[serde(default)]
    budget: TaskBudget,
    #[serde(default)]
    standing_approvals: Vec<Allow>,
}

/// `{"tool": "…", "effects": ["modify"], "folder": "files/"}`, for 90 days unless `days` says otherwise.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Allow {
    tool: String,
    effects: BTreeSet<Effect>,
    #[serde(default)]
    folder: String,
    days: Option<u32>,
}

/// What is given is changed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    outcome: Option<String>,
    cron: Option<String>,
    time_zone: Option<String>,
    permission_mode: Option<PermissionMode>,
    auto_approve_plan: Option<bool>,
    missed: Option<MissedPolicy>,
    overlap: Option<OverlapPolicy>,
}

#[derive(Deserialize)]
pub(super) struct Filter {
    coworkspace_slug: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Limit {
    #[serde(default = "default_limit")]
    limit: u32,
}

#[derive(Deserialize)]
pub(super) struct Hour {
    at: Option<Timestamp>,
}

fn utc() -> String {
    "UTC".to_owned()
}

fn yes() -> bool {
    true
}

fn default_limit() -> u32 {
    100
}

pub(super) async fn create(
    State(engine): State<Orchestrator>,
    Body(body): Body<Create>,
) -> Result<impl IntoResponse, ApiError> {
    let timing = Timing::new(&body.cron, &body.time_zone).map_err(cowork_engine::Error::from)?;
    let task = TaskTemplate {
        outcome: body.outcome,
        coworkspace_slug: slug(&body.coworkspace_slug)?,
        permission_mode: body.permission_mode,
        auto_approve_plan: body.auto_approve_plan,
        limits: body.limits,
        budget: body.budget,
    };
    let standing = body.standing_approvals.into_iter().map(Allow::into_new).collect();
    let new = NewSchedule { task, timing, missed: body.missed, overlap: body.overlap, standing };
    Ok((StatusCode::CREATED, Json(engine.create_schedule(new).await?)))
}

pub(super) async fn list(
    State(engine): State<Orchestrator>,
    Params(filter): Params<Filter>,
) -> Result<Json<Vec<ScheduleView>>, ApiError> {
    let slug = filter.coworkspace_slug.as_deref().map(slug).transpose()?;
    Ok(Json(engine.schedules(slug.as_ref()).await?))
}

pub(super) async fn show(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
) -> Result<Json<ScheduleView>, ApiError> {
    Ok(Json(engine.schedule(schedule_id(&id)?).await?))
}

pub(super) async fn change(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
    Body(body): Body<Change>,
) -> Result<Json<ScheduleView>, ApiError> {
    let change = ScheduleChange {
        outcome: body.outcome,
        permission_mode: body.permission_mode,
        auto_approve_plan: body.auto_approve_plan,
        cron: body.cron,
        time_zone: body.time_zone,
        missed: body.missed,
        overlap: body.overlap,
    };
    Ok(Json(engine.change_schedule(schedule_id(&id)?, change).await?))
}

pub(super) async fn delete(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
) -> Result<StatusCode, ApiError> {
    engine.delete_schedule(schedule_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn trigger(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
) -> Result<impl IntoResponse, ApiError> {
    Ok((StatusCode::ACCEPTED, Json(engine.trigger_schedule(schedule_id(&id)?).await?)))
}

pub(super) async fn pause(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
) -> Result<Json<ScheduleView>, ApiError> {
    Ok(Json(engine.pause_schedule(schedule_id(&id)?).await?))
}

pub(super) async fn resume(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
) -> Result<Json<ScheduleView>, ApiError> {
    Ok(Json(engine.resume_schedule(schedule_id(&id)?).await?))
}

pub(super) async fn dry_run(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
    Params(hour): Params<Hour>,
) -> Result<Json<DryRun>, ApiError> {
    Ok(Json(engine.dry_run_schedule(schedule_id(&id)?, hour.at).await?))
}

pub(super) async fn fires(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
    Params(limit): Params<Limit>,
) -> Result<Json<Vec<Fire>>, ApiError> {
    Ok(Json(engine.fires(schedule_id(&id)?, limit.limit.min(1000)).await?))
}

pub(super) async fn allow(
    State(engine): State<Orchestrator>,
    Segments(id): Segments<String>,
    Body(body): Body<Allow>,
) -> Result<impl IntoResponse, ApiError> {
    let given: StandingApproval = engine.give_standing_approval(schedule_id(&id)?, body.into_new()).await?;
    Ok((StatusCode::CREATED, Json(given)))
}

pub(super) async fn revoke(
    State(engine): State<Orchestrator>,
    Segments((id, approval)): Segments<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let approval: StandingApprovalId = approval.parse().map_err(no_id)?;
    engine.revoke_standing_approval(schedule_id(&id)?, approval).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl Allow {
    fn into_new(self) -> NewStandingApproval {
        let kind = AllowedKind { tool: self.tool, effects: self.effects, folder: self.folder };
        NewStandingApproval { kind, days: self.days }
    }
}

fn schedule_id(text: &str) -> Result<ScheduleId, ApiError> {
    text.parse().map_err(no_id)
}

fn no_id(error: cowork_domain::id::InvalidId) -> ApiError {
    ApiError::not_found(error.to_string())
}
