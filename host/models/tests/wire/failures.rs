//! Answers that do not arrive.

use crate::support::{FORMATS, answer, model, request, retrying, server};
use cowork_domain::message::Answer;
use cowork_model_server::{Reply, WireFormat};
use cowork_models::{Model, ModelError};
use futures::StreamExt;
use std::time::Duration;

fn status(code: u16, retry_after: &str) -> Reply {
    let body = r#"{"error":{"type":"x","message":"not now, key-1"}}"#.to_owned();
    Reply::Status { code, retry_after: Some(retry_after.to_owned()), body }
}

/// The error of one attempt.
async fn fails(format: WireFormat, reply: Reply) -> ModelError {
    let server = server([reply]).await;
    model(&server, format).answer(request()).await.expect_err("fails")
}

#[tokio::test]
async fn a_limited_request_succeeds_later() {
    for format in FORMATS {
        let server = server([status(429, "7"), status(529, "0"), Reply::Answer(answer())]).await;
        assert_eq!(
            retrying(&server, format).answer(request()).await.expect("answer"),
            answer(),
            "{format:?}"
        );
        assert_eq!(server.requests().len(), 3);
    }
}

#[tokio::test]
async fn the_providers_words_and_wish_are_told_but_not_the_key() {
    for format in FORMATS {
        match fails(format, status(429, "7")).await {
            ModelError::RateLimited { message, retry_after } => {
                assert_eq!((message.as_str(), retry_after), ("not now, ***", Some(Duration::from_secs(7))));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_server_in_trouble_is_given_up() {
    for format in FORMATS {
        let server = server((0..9).map(|_| Reply::status(500, "oops"))).await;
        let error = retrying(&server, format).answer(request()).await.expect_err("gives up");
        assert!(matches!(error, ModelError::Status { status: 500, .. }), "{error:?}");
        assert_eq!(server.requests().len(), 5, "{format:?}");
    }
}

#[tokio::test]
async fn a_refusal_is_not_repeated() {
    for format in FORMATS {
        for code in [400, 401, 403, 404] {
            let server = server([Reply::status(code, "no"), Reply::Answer(answer())]).await;
            let error = retrying(&server, format).answer(request()).await.expect_err("refused");
            assert!(error.hint().is_some(), "{error:?}");
            assert_eq!(server.requests().len(), 1, "{format:?}: {code}");
        }
    }
}

#[tokio::test]
async fn a_server_that_is_down_is_unreachable() {
    for format in FORMATS {
        let server = server([]).await;
        let model = retrying(&server, format);
        let base = server.anthropic_base();
        drop(server);
        let error = model.answer(request()).await.expect_err("down");
        assert_eq!(error.to_string(), format!("cannot reach the model's server at {base}"));
        assert!(error.is_transient());
    }
}

#[tokio::test]
async fn a_cut_answer_is_asked_for_again() {
    for format in FORMATS {
        let cut = |bytes| Reply::CutAfter { answer: answer(), bytes };
        let server = server([cut(0), cut(700), Reply::Answer(answer())]).await;
        let expected = Answer { unaccounted: 2, ..answer() };
        assert_eq!(
            retrying(&server, format).answer(request()).await.expect("answer"),
            expected,
            "{format:?}: nothing is kept of what was cut, and that it may have cost something is told"
        );
        assert_eq!(server.requests().len(), 3);
    }
}

#[tokio::test]
async fn a_broken_connection_and_an_early_end_are_both_cuts() {
    for format in FORMATS {
        let cut = Reply::CutAfter { answer: answer(), bytes: 700 };
        for reply in [cut, Reply::Raw(String::new()), Reply::Raw(": ping\n\ndata: {\"choi".into())] {
            let error = fails(format, reply).await;
            assert!(matches!(error, ModelError::Cut { .. }), "{format:?}: {error:?}");
        }
    }
}

#[tokio::test]
async fn garbage_is_malformed_and_not_repeated() {
    for format in FORMATS {
        let server = server([Reply::Raw("data: {oops\n\n".into()), Reply::Answer(answer())]).await;
        let error = retrying(&server, format).answer(request()).await.expect_err("garbage");
        assert!(matches!(error, ModelError::Malformed { source: Some(_), .. }), "{error:?}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_web_page_is_not_an_answer() {
    for format in FORMATS {
        let page = Reply::Status { code: 200, retry_after: None, body: "{}".into() };
        let error = fails(format, page).await;
        assert!(matches!(error, ModelError::Malformed { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn an_error_in_the_middle_breaks_the_answer_off() {
    let event = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    for format in FORMATS {
        let server =
            server([Reply::Raw(format!("event: error\ndata: {event}\n\n")), Reply::Answer(answer())]).await;
        let broken = model(&server, format).answer(request()).await.expect_err("broken");
        assert_eq!(broken.to_string(), "the provider broke off its answer (overloaded_error): Overloaded");
        assert!(broken.is_transient());
        let mended = retrying(&server, format).answer(request()).await.expect("answer");
        assert_eq!(mended, answer());
    }
}

#[tokio::test]
async fn nothing_is_sent_before_the_stream_is_polled() {
    for format in FORMATS {
        let server = server([Reply::Answer(answer()), Reply::Answer(answer())]).await;
        let model = model(&server, format);
        drop(model.stream(request()));
        let mut stream = model.stream(request());
        stream.next().await.expect("a delta").expect("good");
        drop(stream);
        assert_eq!(server.requests().len(), 1, "{format:?}");
    }
}
