//! What a turn costs late in a long task, beside an early one of the same task: time beside the model, and bytes that go
//! into the database's log.

use crate::busy::at_once;
use crate::figure::{Bound, Figure};
use cowork_domain::message::{Answer, ToolCall};
use cowork_engine::{LoopLimits, Settings};
use cowork_models::{Delta, Label, Model, ModelError, Request};
use cowork_tests::{App, Host};
use futures::stream::BoxStream;
use serde_json::json;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

pub(crate) const TIME: &str = "late_turn_time";
pub(crate) const BYTES: &str = "late_turn_bytes";
const TURNS: usize = 2020;
/// Turns around the twentieth and the two thousandth.
const EARLY: std::ops::Range<usize> = 10..30;
const LATE: std::ops::Range<usize> = 1990..2010;

/// A page of the log with its head.
const FRAME: u64 = 4096 + 24;
/// Where the index of the log says how many frames it has.
const FRAMES: std::ops::Range<usize> = 16..20;

/// Answers at once, and notes when it is asked and how long the database's log is then.
#[derive(Default)]
struct Lister {
    /// The index of the log.
    index: OnceLock<PathBuf>,
    asked: Mutex<Vec<(Instant, u64)>>,
}

impl Lister {
    /// Bytes in the log. What is carried over into the database from time to time is not of one turn, and not in it.
    fn written(&self) -> u64 {
        let index = self.index.get().and_then(|index| std::fs::read(index).ok()).unwrap_or_default();
        let frames = index.get(FRAMES).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_ne_bytes);
        u64::from(frames) * FRAME
    }

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
                asked.push((Instant::now(), self.written()));
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
        at_once(self.answer(&request.label))
    }
}

async fn asked() -> Vec<(Instant, u64)> {
    let model = Arc::new(Lister::default());
    // Each turn is like the others, so that they can be compared.
    let loops = LoopLimits { told_at: 0, stopped_at: 0 };
    let settings = Settings { max_turns_per_agent: TURNS as u32 + 10, loops, ..Settings::default() };
    let app = App::with(Arc::clone(&model) as Arc<dyn Model>, Host::all_tools().await, settings).await;
    let app = app.with_coworkspace().await;
    let _ = model.index.set(app.path("../../cowork.db-shm"));
    let id = app.create_task(json!({"auto_approve_plan": true})).await;
    app.wait_for_long(id, "completed").await;
    let asked = model.asked.lock().unwrap_or_else(PoisonError::into_inner);
    asked.clone()
}

pub(crate) async fn time() -> Figure {
    let asked = asked().await;
    let millis = |turn: usize| (asked[turn + 1].0 - asked[turn].0).as_secs_f64() * 1e3;
    figure(TIME, "ms", |turn| Some(millis(turn)))
}

pub(crate) async fn bytes() -> Figure {
    let asked = asked().await;
    // Where the log begins anew, nobody knows.
    figure(BYTES, "bytes", |turn| Some(asked[turn + 1].1.checked_sub(asked[turn].1)? as f64))
}

fn figure(name: &'static str, unit: &'static str, of: impl Fn(usize) -> Option<f64>) -> Figure {
    Figure {
        name,
        samples: LATE.filter_map(&of).collect(),
        unit,
        reference: Some(("turns around the twentieth", EARLY.filter_map(&of).collect())),
        bound: Bound::AtMost(1.2),
    }
}
