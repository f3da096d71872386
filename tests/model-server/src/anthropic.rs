//! Anthropic's messages, seen from the server.

use crate::fragments;
use crate::openai::name_of;
use crate::recorded::{list, text};
use cowork_domain::message::{Answer, Message, Stop, ToolCall, ToolResult};
use serde_json::{Value, json};

/// The context of a body. The sender joins messages of one role; each block of words becomes a message again.
pub(crate) fn messages(body: &Value) -> Vec<Message> {
    let mut messages: Vec<Message> = Vec::new();
    for message in list(&body["messages"]) {
        if message["role"] == "assistant" {
            messages.push(Message::Assistant(assistant(list(&message["content"]))));
            continue;
        }
        let (results, said): (Vec<_>, Vec<_>) =
            list(&message["content"]).iter().partition(|block| block["type"] == "tool_result");
        let results: Vec<_> = results.into_iter().map(|block| result(&messages, block)).collect();
        if !results.is_empty() {
            messages.push(Message::Tools { results });
        }
        messages.extend(said.into_iter().map(|block| Message::User { text: text(&block["text"]) }));
    }
    messages
}

fn assistant(blocks: &[Value]) -> Answer {
    let said = blocks.iter().filter(|block| block["type"] == "text").map(|block| text(&block["text"]));
    let calls = blocks.iter().filter(|block| block["type"] == "tool_use").map(|block| ToolCall {
        id: text(&block["id"]),
        name: text(&block["name"]),
        arguments: block["input"].to_string(),
    });
    Answer { text: said.collect(), tool_calls: calls.collect(), ..Answer::default() }
}

fn result(before: &[Message], block: &Value) -> ToolResult {
    let call_id = text(&block["tool_use_id"]);
    ToolResult {
        name: name_of(before, &call_id),
        call_id,
        content: text(&block["content"]),
        is_error: block["is_error"] == true,
    }
}

/// An answer to a body as events.
pub(crate) fn render(answer: &Answer, body: &Value) -> String {
    let input = json!({"input_tokens": answer.usage.input_tokens, "output_tokens": 1});
    let message =
        json!({"id": "msg_1", "type": "message", "role": "assistant", "content": [], "usage": input});
    let mut events = vec![json!({"type": "message_start", "message": message}), json!({"type": "ping"})];
    for (index, block) in blocks(answer, body).iter().enumerate() {
        events.extend(block_events(index, block));
    }
    let output = json!({"output_tokens": answer.usage.output_tokens});
    let end = json!({"stop_reason": stop_reason(answer), "stop_sequence": null});
    events.push(json!({"type": "message_delta", "delta": end, "usage": output}));
    events.push(json!({"type": "message_stop"}));
    events.iter().map(|event| format!("event: {}\ndata: {event}\n\n", text(&event["type"]))).collect()
}

/// A content block: how it begins, and its deltas.
struct Block {
    start: Value,
    deltas: Vec<Value>,
}

fn blocks(answer: &Answer, body: &Value) -> Vec<Block> {
    let mut blocks = Vec::new();
    if !answer.text.is_empty() {
        blocks.push(match answer_tool(body).filter(|_| answer.tool_calls.is_empty()) {
            Some(name) => call("toolu_answer", &name, &answer.text),
            None => words(&answer.text),
        });
    }
    blocks.extend(answer.tool_calls.iter().map(|asked| call(&asked.id, &asked.name, &asked.arguments)));
    blocks
}

/// The tool through which a request with a schema wants its answer: the last one, where a call is demanded.
fn answer_tool(body: &Value) -> Option<String> {
    body.get("tool_choice")?;
    list(&body["tools"]).last().map(|tool| text(&tool["name"]))
}

fn words(said: &str) -> Block {
    let pieces = fragments::text(said).into_iter();
    Block {
        start: json!({"type": "text", "text": ""}),
        deltas: pieces.map(|piece| json!({"type": "text_delta", "text": piece})).collect(),
    }
}

fn call(id: &str, name: &str, arguments: &str) -> Block {
    // The format begins every call with an empty piece.
    let pieces = std::iter::once(String::new()).chain(fragments::text(arguments));
    Block {
        start: json!({"type": "tool_use", "id": id, "name": name, "input": {}}),
        deltas: pieces.map(|piece| json!({"type": "input_json_delta", "partial_json": piece})).collect(),
    }
}

fn block_events(index: usize, block: &Block) -> Vec<Value> {
    let mut events =
        vec![json!({"type": "content_block_start", "index": index, "content_block": block.start})];
    let deltas = block.deltas.iter();
    events.extend(deltas.map(|delta| json!({"type": "content_block_delta", "index": index, "delta": delta})));
    events.push(json!({"type": "content_block_stop", "index": index}));
    events
}

fn stop_reason(answer: &Answer) -> &'static str {
    match answer.stop {
        Stop::Length => "max_tokens",
        Stop::Refusal => "refusal",
        Stop::End if answer.tool_calls.is_empty() => "end_turn",
        Stop::End => "tool_use",
    }
}
