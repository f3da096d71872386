use super::*;
use proptest::prelude::*;

const APPROVED: Standing = Standing::Held(Question::Answered(Decision::Approve));
const UNASKED: Standing = Standing::Held(Question::Unasked);
const WAITING: Standing = Standing::Held(Question::Waiting);

fn denied(word: &str) -> Standing {
    Standing::Held(Question::Answered(Decision::Deny { word: Some(word.to_owned()) }))
}

#[test]
fn a_turn_without_calls_closes() {
    assert_eq!(decide(&[]), Step::Close);
    assert_eq!(decide(&[Standing::Final, Standing::Final]), Step::Close);
}

#[test]
fn a_call_is_final_before_the_next_one_runs() {
    assert_eq!(decide(&[Standing::Todo, Standing::Todo]), Step::Run(0));
    assert_eq!(decide(&[Standing::Ready, Standing::Todo]), Step::Finish(0));
    assert_eq!(decide(&[Standing::Final, Standing::Todo]), Step::Run(1));
}

#[test]
fn all_questions_of_a_turn_are_asked_at_once() {
    assert_eq!(decide(&[UNASKED, Standing::Todo, Standing::Todo]), Step::Run(1));
    assert_eq!(decide(&[UNASKED, Standing::Ready, UNASKED]), Step::Ask(vec![0, 2]));
    assert_eq!(decide(&[WAITING, Standing::Ready, WAITING]), Step::Wait);
}

#[test]
fn nothing_becomes_final_before_what_came_first() {
    assert_eq!(decide(&[WAITING, APPROVED]), Step::Wait);
    assert_eq!(decide(&[APPROVED, Standing::Ready]), Step::Commit(0));
}

#[test]
fn a_denied_call_tells_the_persons_word() {
    assert_eq!(decide(&[denied("not that folder")]), Step::Deny(0, Some("not that folder".to_owned())));
}

#[test]
fn an_answer_says_how_it_goes_on() {
    let text = |text: &str, stop| Answer { text: text.to_owned(), stop, ..Answer::default() };
    assert_eq!(outlook(&text("Done.", Stop::End)), Outlook::Done);
    assert_eq!(outlook(&text(" ", Stop::End)), Outlook::Empty);
    assert_eq!(outlook(&text("Then I", Stop::Length)), Outlook::Cut);
    assert_eq!(outlook(&text("I cannot", Stop::Refusal)), Outlook::Refused);
}

fn any_call() -> impl Strategy<Value = Standing> {
    prop_oneof![
        Just(Standing::Todo),
        Just(Standing::Ready),
        Just(UNASKED),
        Just(WAITING),
        Just(APPROVED),
        Just(denied("no")),
        Just(Standing::Final),
    ]
}

proptest! {
    #[test]
    fn only_the_first_that_is_not_final_becomes_final(calls in proptest::collection::vec(any_call(), 0..6)) {
        if let Step::Finish(i) | Step::Commit(i) | Step::Deny(i, _) = decide(&calls) {
            prop_assert!(calls[..i].iter().all(|call| *call == Standing::Final));
            prop_assert!(!matches!(calls[i], Standing::Todo | Standing::Held(Question::Unasked | Question::Waiting)));
        }
    }

    #[test]
    fn every_turn_comes_to_its_end(
        mut calls in proptest::collection::vec(any_call(), 0..6), asks in proptest::collection::vec(any::<bool>(), 6)
    ) {
        for _ in 0..40 {
            match decide(&calls) {
                Step::Close => return Ok(()),
                Step::Run(i) => calls[i] = if asks[i] { UNASKED } else { Standing::Ready },
                Step::Ask(which) => which.iter().for_each(|i| calls[*i] = WAITING),
                Step::Wait => calls.iter_mut().filter(|call| **call == WAITING).for_each(|call| *call = APPROVED),
                Step::Finish(i) | Step::Commit(i) | Step::CommitPart(i, _) | Step::Deny(i, _) => {
                    calls[i] = Standing::Final;
                }
            }
        }
        prop_assert!(false, "the turn did not end");
    }
}
