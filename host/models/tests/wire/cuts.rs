//! A connection may break at any byte.

use crate::support::{FORMATS, answer, at_once, call, model, plan_request, request, server};
use cowork_domain::message::{Answer, Usage};
use cowork_model_server::{ModelServer, Reply, WireFormat};
use cowork_models::{Model, ModelError, Request, Retrying};
use std::sync::Arc;

/// After so many cuts the next attempt is made as well.
const AGAIN: usize = 53;

/// Cuts the answer to a request at every byte: it is never taken for whole, and the next attempt brings it whole, with
/// nothing of what was cut.
async fn cut_everywhere(format: WireFormat, asked: Request, whole: Answer) {
    let server = server([Reply::Answer(whole.clone())]).await;
    let model = model(&server, format);
    let expected = model.answer(asked.clone()).await.expect("answer");
    let length = ModelServer::rendered(&server.requests()[0], &whole).len();
    assert!(length > 500, "{length} bytes to cut at");
    for bytes in 0..length {
        server.push(Reply::CutAfter { answer: whole.clone(), bytes });
        let error = model.answer(asked.clone()).await.expect_err("cut");
        assert!(error.is_transient() && error.may_have_cost(), "{format:?}: cut at {bytes}: {error:?}");
        if bytes % AGAIN == 0 {
            server.push(Reply::CutAfter { answer: whole.clone(), bytes });
            server.push(Reply::Answer(whole.clone()));
            let retrying = Retrying::new(Arc::clone(&model), at_once(1));
            let answer = retrying.answer(asked.clone()).await.expect("the second attempt");
            assert_eq!(answer, Answer { unaccounted: 1, ..expected.clone() }, "{format:?}: cut at {bytes}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_with_a_call_that_is_cut_at_any_byte_is_never_taken_for_whole() {
    let whole = Answer {
        text: "Größe 領収書 🧾".into(),
        tool_calls: vec![call("a", "file_list", r#"{"path":"файлы"}"#)],
        usage: Usage { input_tokens: 120, output_tokens: 34, ..Usage::default() },
        ..Answer::default()
    };
    let [openai, anthropic] = FORMATS.map(|format| cut_everywhere(format, request(), whole.clone()));
    tokio::join!(openai, anthropic);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_is_cut_at_any_byte_is_never_taken_for_whole() {
    let whole = Answer { text: r#"{"summary":"領収書"}"#.to_owned(), ..Answer::default() };
    let [openai, anthropic] = FORMATS.map(|format| cut_everywhere(format, plan_request(), whole.clone()));
    tokio::join!(openai, anthropic);
}

#[tokio::test]
async fn what_stays_cut_is_told_as_such() {
    for format in FORMATS {
        let server = server((0..3).map(|_| Reply::CutAfter { answer: answer(), bytes: 600 })).await;
        let retrying = Retrying::new(model(&server, format), at_once(2));
        let error = retrying.answer(request()).await.expect_err("cut");
        assert!(matches!(error, ModelError::Cut { .. }) && error.may_have_cost(), "{error:?}");
    }
}
