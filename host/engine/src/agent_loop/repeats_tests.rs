use super::*;
use cowork_domain::call::{Call, CallStatus};
use cowork_domain::message::Answer;
use cowork_domain::{AgentId, CallId, TaskId, Timestamp};
use proptest::prelude::*;

/// A turn with one call for each (tool, result).
fn turn(calls: &[(&str, &str)]) -> Turn {
    let (task_id, agent_id) = (TaskId::new(), AgentId::new());
    let call = |(tool, content): &(&str, &str)| Call {
        id: CallId::new(),
        task_id,
        agent_id,
        turn: 1,
        position: 0,
        model_call_id: CallId::new().to_string(),
        tool: (*tool).to_owned(),
        arguments: r#"{"path": "files"}"#.to_owned(),
        status: CallStatus::Completed,
        result: Some(ToolResult {
            call_id: String::new(),
            name: (*tool).to_owned(),
            content: (*content).to_owned(),
            is_error: false,
        }),
        usage: None,
        created_at: Timestamp::MIN_UTC,
        finished_at: None,
    };
    let calls = calls.iter().map(call).collect();
    Turn {
        turn: 1,
        answer: Answer::default(),
        calls,
        doubt: None,
        is_saved: true,
        notice: None,
        news: Vec::new(),
    }
}

/// What is said after each turn: `.` nothing, `t` told, `s` stopped.
fn said(turns: &[&[(&str, &str)]]) -> String {
    let mut repeats = Repeats::new(LoopLimits::default());
    let verdicts = turns.iter().map(|calls| match repeats.take(&turn(calls)) {
        Verdict::Fine => '.',
        Verdict::Tell(_) => 't',
        Verdict::Stop { .. } => 's',
    });
    verdicts.collect()
}

const A: &[(&str, &str)] = &[("list", "3 files")];
const B: &[(&str, &str)] = &[("read", "hello")];
const C: &[(&str, &str)] = &[("find", "nothing")];

#[test]
fn the_same_call_with_the_same_result_is_told_at_the_third_time_and_stopped_at_the_sixth() {
    assert_eq!(said(&[A, A, A, A, A, A]), "..t..s");
    assert_eq!(said(&[B, A, A, A, B, A, A, A]), "...t...t", "something else in between begins anew");
}

#[test]
fn another_result_is_work() {
    let waits = [[("list", "1")], [("list", "2")], [("list", "3")], [("list", "4")]];
    assert_eq!(said(&waits.each_ref().map(|calls| calls.as_slice())), "....");
}

#[test]
fn a_cycle_of_two_or_three_is_one() {
    assert_eq!(said(&[A, B, A, B, A, B]), ".....t");
    assert_eq!(said(&[A, B].repeat(6)), ".....t.....s");
    assert_eq!(said(&[A, B, C].repeat(6)), "........t........s");
    assert_eq!(said(&[A, B, A, C, A, B, C, B]), "........");
}

#[test]
fn order_and_number_within_an_answer_mean_nothing() {
    let both: &[(&str, &str)] = &[A[0], B[0]];
    let turned: &[(&str, &str)] = &[B[0], A[0], A[0]];
    assert_eq!(said(&[both, turned, both]), "..t");
}

#[test]
fn empty_answers_are_a_repetition() {
    let mut repeats = Repeats::new(LoopLimits::default());
    let verdicts: Vec<_> = (0..6).map(|_| repeats.take(&turn(&[]))).collect();
    assert_eq!(verdicts[2], Verdict::Tell("an empty answer".to_owned()));
    assert_eq!(verdicts[5], Verdict::Stop { what: "an empty answer".to_owned(), times: 6 });
}

#[test]
fn after_a_stop_it_begins_anew() {
    assert_eq!(said(&[A; 12]), "..t..s..t..s");
}

#[test]
fn limits_may_be_off() {
    let mut repeats = Repeats::new(LoopLimits { told_at: 0, stopped_at: 0 });
    assert!((0..50).all(|_| repeats.take(&turn(A)) == Verdict::Fine) && repeats.last.is_empty());
}

proptest! {
    #[test]
    fn what_is_remembered_is_bounded_and_a_change_is_never_stopped(turns in proptest::collection::vec(0..3_u8, 0..200)) {
        let mut repeats = Repeats::new(LoopLimits::default());
        let mut before: Vec<u8> = Vec::new();
        for kind in turns {
            let verdict = repeats.take(&turn([A, B, C][usize::from(kind)]));
            before.push(kind);
            prop_assert!(repeats.last.len() <= 18);
            if let Verdict::Stop { .. } = verdict {
                let end = &before[before.len().saturating_sub(18)..];
                let repeated = (1..=3).any(|round| {
                    let span = &end[end.len().saturating_sub(round * 6)..];
                    span.len() >= 6 && span.iter().zip(&span[round..]).all(|(a, b)| a == b)
                });
                prop_assert!(repeated, "stopped after {:?}", end);
            }
        }
    }
}
