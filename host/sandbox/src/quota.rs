//! How often a plugin is called: in a minute, and at once.

use crate::{CallError, Limits};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

const WINDOW: Duration = Duration::from_secs(60);

/// The calls of all plugins.
#[derive(Debug, Default, Clone)]
pub(crate) struct Quotas {
    plugins: Arc<Mutex<HashMap<String, Count>>>,
}

/// Windows of a minute follow each other, and the one before counts by the part of it that is still within a minute.
#[derive(Debug)]
struct Count {
    window: Instant,
    before: u64,
    calls: u64,
    at_once: u64,
}

/// A call that counts as long as this lives.
#[derive(Debug)]
pub(crate) struct Counted {
    quotas: Quotas,
    plugin: String,
}

impl Quotas {
    /// Counts a call that begins now, or says which limit is reached.
    pub(crate) fn begin(&self, plugin: &str, limits: &Limits, now: Instant) -> Result<Counted, CallError> {
        let mut plugins = self.lock();
        let count = plugins.entry(plugin.to_owned()).or_insert_with(|| Count::new(now));
        count.move_on(now);
        let lately = count.lately(now);
        if lately >= limits.calls_per_minute {
            let plugin = plugin.to_owned();
            return Err(CallError::TooManyCalls { plugin, limit: limits.calls_per_minute });
        }
        if count.at_once >= limits.calls_at_once {
            let plugin = plugin.to_owned();
            return Err(CallError::TooManyAtOnce { plugin, limit: limits.calls_at_once });
        }
        count.calls += 1;
        count.at_once += 1;
        Ok(Counted { quotas: self.clone(), plugin: plugin.to_owned() })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Count>> {
        self.plugins.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Count {
    fn new(now: Instant) -> Self {
        Self { window: now, before: 0, calls: 0, at_once: 0 }
    }

    fn move_on(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.window);
        if passed >= WINDOW {
            self.before = if passed < 2 * WINDOW { self.calls } else { 0 };
            self.calls = 0;
            self.window += WINDOW * u32::try_from(passed.as_secs() / WINDOW.as_secs()).unwrap_or(u32::MAX);
        }
    }

    fn lately(&self, now: Instant) -> u64 {
        let passed = now.saturating_duration_since(self.window).as_millis();
        let left = WINDOW.as_millis().saturating_sub(passed);
        let before = u128::from(self.before) * left / WINDOW.as_millis();
        self.calls + u64::try_from(before).unwrap_or(u64::MAX)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if let Some(count) = self.quotas.lock().get_mut(&self.plugin) {
            count.at_once = count.at_once.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_calls_in_a_minute_and_no_more() {
        let (quotas, start) = (Quotas::default(), Instant::now());
        let limits = Limits { calls_per_minute: 3, ..Limits::default() };
        let begin = |seconds| quotas.begin("p", &limits, start + Duration::from_secs(seconds)).map(drop);
        for _ in 0..3 {
            begin(30).expect("one more");
        }
        assert!(matches!(begin(59), Err(CallError::TooManyCalls { limit: 3, .. })));
        assert!(begin(61).is_err(), "the minute has begun anew and those before still count");
        begin(121).expect("a minute later");
    }

    #[test]
    fn so_many_at_once() {
        let (quotas, now) = (Quotas::default(), Instant::now());
        let limits = Limits { calls_at_once: 1, ..Limits::default() };
        let first = quotas.begin("p", &limits, now).expect("the first");
        assert!(matches!(quotas.begin("p", &limits, now), Err(CallError::TooManyAtOnce { .. })));
        quotas.begin("other", &limits, now).expect("another plugin");
        drop(first);
        quotas.begin("p", &limits, now).expect("the next");
    }
}
