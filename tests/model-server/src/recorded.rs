//! What the server was asked.

use crate::{anthropic, openai};
use axum::http::HeaderMap;
use cowork_domain::message::Answer;
use cowork_models::{Label, Request};
use serde_json::Value;
use std::collections::BTreeMap;

/// A wire format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WireFormat {
    /// OpenAI's chat completions.
    OpenAi,
    /// Anthropic's messages.
    Anthropic,
}

/// A request as it came.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedRequest {
    /// In which format.
    pub format: WireFormat,
    /// Its headers, by their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Its body.
    pub body: Value,
}

impl RecordedRequest {
    pub(crate) fn new(format: WireFormat, headers: &HeaderMap, body: Value) -> Self {
        let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        Self { format, headers, body }
    }

    /// The system prompt; empty if there is none.
    pub fn system(&self) -> &str {
        let text = match self.format {
            WireFormat::OpenAi => openai::system(&self.body),
            WireFormat::Anthropic => self.body["system"][0]["text"].as_str(),
        };
        text.unwrap_or_default()
    }

    /// What the request is for, read from its system prompt.
    pub fn label(&self) -> Option<Label> {
        Label::from_system(self.system())
    }

    /// The request as the sender had it: label, system prompt and context. Tools and schema are not read back. `None` if
    /// the system prompt does not state its purpose.
    pub fn request(&self) -> Option<Request> {
        let messages = match self.format {
            WireFormat::OpenAi => openai::messages(&self.body),
            WireFormat::Anthropic => anthropic::messages(&self.body),
        };
        Some(Request {
            label: self.label()?,
            system: self.system().into(),
            messages: messages.into(),
            tools: [].into(),
            schema: None,
            max_output_tokens: 0,
        })
    }

    /// An answer to this request as a stream of events.
    pub(crate) fn render(&self, answer: &Answer) -> String {
        match self.format {
            WireFormat::OpenAi => openai::render(answer),
            WireFormat::Anthropic => anthropic::render(answer, &self.body),
        }
    }
}

/// The text of a JSON value that is one; empty otherwise.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The elements of a JSON value that is an array; none otherwise.
pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
