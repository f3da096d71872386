//! What the engine promises, over the public API, with real tools. Only the model is played: by a recorded
//! conversation, or by a server that speaks a provider's wire format.

mod any_order;
mod approvals;
mod budgets;
mod calls;
mod claims;
mod compaction;
mod costs;
mod discovery;
mod done;
mod fork;
mod grants;
mod limits;
mod loops;
mod memory;
mod mission;
mod model_failures;
mod outbound;
mod parallel;
mod planning;
mod plans;
mod preflight;
mod questions;
mod retry;
mod rewind;
mod schedules;
mod speaking;
mod steering;
mod taint;
mod waiting;
mod whole_task;

use cowork_domain::data;
use cowork_domain::message::{Answer, ToolCall};
use cowork_model_server::Reply;
use serde_json::{Value, json};

/// A plan of one phase with one subtask.
pub fn plan() -> Reply {
    Reply::text(
        json!({"summary": "Tidy up", "phases": [{"name": "Tidy", "subtasks": ["Look around"]}]}).to_string(),
    )
}

/// An answer that calls tools, with arguments as text.
pub fn calls(calls: &[(&str, &str)]) -> Reply {
    let call = |(number, (name, arguments)): (usize, &(&str, &str))| ToolCall {
        id: format!("call_{number}"),
        name: (*name).to_owned(),
        arguments: (*arguments).to_owned(),
    };
    Reply::Answer(Answer { tool_calls: calls.iter().enumerate().map(call).collect(), ..Answer::default() })
}

/// A text with `N` for the numbers of its marks.
pub fn plain_marks(text: &str) -> String {
    let mut parts = text.split("data-");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| format!("{text}data-N{}", part.get(8..).unwrap_or_default()))
}

/// The results that a request of the OpenAI format carries, oldest first, without the marks of what others wrote.
pub fn results(body: &Value) -> Vec<String> {
    let messages = body["messages"].as_array().expect("messages");
    let tools = messages.iter().filter(|message| message["role"] == "tool");
    let text = |message: &Value| {
        let content = message["content"].as_str().expect("a text");
        match content.strip_prefix("error: ") {
            Some(error) => format!("error: {}", data::unmark(error)),
            None => data::unmark(content).to_owned(),
        }
    };
    tools.map(text).collect()
}
