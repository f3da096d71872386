//! How often a plugin is called: in a minute, and at once.

use crate::{CallError, Limits};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

const WINDOW: Duration = Duration::from_secs(60);

/// The calls of all plugins.
#[derive(Debug, Default, Clone)]
pub(crate) struct Quotas {
    plugins: Arc<Mutex<HashMap<String, Count>>>,
}

#[derive(Debug, Default)]
struct Count {
    /// When the calls of the last minute began.
    begun: VecDeque<Instant>,
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
        let count = plugins.entry(plugin.to_owned()).or_default();
        while count.begun.front().is_some_and(|begun| now.saturating_duration_since(*begun) >= WINDOW) {
            count.begun.pop_front();
        }
        if count.begun.len() as u64 >= limits.calls_per_minute {
            let plugin = plugin.to_owned();
            return Err(CallError::TooManyCalls { plugin, limit: limits.calls_per_minute });
        }
        if count.at_once >= limits.calls_at_once {
            let plugin = plugin.to_owned();
            return Err(CallError::TooManyAtOnce { plugin, limit: limits.calls_at_once });
        }
        count.begun.push_back(now);
        count.at_once += 1;
        Ok(Counted { quotas: self.clone(), plugin: plugin.to_owned() })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Count>> {
        self.plugins.lock().unwrap_or_else(PoisonError::into_inner)
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
        assert!(begin(89).is_err(), "they count for a whole minute");
        begin(90).expect("a minute later");
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
