//! A server for tests that stands where a language model's server would.
//!
//! It is a real HTTP server on a port of its own and speaks both wire formats that the host knows: OpenAI's chat
//! completions (`/v1/chat/completions`) and Anthropic's messages (`/v1/messages`), streamed. It records what it is asked
//! and answers with [`Reply`]s: from a queue, by a function of the request, or from a script. No model is behind it.

mod anthropic;
mod fragments;
mod openai;
mod recorded;
mod respond;
mod server;

pub use recorded::{RecordedRequest, WireFormat};
pub use server::ModelServer;

use cowork_domain::message::Answer;

/// What the server answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// An answer, streamed in small fragments.
    Answer(Answer),
    /// A status with a body, as servers refuse.
    Status {
        /// The HTTP status.
        code: u16,
        /// The header `Retry-After`: seconds or an HTTP date.
        retry_after: Option<String>,
        /// The body, sent as JSON.
        body: String,
    },
    /// An answer whose connection breaks after so many bytes of its body.
    CutAfter {
        /// The answer.
        answer: Answer,
        /// Bytes until the cut.
        bytes: usize,
    },
    /// An answer that falls silent after so many bytes of its body, until the client or the server goes away.
    SilentAfter {
        /// The answer.
        answer: Answer,
        /// Bytes until then.
        bytes: usize,
    },
    /// A stream of events with this body, whatever it is.
    Raw(String),
    /// Silence until the client or the server goes away.
    Hang,
}

impl Reply {
    /// An answer in words.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Answer(Answer { text: text.into(), ..Answer::default() })
    }

    /// A status without `Retry-After` and with an error body as both formats have it.
    pub fn status(code: u16, message: &str) -> Self {
        let body = serde_json::json!({"error": {"type": "error", "message": message}});
        Self::Status { code, retry_after: None, body: body.to_string() }
    }
}
