use super::*;
use proptest::prelude::*;

fn call(gate: Gate) -> GatedCall {
    GatedCall { status: CallStatus::Intended, gate }
}

fn over() -> GatedCall {
    GatedCall { status: CallStatus::Completed, gate: Gate::Open }
}

fn asks(question: Question) -> GatedCall {
    call(Gate::Asks(question))
}

fn denied(word: &str) -> Question {
    Question::Answered(Decision::Deny { word: Some(word.to_owned()) })
}

#[test]
fn a_turn_without_calls_closes() {
    assert_eq!(decide(&[]), Step::Close);
    assert_eq!(decide(&[over(), over()]), Step::Close);
}

#[test]
fn all_questions_of_a_turn_are_asked_at_once_and_before_anything_runs() {
    let calls = [call(Gate::Open), asks(Question::Unasked), asks(Question::Unasked)];
    assert_eq!(decide(&calls), Step::Ask(vec![1, 2]));
}

#[test]
fn calls_go_in_the_order_of_the_answer() {
    let approved = asks(Question::Answered(Decision::Approve));
    assert_eq!(decide(&[over(), approved.clone(), call(Gate::Open)]), Step::Run(1));
    assert_eq!(decide(&[asks(Question::Waiting), approved]), Step::Wait);
}

#[test]
fn a_denied_call_tells_the_persons_word() {
    assert_eq!(decide(&[asks(denied("not that folder"))]), Step::Deny(0, Some("not that folder".to_owned())));
}

#[test]
fn an_unfit_call_is_refused_without_asking_anybody() {
    assert_eq!(
        decide(&[call(Gate::Unfit("no such tool".to_owned()))]),
        Step::Refuse(0, "no such tool".to_owned())
    );
}

#[test]
fn a_call_that_a_crash_interrupted_runs_again() {
    let interrupted = GatedCall { status: CallStatus::Running, gate: Gate::Open };
    assert_eq!(decide(&[over(), interrupted]), Step::Run(1));
}

#[test]
fn an_answer_says_how_it_goes_on() {
    let text = |text: &str, stop| Answer { text: text.to_owned(), stop, ..Answer::default() };
    assert_eq!(outlook(&text("Done.", Stop::End)), Outlook::Done);
    assert_eq!(outlook(&text(" ", Stop::End)), Outlook::Empty);
    assert_eq!(outlook(&text("Then I", Stop::Length)), Outlook::Cut);
    assert_eq!(outlook(&text("I cannot", Stop::Refusal)), Outlook::Refused);
}

fn any_call() -> impl Strategy<Value = GatedCall> {
    let status = prop_oneof![
        Just(CallStatus::Intended),
        Just(CallStatus::Running),
        Just(CallStatus::Completed),
        Just(CallStatus::Failed),
        Just(CallStatus::Denied)
    ];
    let gate = prop_oneof![
        Just(Gate::Open),
        Just(Gate::Unfit(String::new())),
        Just(Gate::Asks(Question::Unasked)),
        Just(Gate::Asks(Question::Waiting)),
        Just(Gate::Asks(Question::Answered(Decision::Approve))),
        Just(Gate::Asks(denied("no"))),
    ];
    (status, gate).prop_map(|(status, gate)| GatedCall { status, gate })
}

proptest! {
    #[test]
    fn a_call_runs_only_where_it_may(calls in proptest::collection::vec(any_call(), 0..6)) {
        if let Step::Run(i) = decide(&calls) {
            prop_assert!(!calls[i].status.is_final());
            prop_assert!(matches!(&calls[i].gate, Gate::Open | Gate::Asks(Question::Answered(Decision::Approve))));
            prop_assert!(calls[..i].iter().all(|call| call.status.is_final()), "in order");
        }
    }

    #[test]
    fn every_turn_comes_to_its_end(mut calls in proptest::collection::vec(any_call(), 0..6)) {
        for _ in 0..20 {
            match decide(&calls) {
                Step::Close => return Ok(()),
                Step::Ask(which) => which.iter().for_each(|i| calls[*i].gate = Gate::Asks(Question::Waiting)),
                Step::Wait => calls.iter_mut().filter(|c| c.gate == Gate::Asks(Question::Waiting))
                    .for_each(|c| c.gate = Gate::Asks(Question::Answered(Decision::Approve))),
                Step::Run(i) | Step::Refuse(i, _) | Step::Deny(i, _) => calls[i].status = CallStatus::Completed,
            }
        }
        prop_assert!(false, "the turn did not end");
    }
}
