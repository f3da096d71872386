//! What a model is asked.

use crate::Label;
use cowork_domain::message::{Message, ToolDefinition};
use std::sync::Arc;

/// One request to a model. Cloning it is cheap, so that it can be sent again after a failure.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// What it is for. Read by traces and by the scripted provider, never sent.
    pub label: Label,
    /// Who the model is and what it is to heed. May be empty.
    pub system: Arc<str>,
    /// The context, oldest first. It begins with [`Message::User`]; a [`Message::Tools`] follows the answer that asked
    /// for its calls.
    pub messages: Arc<[Message]>,
    /// What the model may call. Names match `[A-Za-z0-9_-]{1,64}`.
    pub tools: Arc<[ToolDefinition]>,
    /// The shape that the answer's text must have, if it is not prose.
    pub schema: Option<AnswerSchema>,
    /// The longest answer, in tokens as the provider counts them.
    pub max_output_tokens: u32,
}

/// A shape for an answer's text: the provider is asked to answer with JSON of it.
///
/// Providers keep to it more or less well, so whoever asked still validates.
#[derive(Debug, Clone, PartialEq)]
pub struct AnswerSchema {
    /// A name for it, `[A-Za-z0-9_-]{1,64}`.
    pub name: String,
    /// JSON Schema, an object at its root.
    pub schema: serde_json::Value,
}

/// A call's arguments as an object. Models break JSON at times, and servers refuse a context that holds the pieces, so
/// what is no object is wrapped: the model still sees what it wrote.
pub(crate) fn arguments(text: &str) -> serde_json::Value {
    match serde_json::from_str(text) {
        Ok(object @ serde_json::Value::Object(_)) => object,
        _ => serde_json::json!({ "unreadable": text }),
    }
}
