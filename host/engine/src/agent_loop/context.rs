//! What a turn adds to an agent's context.

use super::decide::{Outlook, outlook};
use crate::prompts;
use cowork_domain::call::Usage;
use cowork_domain::data;
use cowork_domain::message::{Message, ToolResult};
use cowork_sandbox::{CallError, Content, Output};
use cowork_store::Turn;

/// The messages of a finished turn, the same whether it was just taken or is read back from the log.
pub(super) fn messages_of(turn: Turn) -> Vec<Message> {
    let outlook = outlook(&turn.answer);
    let (turn_notice, doubt) = (turn.notice, turn.doubt);
    let results: Vec<ToolResult> = turn.calls.into_iter().filter_map(|call| call.result).collect();
    let mut messages = vec![Message::Assistant(turn.answer)];
    if !results.is_empty() {
        messages.push(Message::Tools { results });
    }
    let nudge = match outlook {
        Outlook::Continue | Outlook::Done | Outlook::Doubted => None,
        Outlook::Empty => Some(prompts::EMPTY),
        Outlook::Cut => Some(prompts::CUT),
        Outlook::Refused => Some(prompts::REFUSED),
    };
    let said = nudge.map(str::to_owned).into_iter().chain(doubt).chain(turn_notice);
    messages.extend(said.map(|text| Message::User { text }));
    messages
}

/// A call's text as the model reads it: what others may have written is marked as data.
pub(super) fn marked(text: String, usage: &Usage) -> String {
    match usage {
        Usage { received: 1.., .. } => data::mark("another host", &text),
        Usage { files_read: 1.., .. } => data::mark("files", &text),
        Usage { recalled: 1.., .. } => data::mark("memory", &text),
        _ => text,
    }
}

/// What a model reads of a result: the JSON where the tool gave some, else the text.
pub(super) fn shown(output: &Output, limit: usize) -> String {
    let text = match &output.structured {
        Some(json) => json.to_string(),
        None => output.content.iter().map(part).collect::<Vec<_>>().join("\n"),
    };
    bounded(text, limit)
}

/// What a model reads of an error.
pub(super) fn told(error: &CallError, limit: usize) -> String {
    let hint = match error {
        CallError::TimedOut { .. } | CallError::OutOfMemory { .. } => " Try a smaller piece of the work.",
        CallError::Trapped { .. } => " Nothing was changed.",
        _ => "",
    };
    let why = match error {
        CallError::Trapped { source, .. } => format!(" ({})", first_line(&source.root_cause().to_string())),
        CallError::BrokenResult(source) => format!(" ({source})"),
        _ => String::new(),
    };
    let why = match error.setting() {
        Some(setting) => format!("{why} (setting {setting} of the plugin's grant)"),
        None => why,
    };
    bounded(format!("{error}{why}.{hint}"), limit)
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

fn part(content: &Content) -> String {
    match content {
        Content::Text { text } => text.clone(),
        Content::Image { media_type, data } => format!("[image, {media_type}, {} bytes]", data.len()),
        Content::File { path, .. } => format!("[file {path}]"),
    }
}

fn bounded(text: String, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text,
        Some((end, _)) => {
            let cut = text.len() - end;
            format!("{}\n[cut: {cut} more bytes; ask for a part of it]", &text[..end])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(text: &str, structured: Option<serde_json::Value>) -> Output {
        Output { content: vec![Content::Text { text: text.to_owned() }], structured }
    }

    #[test]
    fn json_goes_before_text() {
        assert_eq!(shown(&output("two", Some(serde_json::json!({"count": 2}))), 100), r#"{"count":2}"#);
        assert_eq!(shown(&output("two", None), 100), "two");
    }

    #[test]
    fn a_long_result_is_cut_at_a_character() {
        assert_eq!(shown(&output("äöü", None), 2), "äö\n[cut: 2 more bytes; ask for a part of it]");
    }
}
