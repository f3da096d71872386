//! How long to wait before the next attempt.

use rand::{Rng, RngExt};
use std::time::Duration;

/// When to try again and when to give up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often to try again after the first attempt. Default 4.
    pub retries: u32,
    /// The longest wait before the first retry; it doubles with each. Default 500 ms.
    pub base: Duration,
    /// The longest wait of ours. Default 30 s.
    pub cap: Duration,
    /// The longest wait that a provider may ask for with `Retry-After`. Default 60 s.
    pub retry_after_cap: Duration,
    /// How long all in all a provider that [rests](crate::ModelError::Resting) is waited for. Default 3 min; nothing
    /// where another model stands in.
    pub rest_patience: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            retries: 4,
            base: Duration::from_millis(500),
            cap: Duration::from_secs(30),
            retry_after_cap: Duration::from_secs(60),
            rest_patience: Duration::from_secs(180),
        }
    }
}

impl RetryPolicy {
    /// The wait before retry number `retry` (from 0): exponential with full jitter, so that many agents that failed
    /// together do not come back together. Never less than the provider asked for, up to the cap.
    pub fn delay(&self, retry: u32, retry_after: Option<Duration>, rng: &mut impl Rng) -> Duration {
        let ceiling = self.base.saturating_mul(2_u32.saturating_pow(retry)).min(self.cap);
        let ours = ceiling.mul_f64(rng.random_range(0.0..=1.0));
        let theirs = retry_after.unwrap_or_default().min(self.retry_after_cap);
        ours.max(theirs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    #[test]
    fn waits_grow_to_the_cap() {
        let mut rng = StdRng::seed_from_u64(1);
        let policy = RetryPolicy::default();
        for (retry, ceiling_ms) in [(0, 500), (1, 1_000), (3, 4_000), (6, 30_000), (u32::MAX, 30_000)] {
            let delays: Vec<_> = (0..500).map(|_| policy.delay(retry, None, &mut rng).as_millis()).collect();
            let (least, most) = (delays.iter().min().expect("some"), delays.iter().max().expect("some"));
            assert!(*most <= ceiling_ms && *most > ceiling_ms * 9 / 10, "{retry}: {most}");
            assert!(*least < ceiling_ms / 10, "{retry}: {least}");
        }
    }

    #[test]
    fn the_providers_wish_is_a_lower_bound_up_to_its_cap() {
        let mut rng = StdRng::seed_from_u64(1);
        let policy = RetryPolicy::default();
        let seconds = |s| Some(Duration::from_secs(s));
        assert_eq!(policy.delay(0, seconds(7), &mut rng), Duration::from_secs(7));
        assert_eq!(policy.delay(0, seconds(3_600), &mut rng), Duration::from_secs(60));
    }
}
