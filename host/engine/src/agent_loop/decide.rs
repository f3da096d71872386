//! What comes next in a turn. Pure: it sees what is recorded and says what to do, so that a turn which a crash
//! interrupted goes on exactly as if nothing had happened.

use cowork_domain::approval::Decision;
use cowork_domain::message::{Answer, Stop};
use std::collections::BTreeSet;

/// Where a call of the turn stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Standing {
    /// It has not run, or what it gave does not hold any more.
    Todo,
    /// It has run; what it gave is not final yet.
    Ready,
    /// It has run, and what it would do to files waits for a person.
    Held(Question),
    /// It has done what it does; its result is to come.
    Waits,
    /// Its result stands for good.
    Final,
}

impl Standing {
    /// Whether what it did is done.
    pub(super) fn is_done(&self) -> bool {
        matches!(self, Self::Waits | Self::Final)
    }
}

/// How far a question is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Question {
    /// Not asked yet.
    Unasked,
    /// Asked.
    Waiting,
    /// Answered.
    Answered(Decision),
}

/// What the driver does next.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// Run this call in a staged view.
    Run(usize),
    /// Make what this call gave final.
    Finish(usize),
    /// Commit what a person approved.
    Commit(usize),
    /// Commit what a person approved of it: these paths.
    CommitPart(usize, BTreeSet<String>),
    /// Drop what a person denied, and tell the model their word.
    Deny(usize, Option<String>),
    /// Ask a person about these calls, all at once.
    Ask(Vec<usize>),
    /// Wait for an answer.
    Wait,
    /// All calls are final: save the checkpoint.
    Close,
}

/// Call by call in the order of the answer. Behind one that waits for a person the others run on, staged, so that the
/// person is asked once for a whole turn; nothing of them is final before it is. One whose result is to come has done
/// what it does: those behind it go on.
pub(super) fn decide(calls: &[Standing]) -> Step {
    let Some(first) = calls.iter().position(|call| !call.is_done()) else {
        return if calls.contains(&Standing::Waits) { Step::Wait } else { Step::Close };
    };
    match &calls[first] {
        Standing::Todo | Standing::Waits | Standing::Final => Step::Run(first),
        Standing::Ready => Step::Finish(first),
        Standing::Held(Question::Answered(Decision::Approve | Decision::ApproveKind)) => Step::Commit(first),
        Standing::Held(Question::Answered(Decision::ApprovePart { paths })) => {
            Step::CommitPart(first, paths.clone())
        }
        Standing::Held(Question::Answered(Decision::Deny { word })) => Step::Deny(first, word.clone()),
        // Words approve nothing.
        Standing::Held(Question::Answered(Decision::Answer { text })) => {
            Step::Deny(first, Some(text.clone()))
        }
        Standing::Held(Question::Unasked | Question::Waiting) => ask(calls),
    }
}

fn ask(calls: &[Standing]) -> Step {
    if let Some(todo) = calls.iter().position(|call| *call == Standing::Todo) {
        return Step::Run(todo);
    }
    let unasked = |i: &usize| calls[*i] == Standing::Held(Question::Unasked);
    let unasked: Vec<usize> = (0..calls.len()).filter(unasked).collect();
    if unasked.is_empty() { Step::Wait } else { Step::Ask(unasked) }
}

/// What an answer means for the agent, once its calls are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outlook {
    /// The model reads the results and goes on.
    Continue,
    /// Its last words are said.
    Done,
    /// It said nothing.
    Empty,
    /// Its words were cut.
    Cut,
    /// Nothing shows what it says, and it is told so.
    Doubted,
    /// It will not.
    Refused,
}

impl Outlook {
    /// Whether the agent takes another turn.
    pub(super) fn goes_on(self) -> bool {
        match self {
            Self::Continue | Self::Empty | Self::Cut | Self::Doubted => true,
            Self::Done | Self::Refused => false,
        }
    }
}

pub(super) fn outlook(answer: &Answer) -> Outlook {
    match (answer.stop, answer.tool_calls.is_empty(), answer.text.trim().is_empty()) {
        (Stop::Refusal, true, _) => Outlook::Refused,
        (_, false, _) => Outlook::Continue,
        (Stop::Length, true, _) => Outlook::Cut,
        (Stop::End, true, true) => Outlook::Empty,
        (Stop::End, true, false) => Outlook::Done,
    }
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
