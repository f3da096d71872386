//! A circuit breaker: a provider that fails again and again is given a rest, then tried with one request.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// When a provider is given a rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerPolicy {
    /// Failures in a row, of all agents together, after which it rests. Default 5.
    pub failures: u32,
    /// The first rest; it doubles while the request that tries the provider fails. Default 15 s.
    pub rest: Duration,
    /// The longest rest. Default 2 min.
    pub longest_rest: Duration,
}

impl Default for BreakerPolicy {
    fn default() -> Self {
        Self { failures: 5, rest: Duration::from_secs(15), longest_rest: Duration::from_secs(120) }
    }
}

/// How soon it is worth to look again whether the request that tries the provider has come back.
const WHILE_TRIED: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Breaker {
    policy: BreakerPolicy,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Requests go through.
    Closed { failures: u32 },
    /// None does until then; the next one tries the provider.
    Open { until: Instant, rest: Duration },
    /// One is on its way.
    HalfOpen { rest: Duration },
}

/// Leave to ask the provider. What came of it is told by [`Admission::judge`]; without, nobody knows.
#[derive(Debug)]
pub(super) struct Admission<'a> {
    breaker: &'a Breaker,
    tries: Option<Duration>,
    is_judged: std::cell::Cell<bool>,
}

impl Breaker {
    pub(super) fn new(policy: BreakerPolicy) -> Self {
        Self { policy, state: Mutex::new(State::Closed { failures: 0 }) }
    }

    /// How long the provider still rests; `None` if a request would be let through.
    pub(super) fn rests(&self) -> Option<Duration> {
        match *self.lock() {
            State::Closed { .. } => None,
            State::Open { until, .. } => {
                Some(until.saturating_duration_since(Instant::now())).filter(|rest| !rest.is_zero())
            }
            State::HalfOpen { .. } => Some(WHILE_TRIED),
        }
    }

    /// Lets a request through, or says when to come again.
    pub(super) fn admit(&self) -> Result<Admission<'_>, Duration> {
        let mut state = self.lock();
        let tries = match *state {
            State::Closed { .. } => None,
            State::Open { until, rest } => {
                let left = until.saturating_duration_since(Instant::now());
                if !left.is_zero() {
                    return Err(left);
                }
                *state = State::HalfOpen { rest };
                Some(rest)
            }
            State::HalfOpen { .. } => return Err(WHILE_TRIED),
        };
        Ok(Admission { breaker: self, tries, is_judged: false.into() })
    }

    fn failed(&self, tried: Option<Duration>) {
        let mut state = self.lock();
        let open = |rest| State::Open { until: Instant::now() + rest, rest };
        *state = match (*state, tried) {
            (State::HalfOpen { .. }, Some(rest)) => open((rest * 2).min(self.policy.longest_rest)),
            (State::Closed { failures }, _) if failures + 1 >= self.policy.failures => open(self.policy.rest),
            (State::Closed { failures }, _) => State::Closed { failures: failures + 1 },
            // It left before the others failed; the rest has begun.
            (other, _) => other,
        };
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Admission<'_> {
    /// Tells whether the provider failed. Only the first word counts.
    pub(super) fn judge(&self, failed: bool) {
        if self.is_judged.replace(true) {
            return;
        }
        if failed {
            self.breaker.failed(self.tries);
        } else {
            *self.breaker.lock() = State::Closed { failures: 0 };
        }
    }
}

impl Drop for Admission<'_> {
    /// A try that was given up says nothing: the next request tries again.
    fn drop(&mut self) {
        if let (false, Some(rest)) = (self.is_judged.get(), self.tries) {
            *self.breaker.lock() = State::Open { until: Instant::now(), rest };
        }
    }
}
