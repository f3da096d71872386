//! What can be known of a plan before anyone says go.

use crate::{Money, Plan};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a person should know of a plan before they start it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preflight {
    /// What they will be asked about, if an agent wants to do it.
    pub asks: Vec<Foreseen>,
    /// What an agent may need and nobody has granted.
    pub missing: Vec<MissingGrant>,
    /// Subtasks that work side by side and would write the same files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overlaps: Vec<String>,
    /// What it will take.
    pub estimate: Estimate,
}

/// One thing that a person will be asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Foreseen {
    /// What, in words: "change or move any of the 12 files that are there".
    pub what: String,
    /// The tools that could do it.
    pub tools: Vec<String>,
}

/// A power that is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingGrant {
    /// Who lacks what, in words.
    pub what: String,
    /// The command that gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

/// What a plan will take, rather a range than a promise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estimate {
    /// Agents, each with a context of its own.
    pub agents: u32,
    /// Turns of all of them.
    pub turns: Range,
    /// Tokens that the model will read and write.
    pub tokens: Range,
    /// What they will cost. None: nobody has said what the model costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usd: Option<Costs>,
    /// What this rests on, in words.
    pub basis: String,
}

/// From the least that is likely to the most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// The least.
    pub low: u64,
    /// The most.
    pub high: u64,
}

/// From the least that is likely to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Costs {
    /// The least: all is read.
    pub low: Money,
    /// The most: a fifth is written.
    pub high: Money,
}

impl fmt::Display for Costs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.low, self.high)
    }
}

/// What a task that was completed took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Took {
    /// Subtasks of its plan.
    pub subtasks: u32,
    /// Turns of all agents.
    pub turns: u32,
    /// Tokens read and written.
    pub tokens: u64,
}

/// Completed tasks from which the next one can be told.
const ENOUGH: usize = 3;
/// Turns for a subtask, where nothing else is known.
const TURNS: Range = Range { low: 2, high: 8 };
/// Tokens by which each turn makes a context longer, where nothing else is known.
const GROWTH: Range = Range { low: 300, high: 3_000 };

impl Estimate {
    /// From what was completed before, newest first; or, where that is too little, from the size of the plan and the
    /// `fixed` tokens that every turn reads anew.
    pub fn of(plan: &Plan, before: &[Took], fixed: u64) -> Self {
        let agents = plan.phases.iter().map(|phase| if phase.parallel { phase.subtasks.len() } else { 1 });
        // The report has one of its own.
        let agents = agents.sum::<usize>() as u64 + 1;
        let subtasks = plan.phases.iter().map(|phase| phase.subtasks.len()).sum::<usize>() as u64;
        let mut this = match before.len() {
            0..ENOUGH => Self::by_size(agents, subtasks, fixed),
            _ => Self::by_history(subtasks, before),
        };
        this.agents = u32::try_from(agents).unwrap_or(u32::MAX);
        this
    }

    fn by_history(subtasks: u64, before: &[Took]) -> Self {
        let per_subtask = |value: fn(&Took) -> u64| {
            let mut each: Vec<u64> =
                before.iter().map(|took| value(took).div_ceil(u64::from(took.subtasks.max(1)))).collect();
            each.sort_unstable();
            // The least and the most fifth tell more of luck than of work.
            let fifth = each.len() / 5;
            Range { low: each[fifth], high: each[each.len() - 1 - fifth] }
        };
        let (turns, tokens) = (per_subtask(|took| took.turns.into()), per_subtask(|took| took.tokens));
        let basis = format!(
            "{} tasks that were completed here took {turns} turns and {tokens} tokens for each subtask",
            before.len()
        );
        let (turns, tokens) = (turns.times(subtasks), tokens.times(subtasks));
        Self { agents: 0, turns, tokens, usd: None, basis }
    }

    fn by_size(agents: u64, subtasks: u64, fixed: u64) -> Self {
        // Each agent ends with a turn of words.
        let turns = Range { low: TURNS.low * subtasks + agents, high: TURNS.high * subtasks + agents };
        let tokens = |turns: u64, growth: u64| {
            let each = turns.div_ceil(agents);
            turns * fixed + agents * growth * each * each.saturating_sub(1) / 2
        };
        let tokens = Range { low: tokens(turns.low, GROWTH.low), high: tokens(turns.high, GROWTH.high) };
        let basis = format!(
            "too few tasks have been completed here to tell from them: {TURNS} turns for each of {subtasks} subtasks, \
             each of which reads {} tokens of instructions and tools and what its agent has read before",
            Thousands(fixed)
        );
        Self { agents: 0, turns, tokens, usd: None, basis }
    }
}

impl Range {
    fn times(self, factor: u64) -> Self {
        Self { low: self.low.saturating_mul(factor), high: self.high.saturating_mul(factor) }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.low == self.high {
            true => Thousands(self.low).fmt(f),
            false => write!(f, "{} to {}", Thousands(self.low), Thousands(self.high)),
        }
    }
}

/// `12,300`: a number that people read.
struct Thousands(u64);

impl fmt::Display for Thousands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        let phases = serde_json::json!([
            {"name": "a", "subtasks": ["x", "y"]}, {"name": "b", "subtasks": ["z", "w"], "parallel": true}
        ]);
        serde_json::from_value(serde_json::json!({"summary": "s", "phases": phases})).expect("a plan")
    }

    #[test]
    fn without_a_past_the_size_of_the_plan_tells() {
        let estimate = Estimate::of(&plan(), &[], 4_000);
        assert_eq!((estimate.agents, estimate.turns), (4, Range { low: 12, high: 36 }));
        assert_eq!(estimate.tokens, Range { low: 51_600, high: 576_000 });
        insta::assert_snapshot!(estimate.basis, @"too few tasks have been completed here to tell from them: 2 to 8 turns for each of 4 subtasks, each of which reads 4,000 tokens of instructions and tools and what its agent has read before");
    }

    #[test]
    fn what_was_completed_before_tells_more() {
        let took = |turns, tokens| Took { subtasks: 2, turns, tokens };
        let before =
            [took(4, 10_000), took(6, 20_000), took(5, 12_001), took(6, 14_000), took(90, 1_000_000)];
        let estimate = Estimate::of(&plan(), &before, 4_000);
        assert_eq!(estimate.turns, Range { low: 12, high: 12 });
        assert_eq!(estimate.tokens, Range { low: 24_004, high: 40_000 });
        insta::assert_snapshot!(estimate.basis, @"5 tasks that were completed here took 3 turns and 6,001 to 10,000 tokens for each subtask");
    }
}
