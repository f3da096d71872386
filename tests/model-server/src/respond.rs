//! From a reply to HTTP.

use crate::{RecordedRequest, Reply, fragments};
use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use std::io;
use tokio_util::sync::CancellationToken;

/// Answers a request. `closed` breaks what is under way.
pub(crate) async fn respond(reply: Reply, request: &RecordedRequest, closed: CancellationToken) -> Response {
    match reply {
        Reply::Answer(answer) => events(request.render(&answer), None, closed),
        Reply::CutAfter { answer, bytes } => events(request.render(&answer), Some(bytes), closed),
        Reply::SilentAfter { answer, bytes } => silent(request.render(&answer), bytes, closed),
        Reply::Raw(body) => events(body, None, closed),
        Reply::Status { code, retry_after, body } => status(code, retry_after, body),
        Reply::Hang => {
            closed.cancelled().await;
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

fn status(code: u16, retry_after: Option<String>, body: String) -> Response {
    // A number that is no status is a mistake in the test, which this shows.
    let code = StatusCode::from_u16(code).unwrap_or(StatusCode::NOT_IMPLEMENTED);
    let retry_after = retry_after.map(|value| [(header::RETRY_AFTER, value)]);
    (code, [(header::CONTENT_TYPE, "application/json")], retry_after, body).into_response()
}

fn events(text: String, cut: Option<usize>, closed: CancellationToken) -> Response {
    let body = Body::from_stream(body(text, cut, closed));
    ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response()
}

/// The begin of a body, then nothing.
fn silent(mut text: String, after: usize, closed: CancellationToken) -> Response {
    // Nothing at all would keep the headers back too.
    text.insert_str(0, ": hello\n\n");
    let mut bytes = Bytes::from(text);
    bytes.truncate(after + ": hello\n\n".len());
    let silence = futures::stream::once(async move {
        closed.cancelled().await;
        Err(io::Error::from(io::ErrorKind::ConnectionAborted))
    });
    let body = Body::from_stream(futures::stream::iter([Ok(bytes)]).chain(silence));
    ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response()
}

/// The body's bytes; an error breaks the connection.
fn body(
    text: String,
    cut: Option<usize>,
    closed: CancellationToken,
) -> impl Stream<Item = io::Result<Bytes>> {
    let mut bytes = Bytes::from(text);
    if let Some(cut) = cut {
        bytes.truncate(cut);
    }
    let sent = closed.clone();
    let chunks = futures::stream::iter(fragments::bytes(bytes)).map(Ok).take_until(closed.cancelled_owned());
    chunks.chain(futures::stream::once(async move {
        if cut.is_some() || sent.is_cancelled() {
            // Lets the bytes before leave: they share a buffer with the error otherwise.
            tokio::task::yield_now().await;
            return Err(io::Error::from(io::ErrorKind::ConnectionAborted));
        }
        Ok(Bytes::new())
    }))
}
