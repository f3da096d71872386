use super::*;
use crate::Label;
use cowork_domain::message::Stop;
use futures::StreamExt;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::time::Instant;

/// Fails `failures` times after a piece of text, then answers.
struct Flaky {
    failures: u32,
    attempts: AtomicU32,
    error: fn() -> ModelError,
}

impl Model for Flaky {
    fn stream(&self, _: Request) -> BoxStream<'static, Result<Delta, ModelError>> {
        let attempt = self.attempts.fetch_add(1, Ordering::Relaxed);
        let end = if attempt < self.failures { Err((self.error)()) } else { Ok(Delta::Stop(Stop::End)) };
        futures::stream::iter([Ok(Delta::Text(format!("attempt {attempt}"))), end]).boxed()
    }
}

fn flaky(failures: u32, error: fn() -> ModelError) -> Retrying<Flaky> {
    let model = Flaky { failures, attempts: AtomicU32::new(0), error };
    Retrying::with_rng(model, RetryPolicy::default(), StdRng::seed_from_u64(7))
}

fn request() -> Request {
    Request {
        label: Label::Plan,
        system: "".into(),
        messages: [].into(),
        tools: [].into(),
        schema: None,
        max_output_tokens: 1,
    }
}

fn cut() -> ModelError {
    ModelError::Cut { source: None }
}

#[tokio::test(start_paused = true)]
async fn a_cut_answer_is_asked_for_again_and_nothing_of_it_is_kept() {
    let answer = flaky(2, cut).answer(request()).await.expect("answer");
    assert_eq!(answer.text, "attempt 2");
}

#[tokio::test(start_paused = true)]
async fn gives_up_after_four_retries() {
    let began = Instant::now();
    let model = flaky(99, cut);
    let error = model.answer(request()).await.expect_err("gives up");
    assert!(matches!(error, ModelError::Cut { .. }), "{error:?}");
    assert_eq!(model.model.attempts.load(Ordering::Relaxed), 5);
    let waited = began.elapsed();
    assert!(
        waited > Duration::ZERO && waited <= Duration::from_millis(500 + 1_000 + 2_000 + 4_000),
        "{waited:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn waits_as_long_as_the_provider_asks() {
    let limited =
        || ModelError::RateLimited { message: String::new(), retry_after: Some(Duration::from_secs(20)) };
    let began = Instant::now();
    flaky(1, limited).answer(request()).await.expect("answer");
    assert_eq!(began.elapsed().as_secs(), 20);
}

#[tokio::test(start_paused = true)]
async fn does_not_repeat_what_cannot_succeed() {
    let refused = || ModelError::Status { status: 401, message: String::new(), retry_after: None };
    let model = flaky(1, refused);
    model.answer(request()).await.expect_err("refused");
    assert_eq!(model.model.attempts.load(Ordering::Relaxed), 1);
}
