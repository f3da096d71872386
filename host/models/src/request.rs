//! What a model is asked.

use crate::Label;
use cowork_domain::message::{Message, ToolDefinition};
use std::ops::Deref;
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
    pub messages: Messages,
    /// What the model may call. Names match `[A-Za-z0-9_-]{1,64}`.
    pub tools: Arc<[ToolDefinition]>,
    /// The shape that the answer's text must have, if it is not prose.
    pub schema: Option<AnswerSchema>,
    /// The longest answer, in tokens as the provider counts them.
    pub max_output_tokens: u32,
}

/// The context of a request, oldest first. A clone is the same list; adding to one copies it only while others hold it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Messages(Arc<Vec<Message>>);

impl Deref for Messages {
    type Target = [Message];

    fn deref(&self) -> &[Message] {
        &self.0
    }
}

impl Extend<Message> for Messages {
    fn extend<I: IntoIterator<Item = Message>>(&mut self, more: I) {
        Arc::make_mut(&mut self.0).extend(more);
    }
}

impl From<Vec<Message>> for Messages {
    fn from(messages: Vec<Message>) -> Self {
        Self(Arc::new(messages))
    }
}

impl From<&[Message]> for Messages {
    fn from(messages: &[Message]) -> Self {
        messages.to_vec().into()
    }
}

impl<const N: usize> From<[Message; N]> for Messages {
    fn from(messages: [Message; N]) -> Self {
        Vec::from(messages).into()
    }
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
