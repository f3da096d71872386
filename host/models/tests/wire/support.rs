//! What the tests share.

use cowork_domain::message::{Answer, Message, Stop, ToolCall, ToolDefinition, ToolResult, Usage};
use cowork_model_server::{ModelServer, Reply, WireFormat};
use cowork_models::anthropic::Anthropic;
use cowork_models::openai::OpenAi;
use cowork_models::{
    AnswerSchema, HttpSettings, Label, Model, Request, RetryPolicy, Retrying, Secret, Timeouts,
};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

pub const FORMATS: [WireFormat; 2] = [WireFormat::OpenAi, WireFormat::Anthropic];

pub async fn server(replies: impl IntoIterator<Item = Reply>) -> ModelServer {
    ModelServer::start(replies).await.expect("a port")
}

/// The model at a server, tried once.
pub fn model(server: &ModelServer, format: WireFormat) -> Arc<dyn Model> {
    model_with(server, format, Timeouts::default())
}

/// The same with time-outs of one's own.
pub fn model_with(server: &ModelServer, format: WireFormat, timeouts: Timeouts) -> Arc<dyn Model> {
    let base = match format {
        WireFormat::OpenAi => server.openai_base(),
        WireFormat::Anthropic => server.anthropic_base(),
    };
    model_at(base, format, timeouts)
}

/// The model at an address.
pub fn model_at(base_url: String, format: WireFormat, timeouts: Timeouts) -> Arc<dyn Model> {
    let api_key = Some(Secret::from("key-1"));
    let settings = HttpSettings { base_url, api_key, model: "small".into(), timeouts };
    match format {
        WireFormat::OpenAi => Arc::new(OpenAi::new(&settings).expect("settings")),
        WireFormat::Anthropic => Arc::new(Anthropic::new(&settings).expect("settings")),
    }
}

/// The same, tried four times more, with waits too short to notice.
pub fn retrying(server: &ModelServer, format: WireFormat) -> Retrying<Arc<dyn Model>> {
    Retrying::new(model(server, format), at_once(4))
}

/// Retries with waits too short to notice.
pub fn at_once(retries: u32) -> RetryPolicy {
    let instant = Duration::from_millis(1);
    RetryPolicy { retries, base: instant, cap: instant, retry_after_cap: instant, rest_patience: instant }
}

/// A request as an agent makes it in its second turn.
pub fn request() -> Request {
    let call = call("call_1", "file_list", r#"{"path":"files"}"#);
    let asked = Answer { text: "Let me look.".into(), tool_calls: vec![call], ..Answer::default() };
    let result = ToolResult {
        call_id: "call_1".into(),
        name: "file_list".into(),
        content: "no such folder".into(),
        is_error: true,
    };
    Request {
        label: Label::Agent("Sort files".into()),
        system: "You sort files.\nPurpose: agent Sort files".into(),
        messages: [
            Message::User { text: "Sort my files".into() },
            Message::Assistant(asked),
            Message::Tools { results: vec![result] },
            Message::User { text: "Go on".into() },
        ]
        .into(),
        tools: [tool("file_list"), tool("file_move")].into(),
        schema: None,
        max_output_tokens: 1_000,
    }
}

/// A request for JSON, without tools.
pub fn plan_request() -> Request {
    let schema = json!({"type": "object", "properties": {"summary": {"type": "string"}}});
    Request {
        label: Label::Plan,
        system: "You plan.".into(),
        messages: [Message::User { text: "Sort my files".into() }].into(),
        tools: [].into(),
        schema: Some(AnswerSchema { name: "plan".into(), schema }),
        max_output_tokens: 1_000,
    }
}

/// An answer with words beyond ASCII, two calls and usage.
pub fn answer() -> Answer {
    Answer {
        text: "Größere Dateien zuerst — 領収書 und 🧾, dann der Rest.".into(),
        tool_calls: vec![
            call("a", "file_list", r#"{"path":"файлы","recursive":true}"#),
            call("b", "file_move", r#"{"from":"a.txt","to":"sorted/a.txt"}"#),
        ],
        stop: Stop::End,
        usage: Usage { input_tokens: 120, output_tokens: 34, ..Usage::default() },
        model: "small".into(),
        unaccounted: 0,
    }
}

pub fn call(id: &str, name: &str, arguments: &str) -> ToolCall {
    ToolCall { id: id.into(), name: name.into(), arguments: arguments.into() }
}

fn tool(name: &str) -> ToolDefinition {
    ToolDefinition {
        name: name.into(),
        title: None,
        description: format!("Does {name}."),
        input_schema: json!({"type": "object", "properties": {"path": {"type": "string"}}}),
        read_only: true,
    }
}
