use super::bucket::Bucket;
use super::*;
use crate::{Label, RateLimits};
use cowork_domain::message::{Stop, Usage};
use futures::future::join_all;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep};

const SECOND: Duration = Duration::from_secs(1);
const POLICY: BreakerPolicy =
    BreakerPolicy { failures: 3, rest: Duration::from_secs(10), longest_rest: Duration::from_secs(30) };

/// A provider that takes a second for each answer and does as it is told.
#[derive(Default)]
struct Provider {
    is_ill: std::sync::atomic::AtomicBool,
    asked: AtomicU32,
    at_work: AtomicU32,
    most_at_work: AtomicU32,
    begun: Mutex<Vec<Instant>>,
}

struct Speaking(Arc<Provider>);

/// One more at work, until it is dropped.
struct AtWork(Arc<Provider>);

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.at_work.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Model for Speaking {
    fn stream(&self, _: Request) -> BoxStream<'static, Result<Delta, ModelError>> {
        let provider = Arc::clone(&self.0);
        async_stream::try_stream! {
            provider.asked.fetch_add(1, Ordering::Relaxed);
            let now = provider.at_work.fetch_add(1, Ordering::Relaxed) + 1;
            provider.most_at_work.fetch_max(now, Ordering::Relaxed);
            provider.begun.lock().expect("a list").push(Instant::now());
            let _at_work = AtWork(Arc::clone(&provider));
            sleep(SECOND).await;
            if provider.is_ill.load(Ordering::Relaxed) {
                Err::<(), _>(ModelError::Status { status: 503, message: String::new(), retry_after: None })?;
            }
            yield Delta::Usage(Usage { input_tokens: 900, output_tokens: 100, ..Usage::default() });
            yield Delta::Stop(Stop::End);
        }
        .boxed()
    }
}

fn guarded(limits: RateLimits) -> (Arc<Provider>, Guarded<Speaking>) {
    let provider = Arc::<Provider>::default();
    let gateway = Gateway::new("http://there", limits, POLICY);
    (Arc::clone(&provider), Guarded::new(Speaking(provider), gateway))
}

fn request() -> Request {
    let messages = [Message::User { text: "word ".repeat(1_000) }].into();
    let (label, system, tools) = (Label::Plan, "".into(), [].into());
    Request { label, system, messages, tools, schema: None, max_output_tokens: 1 }
}

async fn fails(model: &impl Model, times: u32) {
    for _ in 0..times {
        model.answer(request()).await.expect_err("it fails");
    }
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_fails_again_and_again_is_given_a_rest_then_tried_by_one() {
    let (provider, model) = guarded(RateLimits::default());
    provider.is_ill.store(true, Ordering::Relaxed);
    fails(&model, 3).await;
    let error = model.answer(request()).await.expect_err("it rests");
    assert_eq!(
        error.to_string(),
        "the model's server at http://there failed again and again and is asked again in 10 s"
    );
    assert!(model.trouble().is_some());
    assert_eq!(provider.asked.load(Ordering::Relaxed), 3, "nothing is sent");
    sleep(10 * SECOND).await;
    // Of those that come at once, one is sent; it fails, and the rest is longer.
    let ended = join_all((0..5).map(|_| model.answer(request()))).await;
    let resting = ended.iter().filter(|ended| matches!(ended, Err(ModelError::Resting { .. }))).count();
    assert_eq!((resting, provider.asked.load(Ordering::Relaxed)), (4, 4));
    match model.trouble() {
        Some(ModelError::Resting { retry_in, .. }) => assert_eq!(retry_in, 20 * SECOND),
        other => panic!("{other:?}"),
    }
    provider.is_ill.store(false, Ordering::Relaxed);
    sleep(20 * SECOND).await;
    model.answer(request()).await.expect("it is well again");
    assert!(model.trouble().is_none());
    join_all((0..5).map(|_| model.answer(request()))).await.into_iter().for_each(|ended| {
        ended.expect("an answer");
    });
}

#[tokio::test(start_paused = true)]
async fn a_try_that_is_given_up_leaves_the_next_to_try() {
    let (provider, model) = guarded(RateLimits::default());
    provider.is_ill.store(true, Ordering::Relaxed);
    fails(&model, 3).await;
    provider.is_ill.store(false, Ordering::Relaxed);
    sleep(10 * SECOND).await;
    let given_up = tokio::time::timeout(SECOND / 2, model.answer(request())).await;
    assert!(given_up.is_err());
    model.answer(request()).await.expect("the next one tries");
}

#[tokio::test(start_paused = true)]
async fn an_answer_between_failures_keeps_the_provider_at_work() {
    let (provider, model) = guarded(RateLimits::default());
    for _ in 0..5 {
        provider.is_ill.store(true, Ordering::Relaxed);
        fails(&model, 2).await;
        provider.is_ill.store(false, Ordering::Relaxed);
        model.answer(request()).await.expect("an answer");
    }
}

#[tokio::test(start_paused = true)]
async fn so_many_are_at_work_at_once_and_one_that_is_given_up_frees_its_place() {
    let (provider, model) = guarded(RateLimits { requests_at_once: Some(2), ..RateLimits::default() });
    let model = Arc::new(model);
    let asking: Vec<_> = (0..4)
        .map(|_| {
            let model = Arc::clone(&model);
            tokio::spawn(async move { model.answer(request()).await })
        })
        .collect();
    sleep(SECOND / 2).await;
    asking[0].abort();
    asking[1].abort();
    let began = Instant::now();
    for (place, ended) in join_all(asking).await.into_iter().enumerate() {
        assert_eq!(ended.is_err(), place < 2, "those that were given up are gone");
    }
    assert_eq!(began.elapsed(), SECOND, "the others began when these were given up");
    assert_eq!(provider.most_at_work.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn so_many_are_sent_in_a_minute() {
    let (provider, model) = guarded(RateLimits { requests_per_minute: Some(6), ..RateLimits::default() });
    let began = Instant::now();
    join_all((0..12).map(|_| model.answer(request()))).await;
    let begun: Vec<_> =
        provider.begun.lock().expect("a list").iter().map(|at| (*at - began).as_secs()).collect();
    assert_eq!(begun, [0, 0, 0, 0, 0, 0, 10, 20, 30, 40, 50, 60]);
}

#[tokio::test(start_paused = true)]
async fn tokens_are_counted_before_and_corrected_after() {
    let (_, model) = guarded(RateLimits { tokens_per_minute: Some(3_600), ..RateLimits::default() });
    let began = Instant::now();
    for _ in 0..3 {
        model.answer(request()).await.expect("an answer");
    }
    assert_eq!(began.elapsed().as_secs(), 3, "a minute's worth is there at the beginning");
    for _ in 0..3 {
        model.answer(request()).await.expect("an answer");
    }
    // 6,000 tokens, of which 3,600 were there: 60 in a second for the rest.
    let taken = began.elapsed().as_secs();
    assert!((38..=50).contains(&taken), "{taken}");
}

#[tokio::test(start_paused = true)]
async fn what_the_provider_asks_of_one_counts_for_all() {
    let (_, model) = guarded(RateLimits::default());
    let error =
        ModelError::RateLimited { message: String::new(), retry_after: Some(Duration::from_secs(20)) };
    model.gateway.inner.limits.heed(&error);
    let began = Instant::now();
    join_all((0..3).map(|_| model.answer(request()))).await;
    assert_eq!(began.elapsed().as_secs(), 21);
}

#[tokio::test(start_paused = true)]
async fn more_than_fits_is_taken_when_it_is_full_and_owed() {
    let bucket = Bucket::new(60);
    let began = Instant::now();
    bucket.take(120).await;
    assert_eq!(began.elapsed().as_secs(), 0);
    bucket.take(60).await;
    assert_eq!(began.elapsed().as_secs(), 120);
}
