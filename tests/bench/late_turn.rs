//! What a turn costs late in a long task, beside an early one of the same task: time beside the model, and bytes written.

use crate::figure::{Bound, Figure};
use cowork_domain::message::{Answer, ToolCall};
use cowork_engine::{LoopLimits, Settings};
use cowork_models::{Delta, Label, Model, ModelError, Request};
use cowork_tests::{App, Host};
use futures::stream::{BoxStream, StreamExt as _};
use serde_json::json;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

pub(crate) const TIME: &str = "late_turn_time";
pub(crate) const BYTES: &str = "late_turn_bytes";
const TURNS: usize = 2020;
/// Turns around the twentieth and the two thousandth.
const EARLY: std::ops::Range<usize> = 10..30;
const LATE: std::ops::Range<usize> = 1990..2010;

/// Answers at once, and notes when it is asked and what this process has written until then.
#[derive(Default)]
struct Lister {
    asked: Mutex<Vec<(Instant, u64)>>,
}

impl Lister {
    fn answer(&self, label: &Label) -> Answer {
        let text = |text: &str| Answer { text: text.to_owned(), ..Answer::default() };
        match label {
            Label::Plan => {
                text(r#"{"summary": "Look", "phases": [{"name": "Look", "subtasks": ["Look around"]}]}"#)
            }
            Label::Summary => text("You have listed files/ again and again."),
            Label::Synthesis => text("Report."),
            Label::Agent(_) => {
                let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
                asked.push((Instant::now(), written()));
                if asked.len() > TURNS {
                    return text("Done.");
                }
                let (id, name) = (format!("call_{}", asked.len()), "file_list".to_owned());
                let call = ToolCall { id, name, arguments: r#"{"path": "files"}"#.to_owned() };
                Answer { tool_calls: vec![call], ..Answer::default() }
            }
        }
    }
}

impl Model for Lister {
    fn stream(&self, request: Request) -> BoxStream<'static, Result<Delta, ModelError>> {
        let Answer { text, tool_calls, stop, usage, .. } = self.answer(&request.label);
        let mut deltas = vec![Ok(Delta::Text(text))];
        for (index, call) in tool_calls.into_iter().enumerate() {
            deltas.push(Ok(Delta::ToolCallStart { index, id: call.id, name: call.name }));
            deltas.push(Ok(Delta::ToolCallArguments { index, json: call.arguments }));
        }
        deltas.extend([Ok(Delta::Usage(usage)), Ok(Delta::Stop(stop))]);
        futures::stream::iter(deltas).boxed()
    }
}

/// Bytes that this process has handed to the system.
fn written() -> u64 {
    let io = std::fs::read_to_string("/proc/self/io").unwrap_or_default();
    let line = io.lines().find_map(|line| line.strip_prefix("wchar: "));
    line.and_then(|bytes| bytes.trim().parse().ok()).unwrap_or_default()
}

async fn asked() -> Vec<(Instant, u64)> {
    let model = Arc::new(Lister::default());
    // Each turn is like the others, so that they can be compared.
    let loops = LoopLimits { told_at: 0, stopped_at: 0 };
    let settings = Settings { max_turns_per_agent: TURNS as u32 + 10, loops, ..Settings::default() };
    let app = App::with(Arc::clone(&model) as Arc<dyn Model>, Host::all_tools().await, settings).await;
    let app = app.with_coworkspace().await;
    let id = app.create_task(json!({"auto_approve_plan": true})).await;
    app.wait_for_long(id, "completed").await;
    let asked = model.asked.lock().unwrap_or_else(PoisonError::into_inner);
    asked.clone()
}

pub(crate) async fn time() -> Figure {
    let asked = asked().await;
    let millis = |turn: usize| (asked[turn + 1].0 - asked[turn].0).as_secs_f64() * 1e3;
    figure(TIME, "ms", millis)
}

pub(crate) async fn bytes() -> Figure {
    let asked = asked().await;
    figure(BYTES, "bytes", |turn| (asked[turn + 1].1 - asked[turn].1) as f64)
}

fn figure(name: &'static str, unit: &'static str, of: impl Fn(usize) -> f64) -> Figure {
    Figure {
        name,
        samples: LATE.map(&of).collect(),
        unit,
        reference: Some(("turns around the twentieth", EARLY.map(&of).collect())),
        bound: Bound::AtMost(1.2),
    }
}
