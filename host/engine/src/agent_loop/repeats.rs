//! Agents that do the same again and again. What counts is the result too: the same call with another result is work.

use cowork_domain::message::ToolResult;
use cowork_store::Turn;
use std::collections::{BTreeSet, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// The longest round of turns that is noticed.
const LONGEST: usize = 3;
/// As many rounds are remembered at most, whatever the limits.
const ROUNDS: u32 = 100;
/// Characters that are shown of what is repeated.
const SHOWN: usize = 200;

/// When it is said that an agent repeats itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoopLimits {
    /// The time at which the model is told. 0: never.
    pub told_at: u32,
    /// The time at which the agent stops and the person is told. 0: never.
    pub stopped_at: u32,
}

impl Default for LoopLimits {
    fn default() -> Self {
        Self { told_at: 3, stopped_at: 6 }
    }
}

/// What is to be done about the last turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is not a repetition, or not yet.
    Fine,
    /// The model is to be told.
    Tell(String),
    /// The agent is to stop. Told to the person: what it did, and how often.
    Stop { what: String, times: u32 },
}

/// The last turns of an agent, as marks of what they did.
#[derive(Debug)]
pub(super) struct Repeats {
    limits: LoopLimits,
    last: VecDeque<(u64, String)>,
}

impl Repeats {
    pub(super) fn new(limits: LoopLimits) -> Self {
        Self { limits, last: VecDeque::new() }
    }

    /// Takes a turn whose calls are final. Turns that are read back from the log are taken too, so that it goes on where
    /// it was; one that was stopped begins anew.
    pub(super) fn take(&mut self, turn: &Turn) -> Verdict {
        let most = self.limits.told_at.max(self.limits.stopped_at).min(ROUNDS);
        self.last.push_back((mark(turn), shown(turn)));
        while self.last.len() > most as usize * LONGEST {
            self.last.pop_front();
        }
        let Some((round, times, is_whole)) = self.longest() else { return Verdict::Fine };
        let what = self.what(round);
        if self.limits.stopped_at > 0 && times >= self.limits.stopped_at {
            self.last.clear();
            return Verdict::Stop { what, times };
        }
        // Once, at the end of the round that makes it so many.
        if is_whole && times == self.limits.told_at {
            return Verdict::Tell(what);
        }
        Verdict::Fine
    }

    /// The round that was repeated most often up to the last turn: its length, how often, and whether it ends here.
    fn longest(&self) -> Option<(usize, u32, bool)> {
        let rounds = (1..=LONGEST).map(|round| {
            let again = self.again(round);
            (round, u32::try_from(again / round + 1).unwrap_or(u32::MAX), again.is_multiple_of(round))
        });
        // The shortest of those that are as often.
        rounds.rev().max_by_key(|(_, times, _)| *times).filter(|(_, times, _)| *times > 1)
    }

    /// How many of the last turns are each the same as the one a round before.
    fn again(&self, round: usize) -> usize {
        let marks = self.last.iter().rev().map(|(mark, _)| mark);
        marks.clone().zip(marks.skip(round)).take_while(|(later, earlier)| later == earlier).count()
    }

    fn what(&self, round: usize) -> String {
        let turns = self.last.iter().skip(self.last.len().saturating_sub(round));
        turns.map(|(_, shown)| shown.as_str()).collect::<Vec<_>>().join(", then ")
    }
}

/// The same for turns that did the same: the same calls with the same results, in any order and number; or, without
/// calls, the same words.
fn mark(turn: &Turn) -> u64 {
    let calls = turn.calls.iter().map(|call| {
        let result = call.result.as_ref().map(|ToolResult { content, is_error, .. }| (content, is_error));
        let mut hasher = DefaultHasher::new();
        (&call.tool, arguments(&call.arguments), result).hash(&mut hasher);
        hasher.finish()
    });
    let calls: BTreeSet<u64> = calls.collect();
    let mut hasher = DefaultHasher::new();
    calls.hash(&mut hasher);
    if calls.is_empty() {
        turn.answer.text.trim().hash(&mut hasher);
    }
    hasher.finish()
}

/// Arguments without the differences that mean nothing.
fn arguments(text: &str) -> String {
    serde_json::from_str::<serde_json::Value>(text).map_or_else(|_| text.to_owned(), |json| json.to_string())
}

fn shown(turn: &Turn) -> String {
    let calls = turn.calls.iter().map(|call| format!("{} {}", call.tool, call.arguments));
    let calls: Vec<_> = calls.collect::<BTreeSet<_>>().into_iter().collect();
    let text = match (calls.is_empty(), turn.answer.text.trim()) {
        (false, _) => calls.join(" and "),
        (true, "") => "an empty answer".to_owned(),
        (true, words) => words.to_owned(),
    };
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
#[path = "repeats_tests.rs"]
mod tests;
