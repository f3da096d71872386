//! From pieces to the whole answer.

use crate::{Delta, ModelError};
use cowork_domain::message::{Answer, Stop, ToolCall, Usage};
use std::collections::BTreeMap;

/// Joins the pieces of one answer.
#[derive(Debug, Default)]
pub struct Accumulator {
    text: String,
    calls: BTreeMap<usize, ToolCall>,
    usage: Usage,
    stop: Option<Stop>,
}

impl Accumulator {
    /// Takes the next piece.
    pub fn push(&mut self, delta: Delta) {
        match delta {
            Delta::Text(text) => self.text.push_str(&text),
            Delta::ToolCallStart { index, id, name } => {
                let call = self.call(index);
                call.id = id;
                call.name = name;
            }
            Delta::ToolCallArguments { index, json } => self.call(index).arguments.push_str(&json),
            Delta::Usage(usage) => self.usage = usage,
            Delta::Stop(stop) => self.stop = Some(stop),
        }
    }

    /// The whole answer. Calls stand in the order of their indices; one without an id gets `call_1`, `call_2` … after
    /// its place, and one without arguments gets `{}`.
    ///
    /// # Errors
    /// [`ModelError::Cut`] if no [`Delta::Stop`] came.
    pub fn finish(self) -> Result<Answer, ModelError> {
        let stop = self.stop.ok_or(ModelError::Cut { source: None })?;
        let mut tool_calls: Vec<_> = self.calls.into_values().collect();
        for place in 0..tool_calls.len() {
            complete(&mut tool_calls, place);
        }
        Ok(Answer { text: self.text, tool_calls, stop, usage: self.usage, ..Answer::default() })
    }

    fn call(&mut self, index: usize) -> &mut ToolCall {
        self.calls.entry(index).or_insert_with(|| ToolCall {
            id: String::new(),
            name: String::new(),
            arguments: String::new(),
        })
    }
}

/// Fills in what the provider left out.
fn complete(calls: &mut [ToolCall], place: usize) {
    if calls[place].arguments.trim().is_empty() {
        "{}".clone_into(&mut calls[place].arguments);
    }
    if calls[place].id.is_empty() {
        // Another call may bear the name already: the provider's, or one made up here before.
        let mut number = place + 1;
        while calls.iter().any(|call| call.id == format!("call_{number}")) {
            number += 1;
        }
        calls[place].id = format!("call_{number}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(index: usize, id: &str, name: &str) -> Delta {
        Delta::ToolCallStart { index, id: id.into(), name: name.into() }
    }

    fn arguments(index: usize, json: &str) -> Delta {
        Delta::ToolCallArguments { index, json: json.into() }
    }

    fn join(deltas: impl IntoIterator<Item = Delta>) -> Result<Answer, ModelError> {
        let mut accumulator = Accumulator::default();
        deltas.into_iter().for_each(|delta| accumulator.push(delta));
        accumulator.finish()
    }

    fn call(id: &str, name: &str, arguments: &str) -> ToolCall {
        ToolCall { id: id.into(), name: name.into(), arguments: arguments.into() }
    }

    #[test]
    fn joins_text_and_keeps_the_last_usage() {
        let usage = |output_tokens| Usage { input_tokens: 7, output_tokens, ..Usage::default() };
        let answer = join([
            Delta::Usage(usage(1)),
            Delta::Text("Hel".into()),
            Delta::Text("lo".into()),
            Delta::Stop(Stop::Length),
            Delta::Usage(usage(2)),
        ])
        .expect("whole");
        assert_eq!(
            answer,
            Answer { text: "Hello".into(), stop: Stop::Length, usage: usage(2), ..Answer::default() }
        );
    }

    #[test]
    fn joins_interleaved_calls_by_their_index() {
        let answer = join([
            start(1, "b", "file_list"),
            start(0, "a", "file_read"),
            arguments(0, r#"{"pa"#),
            arguments(1, r#"{"recur"#),
            arguments(0, r#"th":"x"}"#),
            arguments(1, r#"sive":true}"#),
            Delta::Stop(Stop::End),
        ])
        .expect("whole");
        let expected =
            [call("a", "file_read", r#"{"path":"x"}"#), call("b", "file_list", r#"{"recursive":true}"#)];
        assert_eq!(answer.tool_calls, expected);
    }

    #[test]
    fn names_calls_that_have_no_id() {
        let answer =
            join([start(0, "", "x"), start(3, "call_1", "y"), start(5, "", "z"), Delta::Stop(Stop::End)])
                .expect("whole");
        let expected = [call("call_2", "x", "{}"), call("call_1", "y", "{}"), call("call_3", "z", "{}")];
        assert_eq!(answer.tool_calls, expected);
    }

    #[test]
    fn an_answer_without_a_stop_was_cut() {
        let error = join([Delta::Text("Hel".into())]).expect_err("cut");
        assert!(matches!(error, ModelError::Cut { source: None }), "{error:?}");
    }
}
