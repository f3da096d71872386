//! What a turn adds to an agent's context.

use super::decide::{Outlook, outlook};
use crate::prompts;
use cowork_domain::agent_message::AgentMessage;
use cowork_domain::call::Usage;
use cowork_domain::data;
use cowork_domain::message::{Message, ToolResult};
use cowork_sandbox::CallError;
use cowork_store::Turn;

/// The messages of a finished turn, the same whether it was just taken or is read back from the log.
pub(super) fn messages_of(turn: Turn) -> Vec<Message> {
    let outlook = outlook(&turn.answer);
    let (turn_notice, doubt) = (turn.notice, turn.doubt);
    let results: Vec<ToolResult> = turn.calls.into_iter().filter_map(|call| call.result).collect();
    let mut messages: Vec<Message> = news(&turn.news).into_iter().collect();
    messages.push(Message::Assistant(turn.answer));
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

/// What other agents said, as an agent reads it before its next answer.
pub(super) fn news(messages: &[AgentMessage]) -> Option<Message> {
    if messages.is_empty() {
        return None;
    }
    let texts: Vec<String> = messages.iter().map(prompts::message).collect();
    Some(Message::User { text: texts.join("\n\n") })
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

fn bounded(text: String, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text,
        Some((end, _)) => {
            let cut = text.len() - end;
            format!("{}\n[cut: {cut} more bytes; ask for a part of it]", &text[..end])
        }
    }
}
