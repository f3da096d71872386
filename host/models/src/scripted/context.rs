//! What a script's templates know.

use crate::{Label, Request};
use cowork_domain::data;
use cowork_domain::message::{Message, ToolResult};
use minijinja::Value;
use minijinja::value::Serde;
use serde::Serialize;

#[derive(Serialize)]
struct Values<'a> {
    results: Vec<Vec<ResultValues<'a>>>,
    last: Vec<ResultValues<'a>>,
    task: &'a str,
    system: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<&'a str>,
}

/// Left out rather than null, so that a template which expects it fails and says so.
#[derive(Serialize, Clone)]
struct ResultValues<'a> {
    tool: &'a str,
    is_error: bool,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    json: Option<serde_json::Value>,
}

/// The turn that is due, from 0: as many as the model has answered.
pub(super) fn turn(request: &Request) -> usize {
    request.messages.iter().filter(|message| matches!(message, Message::Assistant(_))).count()
}

/// The values for a request's templates.
pub(super) fn values(request: &Request) -> Value {
    let results: Vec<Vec<_>> = request
        .messages
        .iter()
        .filter_map(|message| match message {
            Message::Tools { results } => Some(results.iter().map(result).collect()),
            Message::User { .. } | Message::Assistant(_) => None,
        })
        .collect();
    let agent = match &request.label {
        Label::Agent(name) => Some(name.as_str()),
        Label::Plan | Label::Synthesis | Label::Summary => None,
    };
    let last = results.last().cloned().unwrap_or_default();
    Value::from(Serde(Values { results, last, task: task(request), system: &request.system, agent }))
}

/// Bytes of the context.
pub(super) fn bytes(request: &Request) -> usize {
    let message = |message: &Message| match message {
        Message::User { text } => text.len(),
        Message::Assistant(answer) => {
            answer.text.len() + answer.tool_calls.iter().map(|call| call.arguments.len()).sum::<usize>()
        }
        Message::Tools { results } => results.iter().map(|result| result.content.len()).sum(),
    };
    request.system.len() + request.messages.iter().map(message).sum::<usize>()
}

fn task(request: &Request) -> &str {
    let said = request.messages.iter().find_map(|message| match message {
        Message::User { text } => Some(text.as_str()),
        Message::Assistant(_) | Message::Tools { .. } => None,
    });
    said.unwrap_or_default()
}

fn result(result: &ToolResult) -> ResultValues<'_> {
    // A script needs no warning of what others wrote.
    let text = data::unmark(&result.content);
    ResultValues {
        tool: &result.name,
        is_error: result.is_error,
        text,
        json: serde_json::from_str(text).ok(),
    }
}
