//! How much a key may ask, whoever asks with it.

use super::bucket::Bucket;
use crate::ModelError;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// How much may be asked with one key. What is not set is not limited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateLimits {
    /// Requests at once.
    #[serde(default)]
    pub requests_at_once: Option<u32>,
    /// Requests in a minute.
    #[serde(default)]
    pub requests_per_minute: Option<u32>,
    /// Tokens read and written in a minute.
    #[serde(default)]
    pub tokens_per_minute: Option<u32>,
}

impl RateLimits {
    /// The tighter of both, each for itself.
    pub fn and(self, other: Self) -> Self {
        let least = |a: Option<u32>, b: Option<u32>| a.into_iter().chain(b).min();
        Self {
            requests_at_once: least(self.requests_at_once, other.requests_at_once),
            requests_per_minute: least(self.requests_per_minute, other.requests_per_minute),
            tokens_per_minute: least(self.tokens_per_minute, other.tokens_per_minute),
        }
    }
}

#[derive(Debug)]
pub(super) struct Limits {
    places: Option<Arc<Semaphore>>,
    requests: Option<Bucket>,
    tokens: Option<Bucket>,
    /// The provider asked to be left alone until then.
    pause: Mutex<Option<Instant>>,
}

/// A request's place. Dropping it lets the next one in.
#[derive(Debug)]
pub(super) struct Place<'a> {
    limits: &'a Limits,
    /// Tokens that were counted for it so far.
    counted: u64,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Limits {
    pub(super) fn new(limits: RateLimits) -> Self {
        let places = |count: u32| Arc::new(Semaphore::new(count.max(1) as usize));
        Self {
            places: limits.requests_at_once.map(places),
            requests: limits.requests_per_minute.map(Bucket::new),
            tokens: limits.tokens_per_minute.map(Bucket::new),
            pause: Mutex::default(),
        }
    }

    pub(super) fn count_tokens(&self) -> bool {
        self.tokens.is_some()
    }

    /// Waits for a place for a request of about so many tokens.
    pub(super) async fn enter(&self, tokens: u32) -> Place<'_> {
        let permit = match &self.places {
            // The semaphore is never closed: an error cannot happen, and would only mean not to limit.
            Some(places) => Arc::clone(places).acquire_owned().await.ok(),
            None => None,
        };
        while let Some(until) = self.paused_until() {
            tokio::time::sleep_until(until).await;
        }
        if let Some(requests) = &self.requests {
            requests.take(1).await;
        }
        if let Some(bucket) = &self.tokens {
            bucket.take(tokens).await;
        }
        Place { limits: self, counted: u64::from(tokens), _permit: permit }
    }

    /// A provider that limits the rate for one request limits it for all of the key.
    pub(super) fn heed(&self, error: &ModelError) {
        if let ModelError::RateLimited { retry_after: Some(wait), .. } = error {
            let until = Instant::now() + (*wait).min(crate::RetryPolicy::default().retry_after_cap);
            let mut pause = self.pause.lock().unwrap_or_else(PoisonError::into_inner);
            *pause = (*pause).max(Some(until));
        }
    }

    fn paused_until(&self) -> Option<Instant> {
        let pause = *self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        pause.filter(|until| *until > Instant::now())
    }
}

impl Place<'_> {
    /// Tells how many tokens the request has come to so far.
    pub(super) fn used(&mut self, tokens: u64) {
        if let Some(bucket) = &self.limits.tokens {
            bucket.charge(tokens as f64 - self.counted as f64);
            self.counted = tokens;
        }
    }
}
