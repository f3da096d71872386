//! What goes between an agent and its model, in no provider's format.

use serde::{Deserialize, Serialize};

/// One entry of an agent's context.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "snake_case")]
pub enum Message {
    /// From the host or a person.
    User {
        /// The text.
        text: String,
    },
    /// From the model.
    Assistant(Answer),
    /// What the calls of the answer before gave, one for each, in its order.
    Tools {
        /// The results.
        results: Vec<ToolResult>,
    },
}

/// What a model answered.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Answer {
    /// Its words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The calls it wants.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// Why it ended.
    #[serde(default)]
    pub stop: Stop,
    /// What it cost.
    #[serde(default)]
    pub usage: Usage,
    /// The model that gave it, as its provider calls it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub model: String,
    /// Requests before it, for the same answer, that may have cost something which no provider told.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unaccounted: u32,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// A call as the model asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The provider's name for it, given back with the result.
    pub id: String,
    /// Name of the tool.
    pub name: String,
    /// The arguments as the model wrote them: meant to be a JSON object, but perhaps broken.
    pub arguments: String,
}

/// What a call gave, as the model reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolResult {
    /// The [`ToolCall::id`] that it answers.
    pub call_id: String,
    /// Name of the tool.
    pub name: String,
    /// The text.
    pub content: String,
    /// Whether it is an error that the model should mend.
    pub is_error: bool,
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// The model was done, or waits for its tool calls.
    #[default]
    End,
    /// The answer was cut at the output limit.
    Length,
    /// The provider or the model refused.
    Refusal,
}

/// Tokens, as the provider counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Read by the model, wherever it came from.
    pub input_tokens: u64,
    /// Of these, those that came from the provider's cache.
    #[serde(default)]
    pub cached_input_tokens: u64,
    /// Of these, those that were written into the cache, where the provider asks another price for it.
    #[serde(default)]
    pub cache_write_tokens: u64,
    /// Written by it.
    pub output_tokens: u64,
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.input_tokens += other.input_tokens;
        self.cached_input_tokens += other.cached_input_tokens;
        self.cache_write_tokens += other.cache_write_tokens;
        self.output_tokens += other.output_tokens;
    }
}

/// A tool as it is offered to a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolDefinition {
    /// Its name.
    pub name: String,
    /// What people read instead.
    pub title: Option<String>,
    /// What it does and when to use it.
    pub description: String,
    /// JSON Schema of its arguments.
    pub input_schema: serde_json::Value,
    /// Whether it changes nothing. The sandbox holds it to that.
    pub read_only: bool,
}
