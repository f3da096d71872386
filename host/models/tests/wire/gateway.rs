//! Limits, rests and models that stand in for each other, over HTTP.

use crate::support::{FORMATS, answer, at_once, model, request, server};
use cowork_domain::message::Answer;
use cowork_model_server::{ModelServer, Reply, WireFormat};
use cowork_models::{
    BreakerPolicy, Fallback, Gateway, Guarded, Model, ModelError, RateLimits, RetryPolicy, Retrying,
};
use std::sync::Arc;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3_600);

/// A model that gives up after one retry, and rests for an hour after three failures.
fn guarded(server: &ModelServer, format: WireFormat, limits: RateLimits) -> Arc<dyn Model> {
    let policy = BreakerPolicy { failures: 3, rest: HOUR, longest_rest: HOUR };
    let gateway = Gateway::new("http://there", limits, policy);
    let policy = RetryPolicy { rest_patience: Duration::ZERO, ..at_once(1) };
    Arc::new(Retrying::new(Guarded::new(model(server, format), gateway), policy))
}

fn unlimited(server: &ModelServer, format: WireFormat) -> Arc<dyn Model> {
    guarded(server, format, RateLimits::default())
}

#[tokio::test]
async fn a_provider_that_rests_is_not_asked_and_the_client_is_told_when_it_is_again() {
    for format in FORMATS {
        let server = server((0..9).map(|_| Reply::status(503, "down"))).await;
        let model = unlimited(&server, format);
        model.answer(request()).await.expect_err("down");
        let error = model.answer(request()).await.expect_err("down");
        assert!(matches!(error, ModelError::Resting { .. }), "the third failure: {error:?}");
        assert!(error.to_string().contains("is asked again in 3600 s"), "{error}");
        model.answer(request()).await.expect_err("it rests");
        assert_eq!(server.requests().len(), 3, "{format:?}");
    }
}

#[tokio::test]
async fn the_next_model_answers_where_one_gives_up_and_the_answer_says_which() {
    for format in FORMATS {
        let (ill, well) = (server((0..9).map(|_| Reply::status(503, "down"))).await, server([]).await);
        let fallback =
            Fallback::new(unlimited(&ill, format), vec![renamed(unlimited(&well, format), "other")]);
        for _ in 0..4 {
            well.push(Reply::Answer(answer()));
            let answered = fallback.answer(request()).await.expect("an answer");
            assert_eq!(answered, Answer { model: "other".into(), ..answer() });
        }
        assert_eq!((ill.requests().len(), well.requests().len()), (3, 4), "the first rests in the end");
        assert!(fallback.trouble().is_none(), "one of them is well");
    }
}

#[tokio::test]
async fn a_refused_key_of_one_model_does_not_keep_the_next_from_answering() {
    for format in FORMATS {
        let (refusing, well) =
            (server([Reply::status(401, "bad key")]).await, server([Reply::Answer(answer())]).await);
        let fallback = Fallback::new(unlimited(&refusing, format), vec![unlimited(&well, format)]);
        assert_eq!(fallback.answer(request()).await.expect("an answer"), answer());
    }
}

#[tokio::test]
async fn where_none_answers_each_says_why() {
    let (refusing, ill) = (
        server([Reply::status(401, "bad key")]).await,
        server([Reply::status(500, "oops"), Reply::status(500, "oops")]).await,
    );
    let format = WireFormat::Anthropic;
    let fallback = Fallback::new(unlimited(&refusing, format), vec![unlimited(&ill, format)]);
    let error = fallback.answer(request()).await.expect_err("no answer");
    insta::assert_snapshot!(error, @"no model answered: small: the provider answered with status 401: bad key; small: the provider answered with status 500: oops");
    assert_eq!(error.hint(), Some("check the API key"));
}

#[tokio::test]
async fn a_context_that_is_too_long_is_not_sent_to_the_next_model() {
    for format in FORMATS {
        let (first, second) = (
            server([Reply::status(400, "prompt is too long: 9 tokens > 8 maximum")]).await,
            server([Reply::Answer(answer())]).await,
        );
        let fallback = Fallback::new(unlimited(&first, format), vec![unlimited(&second, format)]);
        let error = fallback.answer(request()).await.expect_err("too long");
        assert!(matches!(error, ModelError::ContextOverflow { .. }), "{error:?}");
        assert!(second.requests().is_empty());
    }
}

#[tokio::test]
async fn one_that_is_dropped_frees_its_place() {
    for format in FORMATS {
        let server = server([Reply::Hang, Reply::Answer(answer())]).await;
        let limits = RateLimits { requests_at_once: Some(1), ..RateLimits::default() };
        let model = guarded(&server, format, limits);
        let dropped = tokio::time::timeout(Duration::from_millis(50), model.answer(request())).await;
        assert!(dropped.is_err(), "it hangs");
        assert_eq!(model.answer(request()).await.expect("the next one has the place"), answer());
    }
}

struct Renamed(Arc<dyn Model>, &'static str);

impl Model for Renamed {
    fn name(&self) -> &str {
        self.1
    }

    fn stream(
        &self,
        request: cowork_models::Request,
    ) -> futures::stream::BoxStream<'static, Result<cowork_models::Delta, ModelError>> {
        self.0.stream(request)
    }
}

fn renamed(model: Arc<dyn Model>, name: &'static str) -> Arc<dyn Model> {
    Arc::new(Renamed(model, name))
}
