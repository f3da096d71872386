//! Trying again after failures that may pass.

mod policy;
#[cfg(test)]
mod tests;

pub use policy::RetryPolicy;

use crate::{Delta, Model, ModelError, Request};
use cowork_domain::message::Answer;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// A model whose [`answer`](Model::answer) is asked for again after [transient](ModelError::is_transient) failures.
///
/// Each attempt begins anew: nothing of an answer that was cut is kept. Its [`stream`](Model::stream) is the inner
/// model's, tried once, since pieces that were handed out cannot be taken back.
pub struct Retrying<M> {
    model: M,
    policy: RetryPolicy,
    rng: Mutex<StdRng>,
}

impl<M: Model> Retrying<M> {
    /// Wraps a model.
    pub fn new(model: M, policy: RetryPolicy) -> Self {
        Self::with_rng(model, policy, StdRng::from_rng(&mut rand::rng()))
    }

    /// Wraps a model; the jitter comes from `rng`.
    pub fn with_rng(model: M, policy: RetryPolicy, rng: StdRng) -> Self {
        Self { model, policy, rng: Mutex::new(rng) }
    }

    async fn attempts(&self, request: Request) -> Result<Answer, ModelError> {
        let (mut retry, mut unaccounted) = (0, 0);
        let began = Instant::now();
        loop {
            let outcome = self.model.answer(request.clone()).await;
            unaccounted += u32::from(outcome.as_ref().is_err_and(ModelError::may_have_cost));
            match outcome {
                // No attempt was made, so none is counted.
                Err(ModelError::Resting { retry_in, .. })
                    if began.elapsed() + retry_in <= self.policy.rest_patience =>
                {
                    tokio::time::sleep(retry_in + self.jitter()).await;
                }
                Err(error @ ModelError::Resting { .. }) => return Err(error),
                Err(error) if error.is_transient() && retry < self.policy.retries => {
                    let delay = self.delay(retry, &error);
                    retry += 1;
                    // The provider's words may quote the context, so only the kind of error is logged.
                    tracing::warn!(
                        label = %request.label,
                        error = error.code(),
                        retry,
                        delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
                        "asking the model again"
                    );
                    tokio::time::sleep(delay).await;
                }
                Ok(answer) => return Ok(Answer { unaccounted: answer.unaccounted + unaccounted, ..answer }),
                Err(error) => return Err(error),
            }
        }
    }

    /// So that many agents who wait for the same do not come at once.
    fn jitter(&self) -> Duration {
        let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
        Duration::from_millis(rng.random_range(0..250))
    }

    fn delay(&self, retry: u32, error: &ModelError) -> Duration {
        // The generator is sound whatever happened to a thread that held it.
        let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
        self.policy.delay(retry, error.retry_after(), &mut *rng)
    }
}

impl<M: Model> Model for Retrying<M> {
    fn name(&self) -> &str {
        self.model.name()
    }

    fn trouble(&self) -> Option<ModelError> {
        self.model.trouble()
    }

    fn stream(&self, request: Request) -> BoxStream<'static, Result<Delta, ModelError>> {
        self.model.stream(request)
    }

    /// As [`Model::answer`]; fails with the last attempt's error.
    fn answer(&self, request: Request) -> BoxFuture<'_, Result<Answer, ModelError>> {
        Box::pin(self.attempts(request))
    }
}
