//! Errors as clients see them: RFC 9457 problem details with a stable code.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use cowork_coworkspaces::Error as FolderError;
use cowork_engine::Error as EngineError;
use serde::Serialize;
use std::error::Error;

/// An error on its way to a client.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: &'static str,
    detail: String,
    hint: Option<String>,
}

#[derive(Serialize)]
struct Problem<'a> {
    title: &'a str,
    status: u16,
    code: &'static str,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
}

impl ApiError {
    pub(crate) fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code, detail: detail.into(), hint: None }
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, code: "not_found", detail: detail.into(), hint: None }
    }

    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        Self { status: StatusCode::FORBIDDEN, code: "forbidden", detail: detail.into(), hint: None }
    }

    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// A fault of ours: the client gets a number, the log the cause.
    pub(crate) fn internal(error: impl Error + 'static) -> Self {
        let id = cowork_domain::CallId::new();
        tracing::error!(error.id = %id, error = &error as &dyn Error, "a request failed");
        let detail = format!("something went wrong on our side; the server's log has the cause under {id}");
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, code: "internal", detail, hint: None }
    }

    fn of(status: StatusCode, code: &'static str, error: &impl Error) -> Self {
        Self { status, code, detail: error.to_string(), hint: None }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let problem = Problem {
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            code: self.code,
            detail: &self.detail,
            hint: self.hint.as_deref(),
        };
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        (self.status, kind, Json(problem)).into_response()
    }
}

impl From<EngineError> for ApiError {
    fn from(error: EngineError) -> Self {
        let hint = error.hint().map(str::to_owned);
        let mut this = match error {
            EngineError::NoTask(_) => Self::of(StatusCode::NOT_FOUND, "no_such_task", &error),
            EngineError::NoCoworkspace(_) => Self::of(StatusCode::NOT_FOUND, "no_such_coworkspace", &error),
            EngineError::NoMemory(_) => Self::of(StatusCode::NOT_FOUND, "no_such_memory", &error),
            EngineError::Memory(_) => Self::of(StatusCode::UNPROCESSABLE_ENTITY, "invalid_memory", &error),
            EngineError::NoPlugin(_) => Self::of(StatusCode::NOT_FOUND, "no_such_plugin", &error),
            EngineError::NoApproval(_) => Self::of(StatusCode::NOT_FOUND, "no_such_approval", &error),
            EngineError::CoworkspaceExists(_) => Self::of(StatusCode::CONFLICT, "coworkspace_exists", &error),
            EngineError::NoSchedule(_) => Self::of(StatusCode::NOT_FOUND, "no_such_schedule", &error),
            EngineError::NoStandingApproval(_) => Self::of(StatusCode::NOT_FOUND, "no_such_approval", &error),
            EngineError::ScheduleBusy => Self::of(StatusCode::CONFLICT, "schedule_busy", &error),
            EngineError::Timing(_) => Self::of(StatusCode::UNPROCESSABLE_ENTITY, "invalid_timing", &error),
            EngineError::Unstandable(_) => {
                Self::of(StatusCode::UNPROCESSABLE_ENTITY, "invalid_value", &error)
            }
            EngineError::NothingToUndo => Self::of(StatusCode::CONFLICT, "nothing_to_undo", &error),
            EngineError::NotWhole(_) => Self::of(StatusCode::UNPROCESSABLE_ENTITY, "not_whole", &error),
            EngineError::NoPlan => Self::of(StatusCode::CONFLICT, "no_plan_yet", &error),
            EngineError::NoTurn(_) => Self::of(StatusCode::NOT_FOUND, "no_such_turn", &error),
            EngineError::WentOn => Self::of(StatusCode::CONFLICT, "went_on", &error),
            EngineError::NoSubtask(_) => Self::of(StatusCode::NOT_FOUND, "no_such_subtask", &error),
            EngineError::NotFailed { .. } => Self::of(StatusCode::CONFLICT, "not_failed", &error),
            EngineError::StillAtWork(_) => Self::of(StatusCode::CONFLICT, "still_at_work", &error),
            EngineError::PhaseBegun(_) => Self::of(StatusCode::CONFLICT, "phase_begun", &error),
            EngineError::NothingRemains => Self::of(StatusCode::CONFLICT, "nothing_remains", &error),
            EngineError::NoPlanVersion(_) => Self::of(StatusCode::NOT_FOUND, "no_such_version", &error),
            EngineError::NotProposed { .. } => Self::of(StatusCode::CONFLICT, "not_proposed", &error),
            EngineError::Transition(_) => Self::of(StatusCode::CONFLICT, "wrong_state", &error),
            EngineError::OverBudget(_) => Self::of(StatusCode::CONFLICT, "over_budget", &error),
            EngineError::Invalid { .. } => {
                Self::of(StatusCode::UNPROCESSABLE_ENTITY, "invalid_value", &error)
            }
            EngineError::Plan(_) => Self::of(StatusCode::UNPROCESSABLE_ENTITY, "invalid_plan", &error),
            EngineError::Coworkspace(error) => return error.into(),
            other => Self::internal(other),
        };
        this.hint = hint;
        this
    }
}

impl From<FolderError> for ApiError {
    fn from(error: FolderError) -> Self {
        match error {
            FolderError::NoCoworkspace(_) => Self::of(StatusCode::NOT_FOUND, "no_such_coworkspace", &error),
            FolderError::NoFile(_) => Self::of(StatusCode::NOT_FOUND, "no_such_file", &error),
            FolderError::Path(_) => Self::of(StatusCode::BAD_REQUEST, "invalid_path", &error),
            FolderError::Exists(_) => Self::of(StatusCode::CONFLICT, "coworkspace_exists", &error),
            FolderError::Escapes(_) => Self::of(StatusCode::FORBIDDEN, "outside", &error),
            FolderError::HostOwned(_) => Self::of(StatusCode::FORBIDDEN, "host_owned", &error),
            FolderError::NotAFile(_) => Self::of(StatusCode::CONFLICT, "not_a_file", &error),
            FolderError::TooLarge { .. } => Self::of(StatusCode::PAYLOAD_TOO_LARGE, "too_large", &error),
            FolderError::TooMany { .. } => Self::of(StatusCode::CONFLICT, "too_many_files", &error),
            FolderError::Io { ref source, .. } if source.kind() == std::io::ErrorKind::NotADirectory => {
                Self::of(StatusCode::NOT_FOUND, "no_such_file", &error)
            }
            FolderError::Io { ref source, .. } if source.kind() == std::io::ErrorKind::AlreadyExists => {
                Self::of(StatusCode::CONFLICT, "not_a_folder", &error)
            }
            FolderError::Io { ref source, .. } if is_full(source.kind()) => {
                let mut this = Self::of(StatusCode::INSUFFICIENT_STORAGE, "no_space", &error);
                this.hint = Some("make room on the host's disk, then try again".to_owned());
                this
            }
            FolderError::Io { .. } | FolderError::Step { .. } => Self::internal(error),
        }
    }
}

fn is_full(kind: std::io::ErrorKind) -> bool {
    matches!(kind, std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)
}
