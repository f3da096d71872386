//! The reviewable plan of a task, in the mission's JSON.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How a task's outcome will be reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// One sentence: what will be done.
    pub summary: String,
    /// The stages of the work.
    pub phases: Vec<Phase>,
}

/// One stage of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// Unique in the plan.
    pub name: String,
    /// What is to be done, one line each, unique in the phase.
    pub subtasks: Vec<String>,
    /// Whether the subtasks are independent, each for a sub-agent of its own.
    #[serde(default)]
    pub parallel: bool,
    /// Names of the phases that must be finished first. Absent: the phase before this one. Empty: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depends_on: Option<Vec<String>>,
    /// Where subtasks write: for each that says so, patterns of paths such as `output/a/**`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub writes: BTreeMap<String, Vec<String>>,
}

/// One thing that is wrong with a plan, in words for the model or the person who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanProblem {
    /// A limit is exceeded.
    #[error("{what} is {found}, allowed are {allowed}")]
    Size {
        /// What is too large or too small.
        what: String,
        /// How large it is.
        found: usize,
        /// The range allowed.
        allowed: &'static str,
    },
    /// Two phases or two subtasks of a phase have the same name.
    #[error("{what} {name:?} appears more than once")]
    Duplicate {
        /// "phase" or "subtask of phase …".
        what: String,
        /// The name.
        name: String,
    },
    /// A write set is of no subtask of its phase, or has a pattern that is none.
    #[error("phase {phase:?}: {problem}")]
    Writes {
        /// The phase.
        phase: String,
        /// What is wrong.
        problem: String,
    },
    /// A dependency names no phase.
    #[error("phase {phase:?} depends on {on:?}, which is no phase of the plan")]
    UnknownPhase {
        /// The phase that depends.
        phase: String,
        /// What it names.
        on: String,
    },
    /// Phases wait for each other.
    #[error("phases wait for each other: {}", .0.join(" → "))]
    Cycle(Vec<String>),
}

/// Everything that is wrong with a plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct InvalidPlan(pub Vec<PlanProblem>);

/// Most phases in a plan.
pub const MAX_PHASES: usize = 50;
/// Most subtasks in a phase.
pub const MAX_SUBTASKS: usize = 100;
/// Longest name, title or summary, in characters.
pub const MAX_TEXT: usize = 500;

impl Plan {
    /// Checks names, sizes and dependencies, and reports all that is wrong at once.
    pub fn validate(&self) -> Result<(), InvalidPlan> {
        let mut problems = Vec::new();
        check_size(&mut problems, "the number of phases", self.phases.len(), MAX_PHASES, "1 to 50");
        check_text(&mut problems, "the summary", &self.summary);
        check_unique(&mut problems, "phase", self.phases.iter().map(|phase| &phase.name));
        for phase in &self.phases {
            self.check_phase(phase, &mut problems);
        }
        if problems.is_empty()
            && let Err(cycle) = self.order()
        {
            problems.push(PlanProblem::Cycle(cycle));
        }
        if problems.is_empty() { Ok(()) } else { Err(InvalidPlan(problems)) }
    }

    /// Indices of the phases, each after those it depends on, otherwise in the order of the plan. `Err` holds the
    /// names along a cycle.
    pub fn order(&self) -> Result<Vec<usize>, Vec<String>> {
        let index: BTreeMap<&str, usize> =
            self.phases.iter().enumerate().map(|(i, phase)| (phase.name.as_str(), i)).collect();
        let needs: Vec<Vec<usize>> = (0..self.phases.len())
            .map(|i| self.dependencies(i).iter().filter_map(|name| index.get(name).copied()).collect())
            .collect();
        let mut order = Vec::new();
        let mut done = BTreeSet::new();
        while order.len() < self.phases.len() {
            let ready =
                (0..needs.len()).find(|i| !done.contains(i) && needs[*i].iter().all(|n| done.contains(n)));
            let Some(ready) = ready else { return Err(self.cycle(&needs, &done)) };
            done.insert(ready);
            order.push(ready);
        }
        Ok(order)
    }

    /// Names of the phases that the phase at `index` waits for.
    pub fn dependencies(&self, index: usize) -> Vec<&str> {
        match (&self.phases[index].depends_on, index.checked_sub(1)) {
            (Some(names), _) => names.iter().map(String::as_str).collect(),
            (None, Some(before)) => vec![self.phases[before].name.as_str()],
            (None, None) => Vec::new(),
        }
    }

    fn check_phase(&self, phase: &Phase, problems: &mut Vec<PlanProblem>) {
        let name = &phase.name;
        check_text(problems, "a phase's name", name);
        let what = format!("the number of subtasks of phase {name:?}");
        check_size(problems, &what, phase.subtasks.len(), MAX_SUBTASKS, "1 to 100");
        check_unique(problems, &format!("subtask of phase {name:?}"), phase.subtasks.iter());
        for subtask in &phase.subtasks {
            check_text(problems, &format!("a subtask of phase {name:?}"), subtask);
        }
        for problem in phase.problems_of_writes() {
            problems.push(PlanProblem::Writes { phase: name.clone(), problem });
        }
        for on in phase.depends_on.iter().flatten() {
            if !self.phases.iter().any(|other| other.name == *on) {
                problems.push(PlanProblem::UnknownPhase { phase: name.clone(), on: on.clone() });
            }
        }
    }

    /// Follows unfinished dependencies from any unfinished phase until one comes again.
    fn cycle(&self, needs: &[Vec<usize>], done: &BTreeSet<usize>) -> Vec<String> {
        let mut path: Vec<usize> = Vec::new();
        let mut at = (0..needs.len()).find(|i| !done.contains(i));
        while let Some(i) = at {
            if let Some(start) = path.iter().position(|p| *p == i) {
                path.push(i);
                return path[start..].iter().map(|p| self.phases[*p].name.clone()).collect();
            }
            path.push(i);
            at = needs[i].iter().copied().find(|n| !done.contains(n));
        }
        Vec::new()
    }
}

fn check_size(problems: &mut Vec<PlanProblem>, what: &str, found: usize, max: usize, allowed: &'static str) {
    if found == 0 || found > max {
        problems.push(PlanProblem::Size { what: what.to_owned(), found, allowed });
    }
}

fn check_text(problems: &mut Vec<PlanProblem>, what: &str, text: &str) {
    let length = if text.trim().is_empty() { 0 } else { text.chars().count() };
    check_size(problems, &format!("the length of {what}"), length, MAX_TEXT, "1 to 500 characters");
}

fn check_unique<'a>(problems: &mut Vec<PlanProblem>, what: &str, names: impl Iterator<Item = &'a String>) {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            problems.push(PlanProblem::Duplicate { what: what.to_owned(), name: name.clone() });
        }
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
