use super::*;
use cowork_domain::call::{Call, CallStatus};
use cowork_domain::message::{Answer, ToolCall, ToolResult, Usage};
use cowork_domain::{AgentId, CallId, TaskId, Timestamp};
use proptest::prelude::*;

fn turn(number: u32, content: &str) -> Turn {
    let id = format!("call_{number}");
    let asked = ToolCall { id: id.clone(), name: "look".into(), arguments: "{}".into() };
    let result =
        ToolResult { call_id: id.clone(), name: "look".into(), content: content.into(), is_error: false };
    let call = Call {
        id: CallId::new(),
        task_id: TaskId::new(),
        agent_id: AgentId::new(),
        turn: number,
        position: 0,
        model_call_id: id,
        tool: "look".into(),
        arguments: "{}".into(),
        status: CallStatus::Completed,
        result: Some(result),
        usage: None,
        created_at: Timestamp::UNIX_EPOCH,
        finished_at: Some(Timestamp::UNIX_EPOCH),
    };
    let answer = Answer { text: format!("turn {number}"), tool_calls: vec![asked], ..Answer::default() };
    Turn {
        turn: number,
        answer,
        calls: vec![call],
        doubt: None,
        is_saved: true,
        notice: None,
        news: Vec::new(),
    }
}

fn history(log: (Option<Compaction>, u32)) -> History {
    History::new("You work.", 0, "Look around.".into(), log)
}

fn summary(up_to_turn: u32) -> Compaction {
    Compaction {
        up_to_turn,
        summary: Some(format!("notes to {up_to_turn}")),
        files: vec![],
        usage: Usage::default(),
    }
}

/// Every result stands right behind the answer that asked for it.
fn pairs_are_whole(messages: &[Message]) -> bool {
    let mut asked: Vec<&str> = Vec::new();
    for message in messages {
        match message {
            Message::Assistant(answer) if asked.is_empty() => {
                asked = answer.tool_calls.iter().map(|call| call.id.as_str()).collect();
            }
            Message::Tools { results } => {
                let answered: Vec<&str> = results.iter().map(|result| result.call_id.as_str()).collect();
                if answered != asked {
                    return false;
                }
                asked.clear();
            }
            _ if asked.is_empty() => {}
            _ => return false,
        }
    }
    asked.is_empty()
}

#[test]
fn a_summary_stands_for_the_turns_up_to_its_own() {
    let mut history = history((None, 0));
    (1..=5).for_each(|number| history.push(turn(number, "a.txt")));
    history.sum_up(summary(3));
    let messages = history.messages();
    assert_eq!(messages[1], Message::User { text: "notes to 3".into() });
    assert_eq!(messages.len(), 2 + 2 * 2);
    assert_eq!(history.older(4).1.len(), 2);
    history.sum_up(summary(5));
    assert_eq!(history.messages().len(), 2, "a summary of the summary");
}

#[test]
fn the_newest_turn_is_never_summed_up() {
    let mut history = history((None, 0));
    assert_eq!(history.before_tokens(0), None);
    history.push(turn(1, &"x ".repeat(10_000)));
    assert_eq!(history.before_tokens(0), None);
    history.push(turn(2, "a.txt"));
    assert_eq!(history.before_tokens(0), Some(1));
    assert_eq!(history.before_tokens(1_000_000), None);
    assert_eq!(history.before_newest(1), Some(1));
}

#[test]
fn a_request_takes_the_list_as_it_is() {
    let mut history = history((None, 0));
    (1..=3).for_each(|number| history.push(turn(number, "a.txt")));
    let before = history.messages().as_ptr();
    assert_eq!(history.messages().as_ptr(), before, "no copy for a request");
}

proptest! {
    #[test]
    fn a_context_from_the_log_is_the_context_in_memory(
        steps in proptest::collection::vec((0..3u8, 1..4usize, 0..4000usize), 1..30),
    ) {
        let mut live = history((None, 0));
        let (mut turns, mut last, mut cut) = (Vec::new(), None, 0);
        for (kind, many, length) in steps {
            match kind {
                0 => for _ in 0..many {
                    let next = turn(turns.len() as u32 + 1, &"word ".repeat(length / 5));
                    turns.push(next.clone());
                    live.push(next);
                },
                1 => if let Some(up_to) = live.before_newest(many) {
                    let tokens = live.tokens();
                    if live.cut(up_to) {
                        cut = cut.max(up_to);
                        prop_assert!(live.tokens() < tokens);
                    }
                },
                _ => if let Some(up_to) = live.before_tokens(length as u64) {
                    live.sum_up(summary(up_to));
                    (last, cut) = (Some(summary(up_to)), cut.max(up_to));
                },
            }
            let begun = last.as_ref().map_or(0, |last: &Compaction| last.up_to_turn);
            let mut again = history((last.clone(), cut));
            turns.iter().filter(|turn| turn.turn > begun).for_each(|turn| again.push(turn.clone()));
            prop_assert_eq!(&again.messages()[..], &live.messages()[..]);
            prop_assert_eq!(again.tokens(), live.tokens());
            prop_assert!(pairs_are_whole(&live.messages()));
        }
    }
}
