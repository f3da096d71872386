//! `/api/coworkspaces/{slug}/{path}`: people's files in and out. The URL goes on where the slug ends:
//! `…/downloads-organizer/files/a.pdf` is `files/a.pdf`. A folder answers with its listing.

use super::tasks::slug;
use crate::error::ApiError;
use crate::json::{Params, Segments};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cowork_coworkspaces::Folder;
use cowork_domain::coworkspace::Entry;
use cowork_domain::{CoworkspacePath, Timestamp};
use cowork_engine::Orchestrator;
use futures::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio_util::io::{ReaderStream, StreamReader, SyncIoBridge};

/// The largest upload, in bytes.
const MAX_UPLOAD: u64 = 4 << 30;
/// Entries of one listing.
const MAX_ENTRIES: usize = 10_000;

#[derive(Deserialize)]
pub(super) struct How {
    #[serde(default)]
    recursive: bool,
}

#[derive(Serialize)]
pub(super) struct Listing {
    entries: Vec<Entry>,
    /// There are more than could be listed.
    truncated: bool,
}

pub(super) async fn list_root(
    State(engine): State<Orchestrator>,
    Segments(text): Segments<String>,
    Params(how): Params<How>,
) -> Result<Json<Listing>, ApiError> {
    listing(engine.folder(&slug(&text)?).await?, None, how.recursive).await
}

pub(super) async fn download(
    State(engine): State<Orchestrator>,
    Segments((text, path)): Segments<(String, String)>,
    Params(how): Params<How>,
) -> Result<Response, ApiError> {
    let folder = engine.folder(&slug(&text)?).await?;
    let path = parse(path.trim_end_matches('/'))?;
    let open = {
        let (folder, path) = (Arc::clone(&folder), path.clone());
        blocking(move || folder.open_file(&path)).await?
    };
    match open {
        Ok((file, size)) => Ok(content(&path, file.into_std(), size)),
        Err(cowork_coworkspaces::Error::NotAFile(_)) => {
            Ok(listing(folder, Some(path), how.recursive).await?.into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// The body is the file. `Last-Modified` sets the time that listings show; without it the time is now.
pub(super) async fn upload(
    State(engine): State<Orchestrator>,
    Segments((text, path)): Segments<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, ApiError> {
    let folder = engine.folder(&slug(&text)?).await?;
    let path = parse(&path)?;
    let modified = modified(&headers)?;
    let stream = StreamReader::new(body.into_data_stream().map_err(std::io::Error::other));
    let reader = SyncIoBridge::new(Box::pin(stream));
    blocking(move || store(&folder, &path, reader, modified)).await??;
    Ok(StatusCode::CREATED)
}

fn store(
    folder: &Folder,
    path: &CoworkspacePath,
    mut body: impl std::io::Read,
    modified: Option<Timestamp>,
) -> Result<(), ApiError> {
    let mut upload = folder.upload(path)?;
    let mut buffer = vec![0; 1 << 16];
    let mut size = 0;
    loop {
        let count = body.read(&mut buffer).map_err(|error| {
            tracing::info!(error = &error as &dyn std::error::Error, "an upload was cut");
            ApiError::bad_request("upload_cut", "the upload ended early; nothing was stored")
        })?;
        if count == 0 {
            break;
        }
        size += count as u64;
        if size > MAX_UPLOAD {
            let error = ApiError::bad_request("too_large", format!("a file may have {MAX_UPLOAD} bytes"));
            return Err(error.with_status(StatusCode::PAYLOAD_TOO_LARGE));
        }
        upload.write(&buffer[..count])?;
    }
    Ok(upload.commit(modified)?)
}

async fn listing(
    folder: Arc<Folder>,
    path: Option<CoworkspacePath>,
    recursive: bool,
) -> Result<Json<Listing>, ApiError> {
    let (entries, truncated) = blocking(move || folder.list(path.as_ref(), recursive, MAX_ENTRIES)).await??;
    Ok(Json(Listing { entries, truncated }))
}

fn content(path: &CoworkspacePath, file: std::fs::File, size: u64) -> Response {
    let name = path.as_str().rsplit('/').next().unwrap_or_default();
    let name = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
    // An attachment, never shown in place: a coworkspace may hold any HTML.
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_LENGTH, size.to_string()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename*=UTF-8''{name}")),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    let limited = tokio::io::AsyncReadExt::take(tokio::fs::File::from_std(file), size);
    (headers, Body::from_stream(ReaderStream::new(limited))).into_response()
}

fn parse(path: &str) -> Result<CoworkspacePath, ApiError> {
    path.parse().map_err(|error| ApiError::from(cowork_coworkspaces::Error::Path(error)))
}

fn modified(headers: &HeaderMap) -> Result<Option<Timestamp>, ApiError> {
    let Some(value) = headers.get(header::LAST_MODIFIED) else { return Ok(None) };
    let time = value.to_str().ok().and_then(|text| chrono::DateTime::parse_from_rfc2822(text).ok());
    let time =
        time.ok_or_else(|| ApiError::bad_request("invalid_header", "Last-Modified is not an HTTP date"))?;
    Ok(Some(time.to_utc()))
}

/// File operations block; they run where that hurts nobody.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await.map_err(ApiError::internal)
}
