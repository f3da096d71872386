//! The events of one answer.

use crate::ModelError;
use bytes::Bytes;
use eventsource_stream::{EventStream, EventStreamError, Eventsource};
use futures::StreamExt;
use futures::stream::BoxStream;
use reqwest::Response;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The largest answer that is read, in bytes as sent. Far above any model's, it keeps a broken server from filling
/// the memory.
const ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// Server-sent events (WHATWG HTML, section 9.2) as they arrive. Dropping it closes the connection.
pub(crate) struct Events {
    inner: EventStream<BoxStream<'static, Result<Bytes, ChunkError>>>,
    has_begun: Arc<AtomicBool>,
}

/// Why no further bytes come.
#[derive(Debug, thiserror::Error)]
enum ChunkError {
    #[error("the connection broke")]
    Broken(#[source] reqwest::Error),
    #[error("no bytes for too long")]
    Idle(Duration),
    #[error("more bytes than any answer has")]
    TooLarge,
}

impl Events {
    pub(super) fn new(response: Response, idle: Duration) -> Self {
        let has_begun = Arc::<AtomicBool>::default();
        let chunks = chunks(response, idle, Arc::clone(&has_begun));
        Self { inner: chunks.boxed().eventsource(), has_begun }
    }

    /// The model is at work: from here on silence is limited.
    pub(crate) fn begin(&self) {
        self.has_begun.store(true, Ordering::Relaxed);
    }

    pub(crate) fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Relaxed)
    }

    /// The data of the next event; `None` at the end of the stream.
    pub(crate) async fn next(&mut self) -> Option<Result<String, ModelError>> {
        let event = self.inner.next().await?;
        Some(event.map(|event| event.data).map_err(explain))
    }
}

/// The body's bytes. Silence is measured here, beneath the events: a provider's `: ping` comments are signs of life.
fn chunks(
    response: Response,
    idle: Duration,
    has_begun: Arc<AtomicBool>,
) -> impl futures::Stream<Item = Result<Bytes, ChunkError>> + Send + 'static {
    async_stream::stream! {
        let mut body = response.bytes_stream();
        let mut total = 0_usize;
        loop {
            // Before that the wait for the first sign is limited as a whole, by whoever reads.
            let limit = if has_begun.load(Ordering::Relaxed) { idle } else { Duration::MAX };
            let chunk = match tokio::time::timeout(limit, body.next()).await {
                Err(_elapsed) => Err(ChunkError::Idle(idle)),
                Ok(None) => return,
                Ok(Some(Err(source))) => Err(ChunkError::Broken(source.without_url())),
                Ok(Some(Ok(bytes))) => {
                    total = total.saturating_add(bytes.len());
                    if total > ANSWER_BYTES { Err(ChunkError::TooLarge) } else { Ok(bytes) }
                }
            };
            let failed = chunk.is_err();
            yield chunk;
            if failed {
                return;
            }
        }
    }
}

fn explain(error: EventStreamError<ChunkError>) -> ModelError {
    match error {
        EventStreamError::Transport(ChunkError::Broken(source)) => ModelError::Cut { source: Some(source) },
        EventStreamError::Transport(ChunkError::Idle(idle)) => ModelError::IdleTimeout { idle },
        EventStreamError::Transport(ChunkError::TooLarge) => {
            ModelError::Malformed { what: "an answer of more than 64 MiB".into(), source: None }
        }
        // The stream ended within a character.
        EventStreamError::Utf8(source) if source.utf8_error().error_len().is_none() => {
            ModelError::Cut { source: None }
        }
        EventStreamError::Utf8(source) => {
            ModelError::Malformed { what: "events that are not UTF-8".into(), source: Some(Box::new(source)) }
        }
        EventStreamError::Parser(source) => {
            ModelError::Malformed { what: "broken events".into(), source: Some(Box::new(source)) }
        }
    }
}
