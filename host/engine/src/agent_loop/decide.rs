//! What comes next in a turn. Pure: it sees what is recorded and says what to do, so that a turn which a crash
//! interrupted goes on exactly as if nothing had happened.

use cowork_domain::PermissionMode;
use cowork_domain::approval::Decision;
use cowork_domain::call::CallStatus;
use cowork_domain::message::{Answer, Stop};

/// A call as the gate sees it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct GatedCall {
    /// Where it stands.
    pub(super) status: CallStatus,
    /// What the gate knows of it.
    pub(super) gate: Gate,
}

/// What the gate knows of a call.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Gate {
    /// It can never run: no such tool, arguments that do not fit. Holds what the model is told.
    Unfit(String),
    /// It changes nothing, or the task acts autonomously.
    Open,
    /// It changes files and a person is to be asked, or was.
    Asks(Question),
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
    /// Ask a person about these calls, all at once.
    Ask(Vec<usize>),
    /// Wait for an answer.
    Wait,
    /// Run this call.
    Run(usize),
    /// Tell the model that this call cannot run, and why.
    Refuse(usize, String),
    /// Tell the model that a person said no, and their word.
    Deny(usize, Option<String>),
    /// All calls are final: save the checkpoint.
    Close,
}

/// Questions first, so that a person answers once for a whole turn; then call by call in the order of the answer.
pub(super) fn decide(calls: &[GatedCall]) -> Step {
    let unasked: Vec<usize> = (0..calls.len())
        .filter(|i| !calls[*i].status.is_final() && calls[*i].gate == Gate::Asks(Question::Unasked))
        .collect();
    if !unasked.is_empty() {
        return Step::Ask(unasked);
    }
    let Some(next) = calls.iter().position(|call| !call.status.is_final()) else { return Step::Close };
    match &calls[next].gate {
        Gate::Unfit(why) => Step::Refuse(next, why.clone()),
        Gate::Open | Gate::Asks(Question::Answered(Decision::Approve)) => Step::Run(next),
        Gate::Asks(Question::Answered(Decision::Deny { word })) => Step::Deny(next, word.clone()),
        Gate::Asks(Question::Unasked | Question::Waiting) => Step::Wait,
    }
}

/// Whether a sound call runs at once or is asked about first.
pub(super) fn gate(read_only: bool, mode: PermissionMode, question: Question) -> Gate {
    match (read_only, mode) {
        (true, _) | (false, PermissionMode::ActAutonomously) => Gate::Open,
        (false, PermissionMode::AskBefore) => Gate::Asks(question),
    }
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
    /// It will not.
    Refused,
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
