use super::*;

fn read(answer_tool: Option<&str>, events: &[&str]) -> Result<Vec<Delta>, ModelError> {
    let mut reader = EventReader::new(answer_tool.map(str::to_owned));
    let steps = events.iter().map(|data| reader.read(data));
    steps.map(|step| step.map(|step| step.deltas)).collect::<Result<Vec<_>, _>>().map(|all| all.concat())
}

fn usage(input_tokens: u64, output_tokens: u64) -> Delta {
    let (cached_input_tokens, cache_write_tokens) = (40, 5);
    Delta::Usage(Usage { input_tokens, cached_input_tokens, cache_write_tokens, output_tokens })
}

const TOOL: &str = r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"a","name":"answer","input":{}}}"#;
const INPUT: &str =
    r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{}"}}"#;

#[test]
fn the_answer_tools_input_is_the_text() {
    assert_eq!(read(Some("answer"), &[TOOL, INPUT]).expect("reads"), [Delta::Text("{}".into())]);
    let start = Delta::ToolCallStart { index: 0, id: "a".into(), name: "answer".into() };
    let expected = [start, Delta::ToolCallArguments { index: 0, json: "{}".into() }];
    assert_eq!(read(None, &[TOOL, INPUT]).expect("reads"), expected);
}

#[test]
fn usage_counts_what_came_from_the_cache() {
    let start = r#"{"type":"message_start","message":{"usage":{"input_tokens":3,"cache_read_input_tokens":40,"cache_creation_input_tokens":5,"output_tokens":1}}}"#;
    let end = r#"{"type":"message_delta","delta":{"stop_reason":"max_tokens"},"usage":{"output_tokens":9}}"#;
    let expected = [usage(48, 1), usage(48, 9), Delta::Stop(Stop::Length)];
    assert_eq!(read(None, &[start, end]).expect("reads"), expected);
}

#[test]
fn what_is_not_known_is_passed_over() {
    let events = [
        r#"{"type":"ping"}"#,
        r#"{"type":"later_version","x":1}"#,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}"#,
        r#"{"type":"content_block_stop","index":0}"#,
    ];
    assert_eq!(read(None, &events).expect("reads"), []);
}

#[test]
fn a_piece_of_nothing_is_malformed() {
    let error = read(None, &[INPUT]).expect_err("malformed");
    assert!(matches!(error, ModelError::Malformed { .. }), "{error:?}");
}
