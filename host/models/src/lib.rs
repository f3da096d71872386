//! Language models behind one trait.
//!
//! A [`Model`] takes a [`Request`] and streams [`Delta`]s, or gives the whole [`Answer`](cowork_domain::message::Answer).
//! [`connect`] makes one of [`ProviderConfig`]s: an OpenAI-compatible server, Anthropic, or a recorded conversation
//! that stands where a model would; and of several one that falls back from each to the next. Everything a provider says in its own way ends in this room: the rooms above know
//! only the domain's messages.
//!
//! What is absent on purpose: tools are not run here, prompts are not written here, and nothing is stored.

pub mod accumulate;
pub mod anthropic;
mod config;
mod delta;
mod error;
mod fallback;
mod guard;
mod http;
mod label;
mod model;
pub mod openai;
mod prices;
mod request;
pub mod retry;
pub mod scripted;
mod secret;
pub mod tokens;

pub use config::{ModelsConfig, Provider, ProviderConfig, connect};
pub use delta::Delta;
pub use error::ModelError;
pub use fallback::Fallback;
pub use guard::{BreakerPolicy, Gateway, Guarded, RateLimits};
pub use http::{HttpSettings, Timeouts};
pub use label::Label;
pub use model::Model;
pub use prices::{Price, Prices};
pub use request::{AnswerSchema, Messages, Request};
pub use retry::{RetryPolicy, Retrying};
pub use scripted::{ScriptError, Scripted};
pub use secret::Secret;
