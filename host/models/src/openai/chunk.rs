//! The answer's events.

use super::calls::{Calls, Piece};
use crate::http::{Reader, Step, malformed, parse, words};
use crate::{Delta, ModelError};
use cowork_domain::message::{Stop, Usage};
use serde::Deserialize;
use serde_json::Value;

/// Reads `chat.completion.chunk` events.
#[derive(Debug, Default)]
pub(super) struct ChunkReader {
    calls: Calls,
    stopped: bool,
    refused: bool,
}

#[derive(Debug, Deserialize)]
struct Chunk {
    choices: Option<Vec<Choice>>,
    usage: Option<Counts>,
    error: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct Choice {
    delta: Option<Part>,
    finish_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Part {
    content: Option<String>,
    refusal: Option<String>,
    /// Thoughts are not part of the answer, but a sign that it has begun. Servers call them by both names.
    reasoning: Option<Value>,
    reasoning_content: Option<Value>,
    tool_calls: Option<Vec<CallPart>>,
}

#[derive(Debug, Deserialize)]
struct CallPart {
    index: Option<usize>,
    id: Option<String>,
    function: Option<Function>,
}

#[derive(Debug, Default, Deserialize)]
struct Function {
    name: Option<String>,
    arguments: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct Counts {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    prompt_tokens_details: Option<PromptDetails>,
    /// DeepSeek's name for what was cached.
    prompt_cache_hit_tokens: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct PromptDetails {
    cached_tokens: Option<u64>,
}

impl Reader for ChunkReader {
    fn read(&mut self, data: &str) -> Result<Step, ModelError> {
        if data.trim() == "[DONE]" {
            // Some servers say so without a reason why the answer ended.
            let stop = (!self.stopped).then(|| Delta::Stop(self.stop("stop")));
            return Ok(Step { deltas: stop.into_iter().collect(), done: true, thinks: false });
        }
        let chunk: Chunk = parse(data)?;
        if let Some(error) = chunk.error {
            return Err(broken_off(&error));
        }
        let mut step = Step::default();
        for choice in chunk.choices.unwrap_or_default() {
            step.thinks |= choice.delta.as_ref().is_some_and(Part::thinks);
            self.choice(choice, &mut step.deltas)?;
        }
        step.deltas.extend(chunk.usage.map(usage));
        Ok(step)
    }
}

impl ChunkReader {
    fn choice(&mut self, choice: Choice, deltas: &mut Vec<Delta>) -> Result<(), ModelError> {
        if let Some(part) = choice.delta {
            self.refused |= part.refusal.as_ref().is_some_and(|text| !text.is_empty());
            let text = part.content.into_iter().chain(part.refusal).filter(|text| !text.is_empty());
            deltas.extend(text.map(Delta::Text));
            for call in part.tool_calls.unwrap_or_default() {
                let piece = self.calls.take(piece(call));
                deltas.extend(piece.ok_or_else(|| malformed("arguments of a call that never began", None))?);
            }
        }
        if let Some(reason) = choice.finish_reason.filter(|_| !self.stopped) {
            self.stopped = true;
            deltas.push(Delta::Stop(self.stop(&reason)));
        }
        Ok(())
    }

    fn stop(&self, reason: &str) -> Stop {
        match reason {
            "length" => Stop::Length,
            "content_filter" => Stop::Refusal,
            _ if self.refused => Stop::Refusal,
            _ => Stop::End,
        }
    }
}

impl Part {
    fn thinks(&self) -> bool {
        [&self.reasoning, &self.reasoning_content].into_iter().flatten().any(|thought| *thought != "")
    }
}

fn piece(call: CallPart) -> Piece {
    let function = call.function.unwrap_or_default();
    let arguments = match function.arguments {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text,
        // Some servers forget that the arguments are a text.
        Some(value) => value.to_string(),
    };
    Piece {
        index: call.index,
        id: call.id.unwrap_or_default(),
        name: function.name.unwrap_or_default(),
        arguments,
    }
}

fn usage(counts: Counts) -> Delta {
    let cached = counts.prompt_tokens_details.and_then(|details| details.cached_tokens);
    Delta::Usage(Usage {
        input_tokens: counts.prompt_tokens.unwrap_or_default(),
        cached_input_tokens: cached.or(counts.prompt_cache_hit_tokens).unwrap_or_default(),
        cache_write_tokens: 0,
        output_tokens: counts.completion_tokens.unwrap_or_default(),
    })
}

/// `{"code": 502 | "…", "type": "…", "message": "…"}`, or only a text.
fn broken_off(error: &Value) -> ModelError {
    let code = error["code"].as_u64().map(|code| code.to_string());
    let named = || error["type"].as_str().or(error["code"].as_str()).map(str::to_owned);
    ModelError::BrokenOff {
        kind: code.or_else(named).unwrap_or_else(|| "error".to_owned()),
        message: error.as_str().or_else(|| words(error)).unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(events: &[&str]) -> Result<Vec<Delta>, ModelError> {
        let mut reader = ChunkReader::default();
        let steps = events.iter().map(|data| reader.read(data));
        steps.map(|step| step.map(|step| step.deltas)).collect::<Result<Vec<_>, _>>().map(|all| all.concat())
    }

    #[test]
    fn little_is_demanded() {
        let deltas =
            read(&[r#"{"choices":[{"delta":{"content":"hi"}}],"usage":null}"#, "[DONE]"]).expect("reads");
        assert_eq!(deltas, [Delta::Text("hi".into()), Delta::Stop(Stop::End)]);
    }

    #[test]
    fn one_stop_however_often_it_is_said() {
        let end = r#"{"choices":[{"delta":{},"finish_reason":"length"}],"usage":{"prompt_tokens":2}}"#;
        let usage = Delta::Usage(Usage { input_tokens: 2, ..Usage::default() });
        let deltas = read(&[end, end, r#"{"choices":null}"#, "[DONE]"]).expect("reads");
        assert_eq!(deltas, [Delta::Stop(Stop::Length), usage.clone(), usage]);
    }

    #[test]
    fn what_came_from_the_cache_is_told() {
        for counts in [
            r#"{"prompt_tokens":9,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":7}}"#,
            r#"{"prompt_tokens":9,"completion_tokens":1,"prompt_cache_hit_tokens":7}"#,
        ] {
            let deltas = read(&[&format!(r#"{{"choices":[],"usage":{counts}}}"#)]).expect("reads");
            let usage =
                Usage { input_tokens: 9, cached_input_tokens: 7, output_tokens: 1, ..Usage::default() };
            assert_eq!(deltas, [Delta::Usage(usage)], "{counts}");
        }
    }

    #[test]
    fn a_model_that_thinks_aloud_has_begun() {
        let mut reader = ChunkReader::default();
        for part in ["reasoning", "reasoning_content"] {
            let data = format!(r#"{{"choices":[{{"delta":{{"{part}":"Hm"}}}}]}}"#);
            assert!(reader.read(&data).expect("reads").thinks, "{part}");
        }
        assert!(!reader.read(r#"{"choices":[{"delta":{"role":"assistant"}}]}"#).expect("reads").thinks);
    }

    #[test]
    fn a_refusal_is_one() {
        let said = r#"{"choices":[{"delta":{"refusal":"no"},"finish_reason":"stop"}]}"#;
        assert_eq!(read(&[said]).expect("reads"), [Delta::Text("no".into()), Delta::Stop(Stop::Refusal)]);
    }

    #[test]
    fn an_error_breaks_the_answer_off() {
        for (data, expected) in [
            (r#"{"error":{"code":502,"message":"no"}}"#, "502"),
            (r#"{"error":{"type":"server_error","message":"no","code":null}}"#, "server_error"),
            (r#"{"error":"no"}"#, "error"),
        ] {
            match read(&[data]).expect_err("error") {
                ModelError::BrokenOff { kind, message } => {
                    assert_eq!((kind.as_str(), &*message), (expected, "no"))
                }
                other => panic!("{other:?}"),
            }
        }
    }
}
