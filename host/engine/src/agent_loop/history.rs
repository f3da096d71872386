//! An agent's context in memory: its brief, what stands for turns that are summed up, and the turns since. Pure: the
//! same log gives the same context.

use super::context::messages_of;
use super::shorten::shortened;
use cowork_domain::message::{Message, ToolDefinition};
use cowork_models::{Messages, tokens};
use cowork_store::{Compaction, Turn};
use std::collections::VecDeque;

pub(super) struct History {
    /// Tokens of the system prompt and the tools, which every request carries, and of what goes before the turns.
    fixed: u64,
    head: u64,
    brief: Message,
    summary: Option<Compaction>,
    turns: VecDeque<Span>,
    messages: Messages,
    /// Long results up to this turn are cut short.
    cut_up_to: u32,
}

/// The messages of a turn.
struct Span {
    turn: u32,
    messages: usize,
    tokens: u64,
}

impl History {
    pub(super) fn new(
        system: &str,
        tokens_of_tools: u64,
        brief: String,
        (summary, cut_up_to): (Option<Compaction>, u32),
    ) -> Self {
        let fixed = count(system) + tokens_of_tools;
        let brief = Message::User { text: brief };
        let mut this = Self {
            fixed,
            head: 0,
            brief,
            summary,
            turns: VecDeque::new(),
            messages: Messages::default(),
            cut_up_to,
        };
        this.begin(Vec::new());
        this
    }

    /// Counts tools that every request carries from now on.
    pub(super) fn add_tools(&mut self, tools: &[ToolDefinition]) {
        self.fixed += tokens_of_tools(tools);
    }

    /// What every request to the model carries. Cheap: it is the same list.
    pub(super) fn messages(&self) -> Messages {
        self.messages.clone()
    }

    /// What the agent is to do.
    pub(super) fn brief(&self) -> &str {
        match &self.brief {
            Message::User { text } => text,
            Message::Assistant(_) | Message::Tools { .. } => "",
        }
    }

    /// Tokens of a request, rather too many than too few.
    pub(super) fn tokens(&self) -> u64 {
        self.fixed + self.head + self.turns.iter().map(|span| span.tokens).sum::<u64>()
    }

    /// Adds a finished turn.
    pub(super) fn push(&mut self, turn: Turn) {
        let number = turn.turn;
        let mut messages = messages_of(turn);
        if number <= self.cut_up_to {
            messages = messages.into_iter().map(|message| shortened(&message).unwrap_or(message)).collect();
        }
        let tokens = messages.iter().map(tokens_of).sum();
        self.turns.push_back(Span { turn: number, messages: messages.len(), tokens });
        self.messages.extend(messages);
    }

    /// The last turn of all but the newest so many.
    pub(super) fn before_newest(&self, count: usize) -> Option<u32> {
        let at = self.turns.len().checked_sub(count + 1)?;
        self.turns.get(at).map(|span| span.turn)
    }

    /// The last turn that does not fit into so many tokens with all that came after it. The newest turn always fits: its
    /// results were not read yet.
    pub(super) fn before_tokens(&self, mut left: u64) -> Option<u32> {
        let mut newest_first = self.turns.iter().rev();
        left = left.saturating_sub(newest_first.next()?.tokens);
        for span in newest_first {
            if span.tokens > left {
                return Some(span.turn);
            }
            left -= span.tokens;
        }
        None
    }

    /// Cuts long results of the turns up to this one short. False: there was nothing to cut.
    pub(super) fn cut(&mut self, up_to: u32) -> bool {
        let mut messages = self.head();
        let mut at = messages.len();
        let mut any = false;
        for span in &mut self.turns {
            let own = &self.messages[at..at + span.messages];
            at += span.messages;
            if span.turn > up_to || span.turn <= self.cut_up_to {
                messages.extend_from_slice(own);
                continue;
            }
            let cut: Vec<Option<Message>> = own.iter().map(shortened).collect();
            any |= cut.iter().any(Option::is_some);
            let own = own.iter().zip(cut).map(|(whole, cut)| cut.unwrap_or_else(|| whole.clone()));
            let own: Vec<Message> = own.collect();
            span.tokens = own.iter().map(tokens_of).sum();
            messages.extend(own);
        }
        if any {
            self.messages = messages.into();
            self.cut_up_to = self.cut_up_to.max(up_to);
        }
        any
    }

    /// What was summed up last, and the messages after it up to this turn.
    pub(super) fn older(&self, up_to: u32) -> (Option<&Compaction>, &[Message]) {
        let head = self.head().len();
        let older = self.turns.iter().take_while(|span| span.turn <= up_to);
        let end = head + older.map(|span| span.messages).sum::<usize>();
        (self.summary.as_ref(), &self.messages[head..end])
    }

    /// Puts a summary in the place of the turns that it stands for.
    pub(super) fn sum_up(&mut self, summary: Compaction) {
        let head = self.head().len();
        let gone: usize = self
            .turns
            .iter()
            .take_while(|span| span.turn <= summary.up_to_turn)
            .map(|span| span.messages)
            .sum();
        self.turns.retain(|span| span.turn > summary.up_to_turn);
        let newer = self.messages[head + gone..].to_vec();
        self.summary = Some(summary);
        self.begin(newer);
    }

    fn begin(&mut self, turns: Vec<Message>) {
        let mut messages = self.head();
        self.head = messages.iter().map(tokens_of).sum();
        messages.extend(turns);
        self.messages = messages.into();
    }

    fn head(&self) -> Vec<Message> {
        let summary = self.summary.as_ref().and_then(|summary| summary.summary.clone());
        let summary = summary.map(|text| Message::User { text });
        std::iter::once(self.brief.clone()).chain(summary).collect()
    }
}

/// What tools take in every request.
pub(crate) fn tokens_of_tools(tools: &[ToolDefinition]) -> u64 {
    let of_tool = |tool: &ToolDefinition| {
        count(&tool.name) + count(&tool.description) + count(&tool.input_schema.to_string())
    };
    tools.iter().map(of_tool).sum()
}

fn tokens_of(message: &Message) -> u64 {
    match message {
        Message::User { text } => count(text),
        Message::Assistant(answer) => {
            let calls = answer.tool_calls.iter();
            count(&answer.text) + calls.map(|call| count(&call.name) + count(&call.arguments)).sum::<u64>()
        }
        Message::Tools { results } => results.iter().map(|result| count(&result.content)).sum(),
    }
}

/// With what a message takes beside its text.
fn count(text: &str) -> u64 {
    const AROUND: u64 = 4;
    // Which family of models answers may change from request to request: the estimate is that of any.
    u64::from(tokens::count("", text)) + AROUND
}

#[cfg(test)]
#[path = "history_tests.rs"]
mod tests;
