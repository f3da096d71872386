//! Each part of a request has a limit of its own.

use crate::support::{FORMATS, answer, model_at, model_with, request, server};
use cowork_model_server::Reply;
use cowork_models::{Model, ModelError, Timeouts};
use std::time::{Duration, Instant};
use tokio::net::{TcpSocket, TcpStream};

const SOON: Duration = Duration::from_millis(40);
const NEVER: Duration = Duration::from_secs(600);

#[tokio::test]
async fn a_server_that_takes_no_connection_is_given_up() {
    // A queue that is full: the system answers no further connection.
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(([127, 0, 0, 1], 0).into()).expect("a port");
    let listener = socket.listen(1).expect("a queue");
    let address = listener.local_addr().expect("an address");
    let mut waiting = Vec::new();
    while let Ok(Ok(stream)) = tokio::time::timeout(SOON, TcpStream::connect(address)).await {
        waiting.push(stream);
    }
    for format in FORMATS {
        let timeouts = Timeouts { connect: SOON, first_token: NEVER, idle: NEVER };
        let model = model_at(format!("http://{address}/v1"), format, timeouts);
        let error = model.answer(request()).await.expect_err("no connection");
        assert_eq!(
            error.to_string(),
            format!("the model's server at http://{address} takes no connection within 0.04 s")
        );
        assert!(error.is_transient() && !error.may_have_cost());
    }
}

#[tokio::test]
async fn a_model_that_does_not_begin_is_given_up() {
    let timeouts = Timeouts { connect: NEVER, first_token: SOON, idle: NEVER };
    for format in FORMATS {
        // Before the headers, and after them with signs of life that say nothing of the answer.
        for reply in [Reply::Hang, Reply::SilentAfter { answer: answer(), bytes: 0 }] {
            let server = server([reply]).await;
            let error = model_with(&server, format, timeouts).answer(request()).await.expect_err("no answer");
            assert!(matches!(error, ModelError::FirstTokenTimeout { .. }), "{format:?}: {error:?}");
            assert!(error.is_transient() && error.may_have_cost());
        }
    }
}

#[tokio::test]
async fn silence_in_the_middle_of_an_answer_ends_it() {
    let timeouts = Timeouts { connect: NEVER, first_token: NEVER, idle: SOON };
    for format in FORMATS {
        let server = server([Reply::SilentAfter { answer: answer(), bytes: 900 }]).await;
        let began = Instant::now();
        let error = model_with(&server, format, timeouts).answer(request()).await.expect_err("silence");
        assert!(matches!(error, ModelError::IdleTimeout { .. }), "{format:?}: {error:?}");
        assert!(error.is_transient() && began.elapsed() < NEVER);
    }
}

#[tokio::test]
async fn a_model_that_reads_for_long_before_it_answers_is_waited_for() {
    // The limit for silence counts from the first sign on.
    let timeouts = Timeouts { connect: NEVER, first_token: SOON * 4, idle: SOON / 4 };
    for format in FORMATS {
        let server = server([Reply::SilentAfter { answer: answer(), bytes: 0 }]).await;
        let began = Instant::now();
        let error = model_with(&server, format, timeouts).answer(request()).await.expect_err("silence");
        assert!(matches!(error, ModelError::FirstTokenTimeout { .. }), "{format:?}: {error:?}");
        assert!(began.elapsed() >= SOON * 4);
    }
}
