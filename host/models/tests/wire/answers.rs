//! Answers that arrive.

use crate::support::{FORMATS, answer, model, plan_request, request, server};
use cowork_domain::message::{Answer, Stop};
use cowork_model_server::Reply;
use cowork_models::{Delta, Model};
use futures::StreamExt;

#[tokio::test]
async fn an_answer_arrives_whole() {
    for format in FORMATS {
        let server = server([Reply::Answer(answer())]).await;
        let model = model(&server, format);
        assert_eq!(model.answer(request()).await.expect("answer"), answer(), "{format:?}");
    }
}

#[tokio::test]
async fn text_arrives_in_pieces() {
    for format in FORMATS {
        let server = server([Reply::Answer(answer())]).await;
        let deltas: Vec<_> = model(&server, format).stream(request()).collect().await;
        let pieces: Vec<_> = deltas
            .into_iter()
            .filter_map(|delta| match delta.expect("delta") {
                Delta::Text(text) => Some(text),
                _ => None,
            })
            .collect();
        assert!(pieces.len() > 3, "{format:?}: {pieces:?}");
        assert_eq!(pieces.concat(), answer().text);
    }
}

#[tokio::test]
async fn an_answer_at_the_limit_says_so() {
    for format in FORMATS {
        for stop in [Stop::Length, Stop::Refusal] {
            let expected = Answer { text: "So".into(), stop, model: "small".into(), ..Answer::default() };
            let server = server([Reply::Answer(expected.clone())]).await;
            let model = model(&server, format);
            assert_eq!(model.answer(request()).await.expect("answer"), expected, "{format:?}");
        }
    }
}

#[tokio::test]
async fn json_is_the_answers_text() {
    for format in FORMATS {
        let json = r#"{"summary":"Sort by kind"}"#;
        let server = server([Reply::text(json)]).await;
        let model = model(&server, format);
        let answer = model.answer(plan_request()).await.expect("answer");
        assert_eq!((answer.text.as_str(), answer.tool_calls), (json, vec![]), "{format:?}");
    }
}
