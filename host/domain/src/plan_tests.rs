use super::*;
use proptest::prelude::*;

fn phase(name: &str, depends_on: Option<&[&str]>) -> Phase {
    Phase {
        writes: Default::default(),
        name: name.to_owned(),
        subtasks: vec!["do it".to_owned()],
        parallel: false,
        depends_on: depends_on.map(|names| names.iter().map(|name| (*name).to_owned()).collect()),
    }
}

fn plan(phases: Vec<Phase>) -> Plan {
    Plan { summary: "a plan".to_owned(), phases }
}

fn problems(plan: &Plan) -> String {
    plan.validate().expect_err("the plan should be refused").to_string()
}

#[test]
fn the_missions_plan_is_valid() {
    let json = r#"{"summary": "Organize Downloads and generate expense report", "phases": [
        {"name": "Scan and Classify", "subtasks": ["List all files", "Group by extension"], "parallel": false},
        {"name": "Parallel Processing", "subtasks": ["Process receipt PDFs", "Organize images"], "parallel": true},
        {"name": "Generate Report", "subtasks": ["Generate Excel report"], "parallel": false,
         "depends_on": ["Parallel Processing"]}]}"#;
    let plan: Plan = serde_json::from_str(json).expect("json");
    plan.validate().expect("valid");
    assert_eq!(plan.order(), Ok(vec![0, 1, 2]));
}

#[test]
fn an_absent_dependency_is_the_phase_before() {
    let plan = plan(vec![phase("a", None), phase("b", None), phase("c", Some(&[]))]);
    assert_eq!(plan.dependencies(1), ["a"]);
    assert!(plan.dependencies(2).is_empty());
}

#[test]
fn a_cycle_is_shown_along_its_phases() {
    let plan = plan(vec![phase("a", Some(&["c"])), phase("b", None), phase("c", None)]);
    assert_eq!(problems(&plan), "phases wait for each other: a → c → b → a");
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let mut twice = phase("a", Some(&["nowhere"]));
    twice.subtasks = vec!["x".to_owned(), "x".to_owned()];
    let said = problems(&plan(vec![phase("a", None), twice, phase(" ", None)]));
    assert!(said.contains("phase \"a\" appears more than once"), "{said}");
    assert!(said.contains("depends on \"nowhere\""), "{said}");
    assert!(said.contains("subtask of phase \"a\" \"x\" appears more than once"), "{said}");
    assert!(said.contains("the length of a phase's name is 0"), "{said}");
}

#[test]
fn sizes_are_bounded() {
    assert!(problems(&plan(Vec::new())).contains("the number of phases is 0, allowed are 1 to 50"));
    let mut wordy = phase("a", None);
    wordy.subtasks = vec!["x".repeat(501)];
    assert!(problems(&plan(vec![wordy])).contains("501, allowed are 1 to 500 characters"));
}

proptest! {
    #[test]
    fn an_order_never_puts_a_phase_before_what_it_needs(edges in proptest::collection::vec((0usize..8, 0usize..8), 0..20)) {
        let names: Vec<String> = (0..8).map(|i| format!("p{i}")).collect();
        let phases = (0..8).map(|i| {
            let on: Vec<&str> = edges.iter().filter(|(a, _)| *a == i).map(|(_, b)| names[*b].as_str()).collect();
            phase(&names[i], Some(&on))
        }).collect();
        let plan = plan(phases);
        match plan.order() {
            Ok(order) => {
                prop_assert_eq!(order.len(), 8);
                for (a, b) in edges {
                    let at = |x: usize| order.iter().position(|i| *i == x);
                    prop_assert!(at(b) < at(a));
                }
            }
            Err(cycle) => {
                prop_assert_eq!(cycle.first(), cycle.last());
                prop_assert!(cycle.len() > 1);
            }
        }
    }
}
