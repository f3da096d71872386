//! OpenAI's chat completions, seen from the server.

use crate::fragments;
use crate::recorded::{list, text};
use cowork_domain::message::{Answer, Message, Stop, ToolCall, ToolResult};
use serde_json::{Value, json};

/// The system prompt of a body.
pub(crate) fn system(body: &Value) -> Option<&str> {
    let first = list(&body["messages"]).first().filter(|message| message["role"] == "system")?;
    first["content"].as_str()
}

/// The context of a body.
pub(crate) fn messages(body: &Value) -> Vec<Message> {
    let mut messages: Vec<Message> = Vec::new();
    for message in list(&body["messages"]) {
        match message["role"].as_str() {
            Some("user") => messages.push(Message::User { text: text(&message["content"]) }),
            Some("assistant") => messages.push(Message::Assistant(assistant(message))),
            Some("tool") => push_result(&mut messages, message),
            _ => {}
        }
    }
    messages
}

fn assistant(message: &Value) -> Answer {
    let calls = list(&message["tool_calls"]).iter().map(|call| ToolCall {
        id: text(&call["id"]),
        name: text(&call["function"]["name"]),
        arguments: text(&call["function"]["arguments"]),
    });
    Answer { text: text(&message["content"]), tool_calls: calls.collect(), ..Answer::default() }
}

/// The format has a message for each result, and no names and no errors in them.
fn push_result(messages: &mut Vec<Message>, message: &Value) {
    let call_id = text(&message["tool_call_id"]);
    let said = text(&message["content"]);
    let (is_error, content) = match said.strip_prefix("error: ") {
        Some(content) => (true, content.to_owned()),
        None => (false, said),
    };
    let result = ToolResult { name: name_of(messages, &call_id), call_id, content, is_error };
    match messages.last_mut() {
        Some(Message::Tools { results }) => results.push(result),
        _ => messages.push(Message::Tools { results: vec![result] }),
    }
}

/// The tool that the latest call with this id asked for.
pub(crate) fn name_of(messages: &[Message], call_id: &str) -> String {
    let calls = messages.iter().rev().filter_map(|message| match message {
        Message::Assistant(answer) => answer.tool_calls.iter().find(|call| call.id == call_id),
        Message::User { .. } | Message::Tools { .. } => None,
    });
    calls.map(|call| call.name.clone()).next().unwrap_or_default()
}

/// An answer as events. The pieces of several calls are interleaved, as the format allows.
pub(crate) fn render(answer: &Answer) -> String {
    let mut deltas = vec![json!({"role": "assistant", "content": ""})];
    deltas.extend(fragments::text(&answer.text).into_iter().map(|piece| json!({"content": piece})));
    deltas.extend(answer.tool_calls.iter().enumerate().map(|(index, call)| start(index, call)));
    deltas.extend(arguments(&answer.tool_calls));
    let mut events: Vec<_> = deltas.into_iter().map(|delta| chunk(delta, Value::Null)).collect();
    events.push(chunk(json!({}), finish_reason(answer).into()));
    let usage = answer.usage;
    let counts = json!({
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
    });
    events.push(json!({"object": "chat.completion.chunk", "choices": [], "usage": counts}));
    let lines: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
    lines + "data: [DONE]\n\n"
}

fn chunk(delta: Value, finish_reason: Value) -> Value {
    let choice = json!({"index": 0, "delta": delta, "finish_reason": finish_reason});
    json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "test", "choices": [choice]})
}

fn start(index: usize, call: &ToolCall) -> Value {
    let function = json!({"name": call.name, "arguments": ""});
    json!({"tool_calls": [{"index": index, "id": call.id, "type": "function", "function": function}]})
}

fn arguments(calls: &[ToolCall]) -> Vec<Value> {
    let pieces: Vec<_> = calls.iter().map(|call| fragments::text(&call.arguments)).collect();
    let most = pieces.iter().map(Vec::len).max().unwrap_or_default();
    let in_turn = (0..most).flat_map(|round| {
        pieces.iter().enumerate().filter_map(move |(index, pieces)| Some((index, pieces.get(round)?)))
    });
    in_turn
        .map(|(index, piece)| json!({"tool_calls": [{"index": index, "function": {"arguments": piece}}]}))
        .collect()
}

fn finish_reason(answer: &Answer) -> &'static str {
    match answer.stop {
        Stop::Length => "length",
        Stop::Refusal => "content_filter",
        Stop::End if answer.tool_calls.is_empty() => "stop",
        Stop::End => "tool_calls",
    }
}
