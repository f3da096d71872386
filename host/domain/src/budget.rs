//! What a task may use, and what it has used.

use crate::message::Usage;
use crate::{AgentId, Money, RequestId, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// Limits of what may be used. What is not set is not limited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Turns of agents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turns: Option<u32>,
    /// Tokens read and written by models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
    /// Money for models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usd: Option<Money>,
    /// Minutes at work: somebody asks a model or runs a tool. Waiting for a person does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
}

/// Limits of a task, and of each of its agents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Flat", into = "Flat")]
pub struct TaskBudget {
    /// For the whole task.
    pub task: Budget,
    /// For each agent.
    pub agent: Budget,
}

/// A [`TaskBudget`] as JSON has it. Not serde's `flatten`: that would pass over a limit whose name is misspelled.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Flat {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    turns: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tokens: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    usd: Option<Money>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    minutes: Option<u32>,
    #[serde(default)]
    agent: Budget,
}

impl From<Flat> for TaskBudget {
    fn from(Flat { turns, tokens, usd, minutes, agent }: Flat) -> Self {
        Self { task: Budget { turns, tokens, usd, minutes }, agent }
    }
}

impl From<TaskBudget> for Flat {
    fn from(TaskBudget { task: Budget { turns, tokens, usd, minutes }, agent }: TaskBudget) -> Self {
        Self { turns, tokens, usd, minutes, agent }
    }
}

/// What was used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// Turns of agents.
    pub turns: u32,
    /// Tokens read and written by models.
    pub tokens: u64,
    /// Money for models, as far as prices are known.
    pub usd: Money,
    /// Answers whose price is not known.
    #[serde(default)]
    pub unpriced_requests: u32,
    /// Requests that may have cost something which nobody told: the host ended, or the connection broke, while the
    /// model was at work.
    #[serde(default)]
    pub unknown_requests: u32,
    /// Seconds at work.
    pub work_seconds: u64,
}

/// A limit that is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// So many turns of so many.
    Turns(u32, u32),
    /// So many tokens of so many.
    Tokens(u64, u64),
    /// So much money of so much.
    Money(Money, Money),
    /// So many seconds of so many minutes.
    Minutes(u64, u32),
}

/// One request to a model, as people see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelRequest {
    /// Its identifier.
    pub id: RequestId,
    /// The agent that asked; none for the planner.
    pub agent_id: Option<AgentId>,
    /// What it was for.
    pub purpose: String,
    /// What came of it.
    pub status: RequestStatus,
    /// The turn that its answer is.
    pub turn: Option<u32>,
    /// The model that answered.
    pub model: Option<String>,
    /// Tokens.
    pub usage: Usage,
    /// What it cost, where the price is known.
    pub usd: Option<Money>,
    /// Attempts before it that may have cost something.
    pub unaccounted: u32,
    /// When it was about to leave.
    pub sent_at: Timestamp,
    /// When something came of it.
    pub ended_at: Option<Timestamp>,
}

/// What came of a request to a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestStatus {
    /// On its way.
    Sent,
    /// Answered, with what it used.
    Answered,
    /// No answer, at no cost.
    Failed,
    /// No answer that anybody knows; it may have cost something.
    Unknown,
    /// It never left.
    Unsent,
}

impl RequestStatus {
    /// As the database names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Answered => "answered",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Unsent => "unsent",
        }
    }
}

impl Budget {
    /// With what is missing here taken from `other`.
    pub fn or(self, other: Self) -> Self {
        Self {
            turns: self.turns.or(other.turns),
            tokens: self.tokens.or(other.tokens),
            usd: self.usd.or(other.usd),
            minutes: self.minutes.or(other.minutes),
        }
    }

    /// With so much more of each. What is not limited stays so.
    pub fn plus(self, more: Self) -> Self {
        Self {
            turns: self.turns.map(|turns| turns.saturating_add(more.turns.unwrap_or(0))),
            tokens: self.tokens.map(|tokens| tokens.saturating_add(more.tokens.unwrap_or(0))),
            usd: self.usd.map(|usd| usd + more.usd.unwrap_or(Money::ZERO)),
            minutes: self.minutes.map(|minutes| minutes.saturating_add(more.minutes.unwrap_or(0))),
        }
    }

    /// The limits that are reached. With any of them nothing more may be begun.
    pub fn reached(self, spent: &Spent) -> Vec<Reached> {
        let turns = self.turns.filter(|most| spent.turns >= *most);
        let tokens = self.tokens.filter(|most| spent.tokens >= *most);
        let money = self.usd.filter(|most| spent.usd >= *most);
        let minutes = self.minutes.filter(|most| spent.work_seconds >= u64::from(*most) * 60);
        let reached = [
            turns.map(|most| Reached::Turns(spent.turns, most)),
            tokens.map(|most| Reached::Tokens(spent.tokens, most)),
            money.map(|most| Reached::Money(spent.usd, most)),
            minutes.map(|most| Reached::Minutes(spent.work_seconds, most)),
        ];
        reached.into_iter().flatten().collect()
    }
}

impl TaskBudget {
    /// With what is missing here taken from `other`.
    pub fn or(self, other: Self) -> Self {
        Self { task: self.task.or(other.task), agent: self.agent.or(other.agent) }
    }

    /// With so much more of each.
    pub fn plus(self, more: Self) -> Self {
        Self { task: self.task.plus(more.task), agent: self.agent.plus(more.agent) }
    }
}

impl Spent {
    /// With so much more time at work.
    pub fn after(self, work: Duration) -> Self {
        Self { work_seconds: self.work_seconds + work.as_secs(), ..self }
    }
}

impl Reached {
    /// How much more to ask for, as an option of the command line: what was used beyond the limit, and half as much again
    /// as it was.
    pub fn more(self) -> String {
        match self {
            Self::Turns(used, most) => format!("--add-turns {}", (used - most) + most.div_ceil(2).max(1)),
            Self::Tokens(used, most) => format!("--add-tokens {}", (used - most) + most.div_ceil(2).max(1)),
            Self::Money(used, most) => {
                let cents = ((used.usd() - most.usd() / 2.0) * 100.0).ceil().max(1.0);
                format!("--add-usd {:.2}", cents / 100.0)
            }
            Self::Minutes(used, most) => {
                let beyond = (used / 60).saturating_sub(u64::from(most));
                format!("--add-minutes {}", beyond + u64::from(most.div_ceil(2).max(1)))
            }
        }
    }
}

impl fmt::Display for Reached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Turns(used, most) => write!(f, "{used} of {most} turns"),
            Self::Tokens(used, most) => write!(f, "{used} of {most} tokens"),
            Self::Money(used, most) => write!(f, "{used} of {most}"),
            Self::Minutes(used, most) => write!(f, "{} of {most} minutes", used / 60),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(usd: f64) -> Money {
        Money::from_usd(usd).expect("an amount")
    }

    const NONE: Budget = Budget { turns: None, tokens: None, usd: None, minutes: None };

    #[test]
    fn what_is_not_set_is_not_limited() {
        let much = Spent { turns: u32::MAX, tokens: u64::MAX, work_seconds: u64::MAX, ..Spent::default() };
        assert_eq!(NONE.reached(&much), []);
        assert_eq!(NONE.plus(Budget { turns: Some(5), ..NONE }).turns, None, "more of no limit is no limit");
    }

    #[test]
    fn each_limit_says_what_was_used_and_what_would_do() {
        let budget = Budget { turns: Some(50), tokens: Some(1_000), usd: Some(usd(2.0)), minutes: Some(10) };
        let spent = Spent { turns: 52, tokens: 1_300, usd: usd(2.25), work_seconds: 700, ..Spent::default() };
        let reached = budget.reached(&spent);
        let told: Vec<_> = reached.iter().map(|reached| format!("{reached}: {}", reached.more())).collect();
        assert_eq!(
            told,
            [
                "52 of 50 turns: --add-turns 27",
                "1300 of 1000 tokens: --add-tokens 800",
                "$2.25 of $2.00: --add-usd 1.25",
                "11 of 10 minutes: --add-minutes 6",
            ]
        );
        let more = Budget { turns: Some(27), tokens: Some(800), usd: Some(usd(1.25)), minutes: Some(6) };
        assert_eq!(budget.plus(more).reached(&spent), [], "what is asked for is enough");
    }

    #[test]
    fn is_flat_in_json_with_the_agents_within() {
        let budget: TaskBudget =
            serde_json::from_str(r#"{"turns": 200, "usd": 2.5, "agent": {"turns": 60}}"#).expect("a budget");
        assert_eq!(budget.task.usd, Some(usd(2.5)));
        assert_eq!((budget.task.turns, budget.agent.turns), (Some(200), Some(60)));
        assert!(serde_json::from_str::<TaskBudget>(r#"{"turn": 200}"#).is_err(), "a limit that is none");
        assert_eq!(
            serde_json::to_string(&budget).expect("JSON"),
            r#"{"turns":200,"usd":2.5,"agent":{"turns":60}}"#
        );
    }
}
