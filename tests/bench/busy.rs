//! A model that answers at once: four agents side by side list a folder, read a file, write one and are done.

use cowork_domain::message::{Answer, Message, ToolCall};
use cowork_models::{Delta, Label, Model, ModelError, Request};
use futures::stream::{self, BoxStream, StreamExt as _};
use serde_json::json;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::Notify;

/// Outcomes begin with it and end with a number.
pub(crate) const OUTCOME: &str = "Look around and take notes, number ";

/// It remembers when it answered and when it was asked again.
#[derive(Default)]
pub(crate) struct Busy {
    next: AtomicU64,
    answers: Mutex<HashMap<String, (Instant, Option<Instant>)>>,
    reports: Mutex<HashMap<usize, Arc<Notify>>>,
}

impl Busy {
    /// Seconds from the answer with this call to the agent's next request.
    pub(crate) fn between(&self, call: &str) -> Option<f64> {
        let answers = lock(&self.answers);
        let (answered, asked) = answers.get(call)?;
        Some(((*asked)? - *answered).as_secs_f64())
    }

    /// Rings when the report of the task of this number is written.
    pub(crate) fn reported(&self, number: usize) -> Arc<Notify> {
        Arc::clone(lock(&self.reports).entry(number).or_default())
    }

    pub(crate) fn forget(&self) {
        lock(&self.answers).clear();
        lock(&self.reports).clear();
    }

    fn answer(&self, request: &Request) -> Answer {
        let text = |text: &str| Answer { text: text.to_owned(), ..Answer::default() };
        match &request.label {
            Label::Plan => text(
                r#"{"summary": "Look", "phases": [{"name": "Look", "parallel": true,
                "subtasks": ["Look left", "Look right", "Look up", "Look down"]}]}"#,
            ),
            Label::Summary => text("You have looked."),
            Label::Synthesis => {
                if let Some(number) = number(request) {
                    self.reported(number).notify_one();
                }
                text("All was looked at.")
            }
            Label::Agent(name) => self.turn(name, request),
        }
    }

    fn turn(&self, name: &str, request: &Request) -> Answer {
        if let Some(Message::Tools { results }) = request.messages.last()
            && let Some((_, asked)) = lock(&self.answers).get_mut(&results[0].call_id)
        {
            *asked = Some(Instant::now());
        }
        let turn = request.messages.iter().filter(|message| matches!(message, Message::Assistant(_))).count();
        let id = format!("call_{}", self.next.fetch_add(1, Ordering::Relaxed));
        let path = format!("files/notes/{} {id}.txt", name.to_lowercase());
        let (name, arguments) = match turn {
            0 => ("file_list", json!({"path": "files", "limit": 20})),
            1 => ("file_read", json!({"path": "files/a.txt"})),
            2 => ("file_write", json!({"path": path, "content": "Nothing stirs.\n".repeat(20)})),
            _ => return Answer { text: "I have looked.".to_owned(), ..Answer::default() },
        };
        let call = ToolCall { id: id.clone(), name: name.to_owned(), arguments: arguments.to_string() };
        lock(&self.answers).insert(id, (Instant::now(), None));
        Answer { tool_calls: vec![call], ..Answer::default() }
    }
}

impl Model for Busy {
    fn stream(&self, request: Request) -> BoxStream<'static, Result<Delta, ModelError>> {
        at_once(self.answer(&request))
    }
}

/// An answer with nothing to wait for.
pub(crate) fn at_once(answer: Answer) -> BoxStream<'static, Result<Delta, ModelError>> {
    let Answer { text, tool_calls, stop, usage, .. } = answer;
    let mut deltas = vec![Ok(Delta::Text(text))];
    for (index, call) in tool_calls.into_iter().enumerate() {
        deltas.push(Ok(Delta::ToolCallStart { index, id: call.id, name: call.name }));
        deltas.push(Ok(Delta::ToolCallArguments { index, json: call.arguments }));
    }
    deltas.extend([Ok(Delta::Usage(usage)), Ok(Delta::Stop(stop))]);
    stream::iter(deltas).boxed()
}

/// The number of the task that a request is about.
fn number(request: &Request) -> Option<usize> {
    let Some(Message::User { text }) = request.messages.first() else { return None };
    let (_, after) = text.split_once(OUTCOME)?;
    let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
    after[..end].parse().ok()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
