//! Language models behind one trait.
//!
//! A [`Model`] takes a [`Request`] and streams [`Delta`]s, or gives the whole [`Answer`](cowork_domain::message::Answer).
//! [`connect`] makes one of a [`ProviderConfig`]: an OpenAI-compatible server, Anthropic, or a recorded conversation
//! that stands where a model would. Everything a provider says in its own way ends in this room: the rooms above know
//! only the domain's messages.
//!
//! What is absent on purpose: tools are not run here, prompts are not written here, and nothing is stored.

pub mod accumulate;
pub mod anthropic;
mod config;
mod delta;
mod error;
mod http;
mod label;
mod model;
pub mod openai;
mod request;
pub mod retry;
pub mod scripted;
mod secret;
pub mod tokens;

pub use config::{Provider, ProviderConfig, connect};
pub use delta::Delta;
pub use error::ModelError;
pub use http::HttpSettings;
pub use label::Label;
pub use model::Model;
pub use request::{AnswerSchema, Messages, Request};
pub use retry::{RetryPolicy, Retrying};
pub use scripted::{ScriptError, Scripted};
pub use secret::Secret;
