//! What the engine promises, over the public API, with real tools. Only the model is played: by a recorded
//! conversation, or by a server that speaks a provider's wire format.

mod approvals;
mod calls;
mod claims;
mod grants;
mod limits;
mod mission;
mod model_failures;
mod outbound;
mod parallel;
mod planning;
mod plans;
mod questions;
mod schedules;
mod speaking;
mod steering;
mod waiting;
mod whole_task;

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

/// The results that a request of the OpenAI format carries, oldest first.
pub fn results(body: &Value) -> Vec<String> {
    let messages = body["messages"].as_array().expect("messages");
    let tools = messages.iter().filter(|message| message["role"] == "tool");
    tools.map(|message| message["content"].as_str().expect("a text").to_owned()).collect()
}
