//! A recorded conversation, replayed.
//!
//! It stands where a language model would: in the demo, which must work without a key and without a network, and in
//! tests. It does not think. Its file says, for each purpose of a request, what is answered turn by turn; the answers
//! are templates over the results of the tools, so that they fit what the tools really found. The format is described
//! in [`Scripted`].

mod context;
mod error;
mod filters;
mod script;
#[cfg(test)]
mod tests;

pub use error::{Place, ScriptError};

use crate::{Delta, Model, ModelError, Request};
use cowork_domain::message::{Answer, Stop, ToolCall, Usage};
use futures::StreamExt;
use futures::stream::BoxStream;
use script::{Reply, Script};
use serde::Deserialize;
use std::path::Path;
use std::sync::Arc;

/// Replays a recorded conversation.
///
/// It holds no state: which answer is due follows from the request alone, from its label and the number of the model's
/// own messages in its context. So a host that was killed goes on where it was. A context that loses such messages, by
/// compaction, goes back in the script.
///
/// # The file
/// TOML. The first part whose purpose fits the request's label is taken, and of it the answer for the turn:
///
/// ```toml
/// [[part]]
/// for = "plan"                     # or "synthesis", "summary"
/// [[part.answer]]
/// text = '{"summary": "Sort the files"}'
///
/// [[part]]
/// agent = "Sort .*"                # an agent's whole name, or a regular expression that matches the whole of it
/// [[part.answer]]                  # the first turn
/// text = "Let me look."
/// calls = '[{"tool": "file_list", "arguments": {"path": "files"}}]'
/// [[part.answer]]                  # the second
/// text = "There are {{ last[0].json.entries | length }} entries."
/// ```
///
/// `text` and `calls` are [minijinja](https://docs.rs/minijinja) templates, at least one of the two is given. `calls`
/// renders to a JSON array of `{"tool": …, "arguments": {…}}`. The templates know:
///
/// - `results`: for each turn with calls the list of their results, each with `tool`, `is_error`, `text`, and `json`
///   where the text is JSON;
/// - `last`: the results of the last such turn, `[]` at first;
/// - `task`: the text of the first message; `system`: the system prompt; `agent`: the agent's name, if it is one;
/// - the filters `capture(regex)`: the first group of the first match (the match itself where there is no group), or
///   undefined; `captures(regex)`: the same of every match; `matches(regex)`, also a test; `fromjson`; and minijinja's.
///
/// What is undefined is an error, never an empty text. Values that are not text print as Python has them (`True`), so
/// JSON takes them through `tojson`.
#[derive(Debug, Clone)]
pub struct Scripted {
    script: Arc<Script>,
}

/// An entry of what `calls` renders to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    tool: String,
    #[serde(default)]
    arguments: serde_json::Map<String, serde_json::Value>,
}

impl Scripted {
    /// Reads a script. `name` stands for it in errors.
    ///
    /// # Errors
    /// [`ScriptError`] if the text is not of the format, a template has an error in its syntax, or a regular expression
    /// cannot be read.
    pub fn from_text(name: &str, text: &str) -> Result<Self, ScriptError> {
        Ok(Self { script: Arc::new(Script::parse(name, text)?) })
    }

    /// Reads a script's file.
    ///
    /// # Errors
    /// As [`Scripted::from_text`], and [`ScriptError::Read`].
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self, ScriptError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path)
            .map_err(|source| ScriptError::Read { path: path.to_owned(), source })?;
        Self::from_text(&path.display().to_string(), &text)
    }

    /// The answer to a request. Its usage is an estimate, four bytes to a token, so that budgets have something to count.
    ///
    /// # Errors
    /// [`ScriptError`] if the script has no answer for the request, or one that cannot be rendered.
    pub fn reply(&self, request: &Request) -> Result<Answer, ScriptError> {
        let turn = context::turn(request);
        let reply = self.script.find(&request.label, turn)?;
        let values = context::values(request);
        let text = self.script.render_text(&reply, &values)?.unwrap_or_default();
        let rendered = self.script.render_calls(&reply, &values)?;
        let tool_calls = rendered.map(|json| calls(&json, turn, &reply)).transpose()?.unwrap_or_default();
        let usage = usage(request, &text, &tool_calls);
        Ok(Answer { text, tool_calls, stop: Stop::End, usage, ..Answer::default() })
    }
}

impl Model for Scripted {
    fn name(&self) -> &str {
        "scripted"
    }

    fn stream(&self, request: Request) -> BoxStream<'static, Result<Delta, ModelError>> {
        let deltas = match self.reply(&request) {
            Ok(answer) => deltas(answer).into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error.into())],
        };
        futures::stream::iter(deltas).boxed()
    }
}

fn calls(json: &str, turn: usize, reply: &Reply) -> Result<Vec<ToolCall>, ScriptError> {
    let calls: Vec<Call> = serde_json::from_str(json).map_err(|source| ScriptError::Calls {
        place: reply.place.clone(),
        rendered: crate::http::short(json),
        source,
    })?;
    let named = calls.into_iter().enumerate().map(|(number, call)| ToolCall {
        // The same at every replay, and no other's in the context.
        id: format!("call_{}_{}", turn + 1, number + 1),
        name: call.tool,
        arguments: serde_json::Value::Object(call.arguments).to_string(),
    });
    Ok(named.collect())
}

fn deltas(answer: Answer) -> Vec<Delta> {
    let mut deltas = Vec::new();
    if !answer.text.is_empty() {
        deltas.push(Delta::Text(answer.text));
    }
    for (index, ToolCall { id, name, arguments }) in answer.tool_calls.into_iter().enumerate() {
        deltas.push(Delta::ToolCallStart { index, id, name });
        deltas.push(Delta::ToolCallArguments { index, json: arguments });
    }
    deltas.extend([Delta::Usage(answer.usage), Delta::Stop(answer.stop)]);
    deltas
}

fn usage(request: &Request, text: &str, calls: &[ToolCall]) -> Usage {
    let tokens = |bytes: usize| u64::try_from(bytes.div_ceil(4)).unwrap_or(u64::MAX);
    let written = text.len() + calls.iter().map(|call| call.name.len() + call.arguments.len()).sum::<usize>();
    Usage {
        input_tokens: tokens(context::bytes(request)),
        output_tokens: tokens(written),
        ..Usage::default()
    }
}
