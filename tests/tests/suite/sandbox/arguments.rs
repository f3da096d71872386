//! What is wrong with a call is said before anything runs, in words that help to mend it.

use cowork_tests::{Coworkspace, Host};
use insta::assert_snapshot;

async fn refused(host: &Host, tool: &str, arguments: &str) -> String {
    let space = Coworkspace::new();
    let before = space.tree();
    let Err(error) = host.begin(None, &space, tool, arguments).await else {
        panic!("{tool} {arguments} is refused")
    };
    assert_eq!(space.tree(), before);
    assert!(error.is_for_the_model());
    error.to_string()
}

async fn file_write(arguments: &str) -> String {
    refused(Host::tools().await, "file_write", arguments).await
}

#[tokio::test]
async fn a_field_of_the_wrong_type_is_named() {
    assert_snapshot!(file_write(r#"{"path": 5, "content": "x"}"#).await, @r#"invalid arguments: at /path: 5 is not of type "string""#);
}

#[tokio::test]
async fn a_value_that_is_not_allowed_is_named() {
    assert_snapshot!(file_write(r#"{"path": "files/a", "content": "x", "mode": "replace"}"#).await, @r#"invalid arguments: at /mode: "replace" is not one of "create", "overwrite" or "append""#);
}

#[tokio::test]
async fn a_missing_field_is_named() {
    assert_snapshot!(file_write(r#"{"path": "files/a"}"#).await, @r#"invalid arguments: "content" is a required property"#);
}

#[tokio::test]
async fn an_unknown_field_is_named() {
    assert_snapshot!(file_write(r#"{"path": "files/a", "content": "x", "contents": "y"}"#).await, @"invalid arguments: Additional properties are not allowed ('contents' was unexpected)");
}

#[tokio::test]
async fn a_fault_deep_inside_is_named_with_its_place() {
    let moves = r#"{"moves": [{"from": "files/a", "to": "files/b"}, {"from": "files/c", "too": "files/d"}]}"#;
    assert_snapshot!(refused(Host::tools().await, "file_move", moves).await, @r#"invalid arguments: at /moves/1: "to" is a required property; at /moves/1: Additional properties are not allowed ('too' was unexpected)"#);
}

#[tokio::test]
async fn broken_json_is_said_to_be_so() {
    assert_snapshot!(file_write(r#"{"path": "files/a", "content": "#).await, @"invalid arguments: they are not JSON: EOF while parsing a value at line 1 column 31");
    assert_snapshot!(file_write(r#"["files/a", "x"]"#).await, @r#"invalid arguments: ["files/a","x"] is not of type "object""#);
    assert_snapshot!(file_write(r#"{} {}"#).await, @"invalid arguments: they are not JSON: trailing characters at line 1 column 4");
}

#[tokio::test]
async fn nothing_at_all_stands_for_no_arguments() {
    assert_snapshot!(file_write("").await, @r#"invalid arguments: "path" is a required property; "content" is a required property"#);
}

#[tokio::test]
async fn an_unknown_tool_is_answered_with_those_that_there_are() {
    assert_snapshot!(refused(Host::tools().await, "file_erase", "{}").await, @r#"there is no tool "file_erase"; there are: archive, ask_person, chart, data_query, deliverable_create, document_read, file_delete, file_edit, file_info, file_list, file_move, file_read, file_search, file_write, image, memory_forget, memory_retrieve, memory_store, ocr, spreadsheet_read, spreadsheet_write, sub_agent_message, sub_agent_spawn, task_update, tool_search, web_fetch, web_search"#);
}

#[tokio::test]
async fn a_long_mistake_makes_a_short_error() {
    let huge = "x".repeat(1 << 20);
    assert!(refused(Host::tools().await, &huge, "{}").await.len() < 2000);
    assert!(file_write(&format!(r#"{{"path": ["{huge}"], "content": "x"}}"#)).await.len() < 2000);
    assert!(file_write(&format!(r#"{{"{huge}": 1}}"#)).await.len() < 2000);
}
