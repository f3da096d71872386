//! What a model reads of turns that it is to sum up: a text, as long as it may be.

use super::shorten::head;
use cowork_domain::data;
use cowork_domain::message::Message;
use std::fmt::Write as _;

/// Bytes of one argument or result, ever fewer until the whole fits.
const LENGTHS: [usize; 5] = [6000, 2000, 600, 150, 40];

/// The messages as a text of at most so many bytes. Where nothing else helps, the oldest are left out.
pub(super) fn transcript(before: Option<&str>, messages: &[Message], bytes: usize) -> String {
    let begin = before.map(|before| format!("{}\n\n", head(before, bytes / 2))).unwrap_or_default();
    let left = bytes.saturating_sub(begin.len());
    let mut text = String::new();
    for length in LENGTHS {
        text = told(messages, length);
        if text.len() <= left {
            return format!("{begin}{text}");
        }
    }
    let newest = &text[text.ceil_char_boundary(text.len() - left)..];
    format!("{begin}[what came first is left out]\n{newest}")
}

fn told(messages: &[Message], length: usize) -> String {
    let mut text = String::new();
    let mut add = |who: &str, said: &str| {
        let more = if said.len() > head(said, length).len() { " […]" } else { "" };
        let _ = writeln!(text, "{who}: {}{more}", head(said, length).trim());
    };
    for message in messages {
        match message {
            Message::User { text } => add("host", text),
            Message::Assistant(answer) => {
                if !answer.text.trim().is_empty() {
                    add("you", &answer.text);
                }
                answer
                    .tool_calls
                    .iter()
                    .for_each(|call| add(&format!("you called {}", call.name), &call.arguments));
            }
            Message::Tools { results } => results.iter().for_each(|result| {
                let error = if result.is_error { " failed" } else { "" };
                add(&format!("{}{error}", result.name), data::unmark(&result.content));
            }),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use cowork_domain::message::{Answer, ToolCall, ToolResult};

    fn turn(content: &str) -> [Message; 2] {
        let call = ToolCall { id: "a".into(), name: "look".into(), arguments: r#"{"path": "files"}"#.into() };
        let answer = Answer { text: "Let me see.".into(), tool_calls: vec![call], ..Answer::default() };
        let content = data::mark("files", content);
        let result = ToolResult { call_id: "a".into(), name: "look".into(), content, is_error: false };
        [Message::Assistant(answer), Message::Tools { results: vec![result] }]
    }

    #[test]
    fn it_tells_who_said_and_did_what() {
        insta::assert_snapshot!(transcript(Some("Before: nothing."), &turn("a.txt"), 10_000), @r#"
        Before: nothing.

        you: Let me see.
        you called look: {"path": "files"}
        look: a.txt
        "#);
    }

    #[test]
    fn it_is_never_longer_than_it_may_be() {
        let messages: Vec<Message> = (0..100).flat_map(|_| turn(&"ä".repeat(5000))).collect();
        for bytes in [100, 1000, 10_000, 100_000] {
            let text = transcript(Some(&"ö".repeat(1000)), &messages, bytes);
            assert!(text.len() <= bytes + 40, "{} for {bytes}", text.len());
        }
    }
}
