//! A recorded conversation over HTTP is the same as without.

use crate::support::{FORMATS, model, request};
use cowork_domain::message::Answer;
use cowork_model_server::ModelServer;
use cowork_models::{Label, Model, ModelError, Request, Scripted};

const SCRIPT: &str = r#"
[[part]]
agent = "Sort files"
[[part.answer]]
text = "first"
[[part.answer]]
text = 'After {{ last[0].tool }} (error: {{ last[0].is_error }}) said "{{ last[0].text }}" for "{{ task }}".'
calls = '[{"tool": "file_list", "arguments": {"path": "."}}, {"tool": "file_move"}]'
"#;

#[tokio::test]
async fn both_formats_carry_a_script() {
    let direct = Scripted::from_text("script", SCRIPT).expect("script").reply(&request()).expect("reply");
    assert_eq!(direct.text, r#"After file_list (error: True) said "no such folder" for "Sort my files"."#);
    for format in FORMATS {
        let server = ModelServer::scripted(SCRIPT).await.expect("server");
        let model = model(&server, format);
        let expected = Answer { model: "small".into(), ..direct.clone() };
        assert_eq!(model.answer(request()).await.expect("answer"), expected, "{format:?}");
    }
}

#[tokio::test]
async fn what_the_script_lacks_is_told() {
    for format in FORMATS {
        let server = ModelServer::scripted(SCRIPT).await.expect("server");
        let other = Request { system: Label::Plan.purpose_line().into(), ..request() };
        match model(&server, format).answer(other).await.expect_err("no part") {
            ModelError::Status { status: 400, message, .. } => {
                assert_eq!(message, "script: no part is for `plan` (asked for turn 2)");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_wrong_script_does_not_start() {
    assert!(ModelServer::scripted("[[part]]").await.is_err());
}
