//! The answer's events.

use crate::http::{Reader, Step, malformed, parse};
use crate::{Delta, ModelError};
use cowork_domain::message::{Stop, Usage};
use serde::Deserialize;

/// Reads the events of a message.
#[derive(Debug)]
pub(super) struct EventReader {
    /// The tool whose input is the answer's text.
    answer_tool: Option<String>,
    usage: Usage,
    /// What the content blocks are, by their index.
    blocks: Vec<Block>,
    calls: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    /// Text, and anything else that is not a call.
    Text,
    /// The call with this place among the calls.
    Call(usize),
    /// The call whose input is the text.
    Answer,
}

/// An event's data. Its `type` repeats the event's name.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Event {
    MessageStart {
        message: Start,
    },
    ContentBlockStart {
        index: usize,
        content_block: BlockStart,
    },
    ContentBlockDelta {
        index: usize,
        delta: BlockDelta,
    },
    MessageDelta {
        delta: End,
        usage: Option<Counts>,
    },
    MessageStop,
    Error {
        error: Failure,
    },
    /// `ping`, `content_block_stop`, and what later versions add.
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
struct Start {
    usage: Option<Counts>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum BlockStart {
    Text {
        #[serde(default)]
        text: String,
    },
    ToolUse {
        id: String,
        name: String,
    },
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum BlockDelta {
    TextDelta {
        text: String,
    },
    InputJsonDelta {
        partial_json: String,
    },
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
struct End {
    stop_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Failure {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    message: String,
}

#[derive(Debug, Deserialize)]
struct Counts {
    input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    output_tokens: Option<u64>,
}

impl Reader for EventReader {
    fn read(&mut self, data: &str) -> Result<Step, ModelError> {
        let mut thinks = false;
        let deltas = match parse(data)? {
            Event::MessageStart { message } => {
                message.usage.map(|counts| self.count(&counts)).into_iter().collect()
            }
            Event::ContentBlockStart { index, content_block } => {
                // Of the answer, or of thoughts before it: both mean that the model has begun.
                thinks = true;
                self.begin(index, content_block)?
            }
            Event::ContentBlockDelta { index, delta } => self.go_on(index, delta)?,
            Event::MessageDelta { delta, usage } => {
                let usage = usage.map(|counts| self.count(&counts));
                let stop = delta.stop_reason.as_deref().map(|reason| Delta::Stop(stop(reason)));
                usage.into_iter().chain(stop).collect()
            }
            Event::MessageStop => return Ok(Step { done: true, ..Step::default() }),
            Event::Error { error } => {
                return Err(ModelError::BrokenOff { kind: error.kind, message: error.message });
            }
            Event::Other => vec![],
        };
        Ok(Step { deltas, done: false, thinks })
    }
}

impl EventReader {
    pub(super) fn new(answer_tool: Option<String>) -> Self {
        Self { answer_tool, usage: Usage::default(), blocks: vec![], calls: 0 }
    }

    fn begin(&mut self, index: usize, start: BlockStart) -> Result<Vec<Delta>, ModelError> {
        if index != self.blocks.len() {
            return Err(malformed("content blocks out of order", None));
        }
        let (block, deltas) = match start {
            BlockStart::Text { text } if text.is_empty() => (Block::Text, vec![]),
            BlockStart::Text { text } => (Block::Text, vec![Delta::Text(text)]),
            BlockStart::Other => (Block::Text, vec![]),
            BlockStart::ToolUse { name, .. } if self.answer_tool.as_ref() == Some(&name) => {
                (Block::Answer, vec![])
            }
            BlockStart::ToolUse { id, name } => {
                let index = self.calls;
                self.calls += 1;
                (Block::Call(index), vec![Delta::ToolCallStart { index, id, name }])
            }
        };
        self.blocks.push(block);
        Ok(deltas)
    }

    fn go_on(&self, index: usize, delta: BlockDelta) -> Result<Vec<Delta>, ModelError> {
        let block = self.blocks.get(index).copied();
        Ok(match (block, delta) {
            (None, _) => return Err(malformed("a piece of a content block that never began", None)),
            // Words beside the forced answer would spoil its JSON.
            (Some(Block::Text), BlockDelta::TextDelta { .. }) if self.forced() => vec![],
            (Some(Block::Text), BlockDelta::TextDelta { text }) => vec![Delta::Text(text)],
            (Some(Block::Call(index)), BlockDelta::InputJsonDelta { partial_json }) => {
                vec![Delta::ToolCallArguments { index, json: partial_json }]
            }
            (Some(Block::Answer), BlockDelta::InputJsonDelta { partial_json }) => {
                vec![Delta::Text(partial_json)]
            }
            _ => vec![],
        })
    }

    fn forced(&self) -> bool {
        self.answer_tool.is_some()
    }

    /// The counts so far: the begin of a message gives the input's, its end the output's.
    fn count(&mut self, counts: &Counts) -> Delta {
        let input = [counts.input_tokens, counts.cache_creation_input_tokens, counts.cache_read_input_tokens];
        if input.iter().any(Option::is_some) {
            // What came from the provider's cache was read as well.
            self.usage.input_tokens = input.iter().flatten().sum();
            self.usage.cached_input_tokens = counts.cache_read_input_tokens.unwrap_or_default();
            self.usage.cache_write_tokens = counts.cache_creation_input_tokens.unwrap_or_default();
        }
        self.usage.output_tokens = counts.output_tokens.unwrap_or(self.usage.output_tokens);
        Delta::Usage(self.usage)
    }
}

fn stop(reason: &str) -> Stop {
    match reason {
        "max_tokens" | "model_context_window_exceeded" => Stop::Length,
        "refusal" => Stop::Refusal,
        _ => Stop::End,
    }
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;
