//! The request's body.

use crate::request::{AnswerSchema, Request, arguments};
use cowork_domain::message::{Answer, Message, ToolCall, ToolDefinition, ToolResult};
use serde_json::{Value, json};

/// The name under which a server takes the limit of the answer's length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    /// What OpenAI's reasoning models demand. Not known to every other server.
    MaxCompletionTokens,
    /// The older name, which every other server knows.
    MaxTokens,
}

/// The whole body.
pub(super) fn render(model: &str, limit: Limit, request: &Request) -> Value {
    let mut body = json!({
        "model": model,
        "messages": messages(request),
        "stream": true,
        "stream_options": {"include_usage": true},
    });
    let limit = match limit {
        Limit::MaxCompletionTokens => "max_completion_tokens",
        Limit::MaxTokens => "max_tokens",
    };
    body[limit] = request.max_output_tokens.into();
    // Servers refuse an empty list.
    if !request.tools.is_empty() {
        body["tools"] = request.tools.iter().map(tool).collect();
    }
    if let Some(schema) = &request.schema {
        body["response_format"] = response_format(schema);
    }
    body
}

fn messages(request: &Request) -> Value {
    let system = (!request.system.is_empty()).then(|| json!({"role": "system", "content": &*request.system}));
    system.into_iter().chain(request.messages.iter().flat_map(message)).collect()
}

/// One message of ours is several of theirs where it holds several tools' results.
fn message(message: &Message) -> Vec<Value> {
    match message {
        Message::User { text } => vec![json!({"role": "user", "content": text})],
        Message::Assistant(answer) => vec![assistant(answer)],
        Message::Tools { results } => results.iter().map(tool_result).collect(),
    }
}

fn assistant(answer: &Answer) -> Value {
    let mut message = json!({"role": "assistant", "content": answer.text});
    if !answer.tool_calls.is_empty() {
        message["tool_calls"] = answer.tool_calls.iter().map(tool_call).collect();
        if answer.text.is_empty() {
            message["content"] = Value::Null;
        }
    }
    message
}

fn tool_call(call: &ToolCall) -> Value {
    let arguments = arguments(&call.arguments).to_string();
    json!({"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}})
}

/// The format has no mark for errors, so the text says it.
fn tool_result(result: &ToolResult) -> Value {
    let prefix = if result.is_error { "error: " } else { "" };
    json!({"role": "tool", "tool_call_id": result.call_id, "content": format!("{prefix}{}", result.content)})
}

fn tool(tool: &ToolDefinition) -> Value {
    json!({
        "type": "function",
        "function": {"name": tool.name, "description": tool.description, "parameters": tool.input_schema},
    })
}

/// Not `strict`: that mode refuses schemas with optional properties, and the host validates anyway.
fn response_format(schema: &AnswerSchema) -> Value {
    json!({"type": "json_schema", "json_schema": {"name": schema.name, "schema": schema.schema}})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Label;

    fn request(messages: Vec<Message>) -> Request {
        Request {
            label: Label::Plan,
            system: "".into(),
            messages: messages.into(),
            tools: [].into(),
            schema: None,
            max_output_tokens: 9,
        }
    }

    #[test]
    fn what_is_empty_is_left_out() {
        let body =
            render("m", Limit::MaxCompletionTokens, &request(vec![Message::User { text: "hi".into() }]));
        let expected = json!({
            "model": "m",
            "messages": [{"role": "user", "content": "hi"}],
            "stream": true,
            "stream_options": {"include_usage": true},
            "max_completion_tokens": 9,
        });
        assert_eq!(body, expected);
    }

    #[test]
    fn broken_arguments_are_sent_as_an_object() {
        let call = ToolCall { id: "a".into(), name: "file_read".into(), arguments: "{\"path\":".into() };
        let answer = Answer { tool_calls: vec![call], ..Answer::default() };
        let body = render("m", Limit::MaxTokens, &request(vec![Message::Assistant(answer)]));
        let sent = &body["messages"][0]["tool_calls"][0]["function"]["arguments"];
        assert_eq!(sent, r#"{"unreadable":"{\"path\":"}"#);
    }
}
