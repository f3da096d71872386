//! What a provider says when it does not answer.

use super::{overflow, retry_after};
use crate::{ModelError, Secret};
use cowork_domain::{Clock, SystemClock};
use futures::StreamExt;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use serde_json::Value;
use std::time::Duration;

/// The longest message that is kept of a provider's error, in characters.
const MESSAGE_CHARS: usize = 500;
/// As much of an error's body is read, in bytes.
const BODY_BYTES: usize = 64 * 1024;

/// Gives the response back if it is the begin of an answer, and says why not otherwise.
pub(super) async fn check(
    response: Response,
    idle: Duration,
    key: Option<&Secret>,
) -> Result<Response, ModelError> {
    let status = response.status();
    if status.is_success() {
        return expect_events(response);
    }
    let retry_after = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| retry_after::parse(text, SystemClock.now()));
    let body = read(response, idle).await;
    let body = key.map_or_else(|| body.clone(), |key| key.blot(&body));
    let parsed = serde_json::from_str(&body).unwrap_or_default();
    let message = message(&body, &parsed, status);
    Err(match status {
        StatusCode::TOO_MANY_REQUESTS => ModelError::RateLimited { message, retry_after },
        _ if overflow::is_overflow(status.as_u16(), &parsed, &message) => {
            ModelError::ContextOverflow { message }
        }
        _ => ModelError::Status { status: status.as_u16(), message, retry_after },
    })
}

/// A web page or a single JSON value with status 200 comes from something else than a streaming API.
fn expect_events(response: Response) -> Result<Response, ModelError> {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.starts_with("text/html") || kind.starts_with("application/json") {
        let what = format!("{} instead of a stream of events", short(kind));
        return Err(ModelError::Malformed { what, source: None });
    }
    Ok(response)
}

/// The begin of a body. What cannot be read is left out: the status says enough.
async fn read(response: Response, idle: Duration) -> String {
    let mut bytes = Vec::new();
    let mut chunks = response.bytes_stream();
    while bytes.len() < BODY_BYTES {
        match tokio::time::timeout(idle, chunks.next()).await {
            Ok(Some(Ok(chunk))) => bytes.extend_from_slice(&chunk),
            _ => break,
        }
    }
    bytes.truncate(BODY_BYTES);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn message(body: &str, parsed: &Value, status: StatusCode) -> String {
    let text = words(parsed).map_or_else(|| short(body), short);
    if text.is_empty() { status.canonical_reason().unwrap_or("no reason given").to_owned() } else { text }
}

/// The words in an error's JSON: `{"error": {"message": …}}` (OpenAI, Anthropic), `{"error": …}` (Ollama),
/// `{"message": …}` or `{"detail": …}` (vLLM).
pub(crate) fn words(body: &Value) -> Option<&str> {
    ["/error/message", "/error", "/message", "/detail"].iter().find_map(|path| body.pointer(path)?.as_str())
}

/// At most [`MESSAGE_CHARS`] of a text, on one line.
pub(crate) fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= MESSAGE_CHARS {
        return line;
    }
    line.chars().take(MESSAGE_CHARS - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_found_in_every_dialect() {
        for body in [
            r#"{"error": {"message": "no such model", "type": "x"}}"#,
            r#"{"error": "no such model"}"#,
            r#"{"object": "error", "message": "no such model"}"#,
            r#"{"detail": "no such model"}"#,
            "no such\n  model",
        ] {
            let parsed = serde_json::from_str(body).unwrap_or_default();
            assert_eq!(message(body, &parsed, StatusCode::NOT_FOUND), "no such model", "{body}");
        }
        assert_eq!(message(" ", &Value::Null, StatusCode::NOT_FOUND), "Not Found");
    }

    #[test]
    fn a_message_is_bounded() {
        let long = short(&"ä ".repeat(10_000));
        assert_eq!(long.chars().count(), 500);
        assert!(long.ends_with('…'));
    }
}
