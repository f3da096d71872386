//! Clock and random numbers of a call, the same again when it runs again.

use cap_std::time::SystemClock;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};
use wasmtime_wasi::HostWallClock;

/// Readings that are kept. A guest that looks at the clock more often than this is on its own.
const READINGS: usize = 1000;

/// What a call has read from the clock, since 1970, and what it is to read first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Readings {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    readings: Vec<Duration>,
    next: usize,
}

impl Readings {
    /// Those of an earlier run come first.
    pub(crate) fn after(earlier: Vec<Duration>) -> Self {
        Self { state: Arc::new(Mutex::new(State { readings: earlier, next: 0 })) }
    }

    /// What this run has read so far.
    pub(crate) fn so_far(&self) -> Vec<Duration> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.readings[..state.next.min(state.readings.len())].to_vec()
    }
}

impl HostWallClock for Readings {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reading) = state.readings.get(state.next).copied() {
            state.next += 1;
            return reading;
        }
        let now = SystemClock::new(cap_std::ambient_authority()).now().into_std();
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        // Time does not go back from what an earlier run has read.
        let now = state.readings.last().copied().unwrap_or_default().max(now);
        if state.readings.len() < READINGS {
            state.readings.push(now);
            state.next += 1;
        }
        now
    }
}

/// Random numbers of a call: nobody else can tell them, and a later run of the same call draws the same.
pub(crate) fn random(key: &[u8; 32], call: &str) -> StdRng {
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(b"random numbers of the call ").update(call.as_bytes());
    StdRng::from_seed(*hasher.finalize().as_bytes())
}
