use super::*;
use proptest::prelude::*;

#[test]
fn a_plan_is_the_models_to_write_while_it_plans_and_the_persons_after() {
    assert!(TaskState::Planning.edit_plan().is_err());
    assert_eq!(TaskState::PlanReady.edit_plan(), Ok(TaskState::PlanReady));
    assert!(TaskState::PlanReady.plan_ready().is_err(), "a late plan of the model does not replace it");
    assert!(TaskState::Planning.plan_again().is_err(), "no second planner beside the first");
}

#[test]
fn a_task_goes_from_pending_to_completed() {
    let state = TaskState::Pending.plan().and_then(TaskState::plan_ready).and_then(TaskState::start);
    let state = state.and_then(TaskState::wait).map(TaskState::answered);
    assert!(state.and_then(|s| s.complete("done".to_owned())).expect("a legal path").is_over());
}

#[test]
fn a_failed_task_goes_on_where_it_stopped() {
    let failed = TaskState::Running.fail("the model is down".to_owned()).expect("fails");
    assert_eq!(failed.clone().start(), Ok(TaskState::Running));
    assert!(failed.plan_again().is_err());
    let unplanned = TaskState::Planning.fail("the model is down".to_owned()).expect("fails");
    assert_eq!(unplanned.clone().plan_again(), Ok(TaskState::Planning));
    assert!(unplanned.start().is_err());
}

#[test]
fn a_task_that_ran_out_goes_on_where_it_stopped() {
    let out = TaskState::Running.run_out("50 of 50 turns".to_owned()).expect("it is at work");
    assert!(out.is_over() && out.clone().resume().is_err());
    assert_eq!(out.start(), Ok(TaskState::Running));
    let unplanned = TaskState::Planning.run_out("$1 of $1".to_owned()).expect("it is at work");
    assert_eq!(unplanned.plan_again(), Ok(TaskState::Planning));
}

#[test]
fn a_paused_task_goes_on_where_it_was_and_a_cancelled_one_never() {
    let paused = TaskState::Waiting.pause().expect("it is at work");
    assert_eq!(paused.clone().resume(), Ok(TaskState::Running));
    assert_eq!(paused.clone().answered(), paused, "an answer does not set it to work");
    assert_eq!(TaskState::Planning.pause().and_then(TaskState::resume), Ok(TaskState::Planning));
    let cancelled = paused.cancel().expect("it is not over");
    assert!(cancelled.is_over() && cancelled.clone().resume().is_err() && cancelled.start().is_err());
    assert!(TaskState::PlanReady.pause().is_err(), "nobody works on it");
    assert!(TaskState::Completed { report: String::new() }.cancel().is_err());
}

#[test]
fn an_illegal_transition_says_what_and_why() {
    let error = TaskState::Completed { report: String::new() }.start().expect_err("over");
    assert_eq!(error.to_string(), "the task is completed and cannot be started");
}

#[test]
fn what_remains_of_a_plan_is_edited_where_the_task_is() {
    let failed = TaskState::Running.fail("the model is down".to_owned()).expect("fails");
    assert_eq!(failed.clone().edit_plan(), Ok(failed));
    assert_eq!(TaskState::Waiting.edit_plan(), Ok(TaskState::Waiting));
    assert!(TaskState::Completed { report: String::new() }.edit_plan().is_err());
    assert!(TaskState::Planning.revise_plan().is_err(), "there is nothing to revise yet");
}

#[test]
fn a_task_goes_back_to_a_turn_and_waits_for_the_person() {
    let over = TaskState::Completed { report: String::new() };
    assert_eq!(over.clone().rewind(), Ok(TaskState::Paused { during: Stage::Running }));
    assert_eq!(over.retry_subtask(), Ok(TaskState::Running));
    assert!(TaskState::PlanReady.rewind().is_err(), "there is no turn yet");
    assert!(TaskState::Cancelled.rewind().is_err());
}

/// Everything that may happen to a task, by people and by its own work.
fn happen(what: u8, state: TaskState) -> Result<TaskState, InvalidTransition> {
    match what {
        0 => state.plan(),
        1 => state.plan_again(),
        2 => state.plan_ready(),
        3 => state.edit_plan(),
        4 => state.start(),
        5 => state.wait(),
        6 => Ok(state.answered()),
        7 => state.complete("done".to_owned()),
        8 => state.fail("the model is down".to_owned()),
        9 => state.pause(),
        10 => state.resume(),
        11 => state.cancel(),
        12 => state.retry_subtask(),
        13 => state.rewind(),
        14 => state.run_out("50 of 50 turns".to_owned()),
        _ => state.revise_plan().map(|()| state),
    }
}

/// Whether there is a plan in this state.
fn has_plan(state: &TaskState) -> bool {
    match state {
        TaskState::PlanReady | TaskState::Running | TaskState::Waiting | TaskState::Completed { .. } => true,
        TaskState::Failed { during, .. }
        | TaskState::OverBudget { during, .. }
        | TaskState::Paused { during } => *during == Stage::Running,
        TaskState::Pending | TaskState::Planning | TaskState::Cancelled => false,
    }
}

proptest! {
    /// Whatever happens in whatever order: what is refused says so and changes nothing, agents never work without a
    /// plan, and what was cancelled stays so.
    #[test]
    fn no_order_of_events_leads_astray(events in proptest::collection::vec(0_u8..16, 0..60)) {
        let mut state = TaskState::Pending;
        let mut planned = false;
        for what in events {
            let before = state.clone();
            match happen(what, state) {
                Ok(after) => {
                    prop_assert!(before != TaskState::Cancelled || after == TaskState::Cancelled);
                    planned |= after == TaskState::PlanReady;
                    prop_assert!(!has_plan(&after) || planned, "{:?} without a plan", after);
                    prop_assert!(!has_plan(&before) || has_plan(&after) || after == TaskState::Cancelled);
                    state = after;
                }
                Err(error) => {
                    prop_assert_eq!(error.from, before.name());
                    state = before;
                }
            }
        }
    }
}
