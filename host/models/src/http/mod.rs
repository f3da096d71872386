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
    /// How long each part of a request may take.
    pub timeouts: Timeouts,
}

/// How long each part of a request may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Until the connection stands. Default 10 s.
    pub connect: Duration,
    /// From the request to the first sign that the model is at work on it, a thought or a word. Default 5 min: a model on
    /// a slow machine reads a long context first.
    pub first_token: Duration,
    /// The longest silence once it has begun. Default 2 min.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_token: Duration::from_secs(300),
            idle: Duration::from_secs(120),
        }
    }
}
