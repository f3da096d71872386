//! The request's body.

use crate::request::{Request, arguments};
use cowork_domain::message::{Answer, Message, ToolDefinition, ToolResult};
use serde_json::{Value, json};

/// The name of the tool that takes the answer of a request with a schema; `None` for one without.
pub(super) fn answer_tool(request: &Request) -> Option<String> {
    request.schema.as_ref()?;
    let mut name = "answer".to_owned();
    while request.tools.iter().any(|tool| tool.name == name) {
        name.push('_');
    }
    Some(name)
}

/// The whole body.
pub(super) fn render(model: &str, request: &Request, answer_tool: Option<&str>) -> Value {
    let mut body = json!({
        "model": model,
        "max_tokens": request.max_output_tokens,
        "messages": messages(&request.messages),
        "stream": true,
    });
    if !request.system.is_empty() {
        // The tools and this prompt begin every turn's context alike: the provider need not read them anew.
        body["system"] = json!([cached(text(&request.system))]);
    }
    let mut tools: Vec<_> = request.tools.iter().map(tool).collect();
    if let Some(last) = tools.last_mut() {
        // They come before the system prompt, and are the same for all agents.
        *last = cached(last.take());
    }
    if let (Some(name), Some(schema)) = (answer_tool, &request.schema) {
        let description = "Gives the final answer.";
        tools.push(json!({"name": name, "description": description, "input_schema": schema.schema}));
        // With tools of its own the model may still call them before it answers.
        let only = request.tools.is_empty();
        body["tool_choice"] =
            if only { json!({"type": "tool", "name": name}) } else { json!({"type": "any"}) };
    }
    if !tools.is_empty() {
        body["tools"] = tools.into();
    }
    body
}

/// Messages whose roles alternate, as the API demands: what follows in the same role is joined.
fn messages(messages: &[Message]) -> Vec<Value> {
    let mut turns: Vec<(&str, Vec<Value>)> = Vec::new();
    for (role, blocks) in messages.iter().map(blocks) {
        match turns.last_mut() {
            Some((last, joined)) if *last == role => joined.extend(blocks),
            // The API refuses empty messages.
            _ if blocks.is_empty() => {}
            _ => turns.push((role, blocks)),
        }
    }
    // The next turn's context begins with this one; the one before is what this one begins with, also where it lies
    // further back than the provider looks by itself.
    let of_user = turns.iter_mut().filter(|(role, _)| *role == "user").rev().take(2);
    for block in of_user.filter_map(|(_, blocks)| blocks.last_mut()) {
        *block = cached(block.take());
    }
    turns.into_iter().map(|(role, content)| json!({"role": role, "content": content})).collect()
}

fn blocks(message: &Message) -> (&'static str, Vec<Value>) {
    match message {
        Message::User { text: said } => ("user", said_blocks(said)),
        Message::Assistant(answer) => ("assistant", assistant(answer)),
        Message::Tools { results } => ("user", results.iter().map(tool_result).collect()),
    }
}

fn assistant(answer: &Answer) -> Vec<Value> {
    let calls = answer.tool_calls.iter().map(|call| {
        json!({"type": "tool_use", "id": call.id, "name": call.name, "input": arguments(&call.arguments)})
    });
    said_blocks(&answer.text).into_iter().chain(calls).collect()
}

/// The API refuses blocks without words.
fn said_blocks(said: &str) -> Vec<Value> {
    if said.trim().is_empty() { vec![] } else { vec![text(said)] }
}

fn text(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

fn tool_result(result: &ToolResult) -> Value {
    let mut block = json!({"type": "tool_result", "tool_use_id": result.call_id, "content": result.content});
    if result.is_error {
        block["is_error"] = true.into();
    }
    block
}

fn tool(tool: &ToolDefinition) -> Value {
    json!({"name": tool.name, "description": tool.description, "input_schema": tool.input_schema})
}

/// Marks a block as the end of a beginning that the provider may keep ("Prompt caching").
fn cached(mut block: Value) -> Value {
    block["cache_control"] = json!({"type": "ephemeral"});
    block
}

#[cfg(test)]
mod tests {
    use super::*;
    use cowork_domain::message::ToolCall;

    fn user(text: &str) -> Message {
        Message::User { text: text.into() }
    }

    #[test]
    fn roles_alternate() {
        let call = ToolCall { id: "a".into(), name: "x".into(), arguments: "broken".into() };
        let answer = Answer { tool_calls: vec![call], ..Answer::default() };
        let result =
            ToolResult { call_id: "a".into(), name: "x".into(), content: "no".into(), is_error: true };
        let context = [
            user("one"),
            user(" "),
            user("two"),
            Message::Assistant(Answer::default()),
            Message::Assistant(answer),
            Message::Tools { results: vec![result] },
            user("three"),
        ];
        let expected = json!([
            {"role": "user", "content": [
                {"type": "text", "text": "one"},
                {"type": "text", "text": "two", "cache_control": {"type": "ephemeral"}},
            ]},
            {"role": "assistant", "content": [
                {"type": "tool_use", "id": "a", "name": "x", "input": {"unreadable": "broken"}},
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "a", "content": "no", "is_error": true},
                {"type": "text", "text": "three", "cache_control": {"type": "ephemeral"}},
            ]},
        ]);
        assert_eq!(Value::from(messages(&context)), expected);
    }
}
