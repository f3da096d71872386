//! From one plan to another: what may not change any more, and the text by which people compare the two.

use crate::Plan;
use crate::plan::Phase;
use similar::TextDiff;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Lines around a change that people are shown.
const CONTEXT: usize = 3;

/// A phase that has begun and that another plan would change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("phase {phase:?} has begun and cannot {how}; what has not begun can be changed")]
pub struct BegunPhase {
    /// Its name.
    pub phase: String,
    /// What it cannot.
    pub how: &'static str,
}

impl Plan {
    /// Whether this plan could take the place of `old`, of which the phases of these names have begun: they are as they
    /// were, and wait for nothing that they did not wait for.
    pub fn keeps_begun(&self, old: &Plan, begun: &BTreeSet<&str>) -> Result<(), BegunPhase> {
        for (was, phase) in old.phases.iter().enumerate().filter(|(_, phase)| begun.contains(&*phase.name)) {
            let refuse = |how| Err(BegunPhase { phase: phase.name.clone(), how });
            let Some(now) = self.phases.iter().position(|new| new.name == phase.name) else {
                return refuse("be removed or renamed");
            };
            let without_order = |phase: &Phase| Phase { depends_on: None, ..phase.clone() };
            if without_order(&self.phases[now]) != without_order(phase) {
                return refuse("be changed");
            }
            let sorted = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect::<BTreeSet<_>>();
            if sorted(self.dependencies(now)) != sorted(old.dependencies(was)) {
                return refuse("wait for other phases than it did");
            }
        }
        Ok(())
    }

    /// What another plan changes, as a unified diff of their texts; empty where that is nothing.
    pub fn diff_to(&self, new: &Plan) -> String {
        let (old, new) = (self.to_text(), new.to_text());
        TextDiff::from_lines(&old, &new).unified_diff().context_radius(CONTEXT).to_string()
    }

    /// The plan as a text with a line for each part, to be compared line by line.
    pub fn to_text(&self) -> String {
        let mut text = format!("{}\n", self.summary);
        for phase in &self.phases {
            let how = if phase.parallel { ", independent subtasks" } else { "" };
            let after = match phase.depends_on.as_deref() {
                None => String::new(),
                Some([]) => ", after nothing".to_owned(),
                Some(names) => format!(", after {}", names.join(" and ")),
            };
            let _ = writeln!(text, "\n{}{how}{after}", phase.name);
            for subtask in &phase.subtasks {
                let _ = writeln!(text, "- {subtask}");
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(phases: serde_json::Value) -> Plan {
        serde_json::from_value(serde_json::json!({"summary": "s", "phases": phases})).expect("a plan")
    }

    fn old() -> Plan {
        plan(serde_json::json!([
            {"name": "a", "subtasks": ["x"]}, {"name": "b", "subtasks": ["y"]}, {"name": "c", "subtasks": ["z"]}
        ]))
    }

    fn check(new: serde_json::Value) -> Result<(), String> {
        plan(new).keeps_begun(&old(), &BTreeSet::from(["a", "b"])).map_err(|error| error.to_string())
    }

    #[test]
    fn what_has_not_begun_can_be_anything() {
        let a_and_b = [
            serde_json::json!({"name": "a", "subtasks": ["x"]}),
            serde_json::json!({"name": "b", "subtasks": ["y"]}),
        ];
        assert_eq!(check(serde_json::json!(a_and_b)), Ok(()));
        let [a, b] = a_and_b;
        let new = serde_json::json!([a, b, {"name": "d", "subtasks": ["z"], "depends_on": []}]);
        assert_eq!(check(new), Ok(()));
    }

    #[test]
    fn what_has_begun_stays_as_it_was() {
        let rest = "; what has not begun can be changed";
        let gone = check(serde_json::json!([{"name": "a", "subtasks": ["x"]}])).expect_err("b is gone");
        assert_eq!(gone, format!("phase \"b\" has begun and cannot be removed or renamed{rest}"));
        let other =
            serde_json::json!([{"name": "a", "subtasks": ["x", "w"]}, {"name": "b", "subtasks": ["y"]}]);
        assert_eq!(check(other), Err(format!("phase \"a\" has begun and cannot be changed{rest}")));
        let between = serde_json::json!([
            {"name": "a", "subtasks": ["x"]}, {"name": "n", "subtasks": ["x"]}, {"name": "b", "subtasks": ["y"]}
        ]);
        let waits = check(between).expect_err("b waits for n");
        assert_eq!(
            waits,
            format!("phase \"b\" has begun and cannot wait for other phases than it did{rest}")
        );
    }

    #[test]
    fn a_plan_reads_line_by_line() {
        let plan = plan(serde_json::json!([
            {"name": "a", "subtasks": ["x"]}, {"name": "b", "subtasks": ["y", "z"], "parallel": true, "depends_on": ["a"]}
        ]));
        insta::assert_snapshot!(plan.to_text(), @r"
        s

        a
        - x

        b, independent subtasks, after a
        - y
        - z
        ");
    }
}
