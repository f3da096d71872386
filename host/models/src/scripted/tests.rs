use super::*;
use crate::Label;
use cowork_domain::message::{Message, ToolResult};

const SCRIPT: &str = r#"
[[part]]
for = "plan"
[[part.answer]]
text = '{"summary": {{ task | tojson }}}'

[[part]]
agent = "Sort (photos|music)"
[[part.answer]]
text = "Let me look."
calls = '''
[{"tool": "file_list", "arguments": {"path": "files"}},
 {"tool": "file_read", "arguments": {"path": "notes.txt"}}]
'''
[[part.answer]]
calls = '''[
{%- for path in last[0].json.entries | sort -%}
  {"tool": "file_move", "arguments": {"from": {{ path | tojson }}, "to": {{ ("sorted/" ~ path) | tojson }}}}
  {{- "," if not loop.last }}
{%- endfor -%}
]'''
[[part.answer]]
text = 'Moved {{ last | length }} for {{ results[0][1].text | capture("owner: (\\w+)") }}, {{ agent }}.'
"#;

fn script() -> Scripted {
    Scripted::from_text("demo.toml", SCRIPT).expect("script")
}

fn request(label: Label, messages: Vec<Message>) -> Request {
    Request {
        label,
        system: "You sort.".into(),
        messages: messages.into(),
        tools: [].into(),
        schema: None,
        max_output_tokens: 1,
    }
}

fn user(text: &str) -> Message {
    Message::User { text: text.into() }
}

/// Runs the conversation on, each call answered by `tool`; gives the answers.
fn converse(label: Label, turns: usize, tool: impl Fn(&ToolCall) -> &'static str) -> Vec<Answer> {
    let (mut context, mut answers) = (vec![user("Sort my files")], vec![]);
    for _ in 0..turns {
        // A new one for each turn: what was before is known from the context alone.
        let answer = script().reply(&request(label.clone(), context.clone())).expect("answer");
        let results = answer.tool_calls.iter().map(|call| ToolResult {
            call_id: call.id.clone(),
            name: call.name.clone(),
            content: tool(call).into(),
            is_error: false,
        });
        context.extend([Message::Assistant(answer.clone()), Message::Tools { results: results.collect() }]);
        answers.push(answer);
    }
    answers
}

fn told(error: &ScriptError) -> String {
    let source = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    format!("{error}: {source}")
}

#[test]
fn a_conversation_follows_what_the_tools_gave() {
    let answers = converse(Label::Agent("Sort photos".into()), 3, |call| match call.name.as_str() {
        "file_list" => r#"{"entries": ["b.jpg", "a.jpg"]}"#,
        "file_read" => "owner: Ada",
        _ => "{}",
    });
    assert_eq!(answers[0].text, "Let me look.");
    let moves: Vec<_> =
        answers[1].tool_calls.iter().map(|call| (call.id.as_str(), &*call.arguments)).collect();
    let expected = [
        ("call_2_1", r#"{"from":"a.jpg","to":"sorted/a.jpg"}"#),
        ("call_2_2", r#"{"from":"b.jpg","to":"sorted/b.jpg"}"#),
    ];
    assert_eq!(moves, expected);
    assert_eq!(answers[2].text, "Moved 2 for Ada, Sort photos.");
}

#[test]
fn the_label_chooses_the_part() {
    let answer = script().reply(&request(Label::Plan, vec![user("Say \"hi\"")])).expect("answer");
    assert_eq!(answer.text, r#"{"summary": "Say \"hi\""}"#);
    for label in [Label::Synthesis, Label::Agent("Sort photos too".into())] {
        let error = script().reply(&request(label.clone(), vec![user("x")])).expect_err("no part");
        assert_eq!(error.to_string(), format!("demo.toml: no part is for `{label}` (asked for turn 1)"));
    }
}

#[test]
fn a_turn_too_many_is_an_error() {
    let context = vec![user("x"), Message::Assistant(Answer::default())];
    let error = script().reply(&request(Label::Plan, context)).expect_err("no answer");
    assert_eq!(error.to_string(), "demo.toml, part 1: has 1 answer(s), but `plan` asks for turn 2");
    assert!(!ModelError::from(error).is_transient());
}

#[test]
fn what_is_undefined_is_an_error_that_says_where() {
    let label = Label::Agent("Sort music".into());
    let context = vec![user("x"), Message::Assistant(Answer::default()), Message::Tools { results: vec![] }];
    let error = script().reply(&request(label, context)).expect_err("undefined");
    let told = told(&error);
    assert!(
        told.starts_with(
            "demo.toml, part 2 (agent Sort (photos|music)), answer 2: cannot render `calls`: undefined value"
        ),
        "{told}"
    );
}

#[test]
fn calls_must_be_a_list_of_calls() {
    let text = "[[part]]\nfor = 'plan'\n[[part.answer]]\ncalls = '{{ task }}'";
    let script = Scripted::from_text("x", text).expect("script");
    let error = script.reply(&request(Label::Plan, vec![user("Nothing")])).expect_err("no calls");
    assert_eq!(error.to_string(), "x, part 1 (plan), answer 1: `calls` gave no list of calls: Nothing");
}

#[test]
fn mistakes_show_when_the_script_is_read() {
    for (text, expected) in [
        ("[[part", "not a script"),
        ("[[part]]\nfor = 'plan'\nwhen = 'now'\nanswer = []", "not a script"),
        ("[[part]]\nanswer = []", "either `for` or `agent`"),
        ("[[part]]\nfor = 'plan'\nagent = 'x'\nanswer = []", "either `for` or `agent`"),
        ("[[part]]\nagent = '('\nanswer = []", "not a regular expression"),
        ("[[part]]\nfor = 'plan'\nanswer = [{}]", "give `text` or `calls`"),
        (
            "[[part]]\nfor = 'plan'\nanswer = [{text = '{% if %}'}]",
            "answer 1: cannot render `text`: syntax error",
        ),
    ] {
        let error = Scripted::from_text("x", text).expect_err(text);
        assert!(told(&error).contains(expected), "{text}: {}", told(&error));
    }
}

#[test]
fn a_template_that_does_not_end_is_stopped() {
    let text = "[[part]]\nfor = 'plan'\n[[part.answer]]\ntext = \
                '{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}'";
    let script = Scripted::from_text("x", text).expect("script");
    let error = script.reply(&request(Label::Plan, vec![])).expect_err("endless");
    assert!(told(&error).contains("fuel"), "{}", told(&error));
}
