//! Reads on after an early answer. A client that is still sending when the connection closes sees a broken pipe and
//! not the answer that says what was wrong (RFC 9112, section 9.6); so what it sends is taken and dropped, within limits.

use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::Request;
use axum::http::header::EXPECT;
use axum::middleware::Next;
use axum::response::Response;
use futures::{Stream, StreamExt};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

/// Bytes that are dropped at most for one request.
const MOST_BYTES: usize = 64 << 20;
/// The longest that is waited for them.
const LONGEST: Duration = Duration::from_secs(5);

pub(crate) async fn read_on(request: Request, next: Next) -> Response {
    if request.headers().contains_key(EXPECT) {
        // This client sends nothing before it is told to.
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let shared = SharedBody(Arc::new(Mutex::new(body.into_data_stream())));
    let response = next.run(Request::from_parts(parts, Body::from_stream(shared.clone()))).await;
    // Running out of time or patience is no error: the answer is then sent at once.
    let _ = tokio::time::timeout(LONGEST, shared.drop_rest()).await;
    response
}

/// A body that the handler reads, and after it whoever holds the other clone.
#[derive(Clone)]
struct SharedBody(Arc<Mutex<BodyDataStream>>);

impl SharedBody {
    async fn drop_rest(mut self) {
        let mut dropped = 0;
        while let Some(Ok(bytes)) = self.next().await {
            dropped += bytes.len();
            if dropped > MOST_BYTES {
                return;
            }
        }
    }
}

impl Stream for SharedBody {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).poll_next_unpin(context)
    }
}
