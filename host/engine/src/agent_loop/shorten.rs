//! Old messages cut short: long results to their first lines, long arguments to their beginning.

use cowork_domain::data;
use cowork_domain::message::{Answer, Message, ToolCall, ToolResult};
use serde_json::Value;

/// What is longer than this is cut, in bytes.
const LONG: usize = 1200;
/// To about this.
const KEPT: usize = 600;

/// The message, cut short. None: nothing of it is long.
pub(super) fn shortened(message: &Message) -> Option<Message> {
    match message {
        Message::User { .. } => None,
        Message::Assistant(answer) => {
            let is_long = |call: &ToolCall| call.arguments.len() > LONG;
            answer.tool_calls.iter().any(is_long).then(|| {
                let tool_calls = answer.tool_calls.iter().map(shortened_call).collect();
                Message::Assistant(Answer { tool_calls, ..answer.clone() })
            })
        }
        Message::Tools { results } => {
            let is_long = |result: &ToolResult| data::unmark(&result.content).len() > LONG;
            let cut = |result: &ToolResult| {
                let content = data::remark(&result.content, first_lines);
                ToolResult { content, ..result.clone() }
            };
            let results_of = || results.iter().map(cut).collect();
            results.iter().any(is_long).then(|| Message::Tools { results: results_of() })
        }
    }
}

/// The beginning of a text, in whole lines where these are not too long, and how much more there was.
pub(super) fn first_lines(text: &str) -> String {
    if text.len() <= LONG {
        return text.to_owned();
    }
    let kept = head(text, KEPT);
    let kept = kept.rfind('\n').filter(|end| *end > KEPT / 2).map_or(kept, |end| &kept[..end]);
    format!("{kept}\n[cut: {} more bytes; the same call gives them again]", text.len() - kept.len())
}

/// At most so many bytes, at the end of a character.
pub(super) fn head(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// Arguments stay an object of the same fields, so that the call can still be read as one.
fn shortened_call(call: &ToolCall) -> ToolCall {
    if call.arguments.len() <= LONG {
        return call.clone();
    }
    let arguments = match serde_json::from_str(&call.arguments) {
        Ok(mut value) => {
            cut_texts(&mut value);
            value.to_string()
        }
        Err(_) => head(&call.arguments, KEPT).to_owned(),
    };
    ToolCall { arguments, ..call.clone() }
}

fn cut_texts(value: &mut Value) {
    const TEXT: usize = 200;
    const ITEMS: usize = 20;
    match value {
        Value::String(text) if text.len() > TEXT => {
            *text = format!("{}[cut: {} more bytes]", head(text, TEXT), text.len() - head(text, TEXT).len());
        }
        Value::Array(items) => {
            let more = items.len().saturating_sub(ITEMS);
            items.truncate(ITEMS);
            items.iter_mut().for_each(cut_texts);
            if more > 0 {
                items.push(Value::String(format!("[cut: {more} more]")));
            }
        }
        Value::Object(fields) => fields.values_mut().for_each(cut_texts),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn results(content: String) -> Message {
        let result = ToolResult { call_id: "a".into(), name: "x".into(), content, is_error: false };
        Message::Tools { results: vec![result] }
    }

    #[test]
    fn a_short_result_stays() {
        assert_eq!(shortened(&results("short".to_owned())), None);
    }

    #[test]
    fn a_long_result_keeps_its_first_lines_and_its_marks() {
        let text = "a line of some words\n".repeat(100);
        let Some(Message::Tools { results }) = shortened(&results(data::mark("files", &text))) else {
            panic!("it is long")
        };
        let cut = data::unmark(&results[0].content);
        assert!(cut.starts_with("a line of some words\na line") && cut.len() < 700, "{cut}");
        assert!(cut.ends_with("[cut: 1513 more bytes; the same call gives them again]"), "{cut}");
        assert_ne!(cut, results[0].content, "still marked");
    }

    #[test]
    fn arguments_stay_an_object() {
        let arguments = serde_json::json!({"path": "a.txt", "content": "x".repeat(5000)}).to_string();
        let call = ToolCall { id: "a".into(), name: "x".into(), arguments };
        let answer = Message::Assistant(Answer { tool_calls: vec![call], ..Answer::default() });
        let Some(Message::Assistant(answer)) = shortened(&answer) else { panic!("it is long") };
        let cut: Value = serde_json::from_str(&answer.tool_calls[0].arguments).expect("JSON");
        assert_eq!(cut["path"], "a.txt");
        assert!(cut["content"].as_str().expect("a text").ends_with("x[cut: 4800 more bytes]"));
    }

    proptest! {
        #[test]
        fn what_is_cut_is_not_cut_again(text in "\\PC{0,3000}") {
            if let Some(once) = shortened(&results(text)) {
                prop_assert_eq!(shortened(&once), None);
            }
        }
    }
}
