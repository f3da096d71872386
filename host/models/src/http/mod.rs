//! What both HTTP providers share: one POST whose answer is a stream of server-sent events.

mod client;
mod conversation;
mod events;
mod failure;
mod overflow;
mod retry_after;

pub(crate) use client::{Endpoint, Header};
pub(crate) use conversation::{Reader, Step, converse, malformed, parse};
pub(crate) use events::Events;
pub(crate) use failure::{short, words};
pub(crate) use overflow::says_overflow;

use std::time::Duration;

/// How to speak with a provider over HTTP.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// Where the provider's API begins, such as `https://api.openai.com/v1`.
    pub base_url: String,
    /// The key; local servers mostly want none.
    pub api_key: Option<crate::Secret>,
    /// Name of the model, as the provider knows it.
    pub model: String,
    /// The longest silence before and during an answer. Default 120 s.
    pub idle_timeout: Duration,
}

impl HttpSettings {
    /// The default [`idle_timeout`](Self::idle_timeout).
    pub const IDLE_TIMEOUT: Duration = Duration::from_secs(120);
}
