//! Clock and random numbers of a call, the same again when it runs again.

use cap_std::time::SystemClock;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, UNIX_EPOCH};
use wasmtime_wasi::{HostMonotonicClock, HostWallClock};

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
    /// The first reading of this run, by the machine's two clocks. From there on a change of the machine's date is not
    /// seen.
    began: Option<(Duration, Instant)>,
}

/// The machine's two clocks now.
fn both() -> (Duration, Instant) {
    let date = SystemClock::new(cap_std::ambient_authority()).now().into_std();
    (date.duration_since(UNIX_EPOCH).unwrap_or_default(), Instant::now())
}

impl Readings {
    /// Those of an earlier run come first.
    pub(crate) fn after(earlier: Vec<Duration>) -> Self {
        Self { state: Arc::new(Mutex::new(State { readings: earlier, ..State::default() })) }
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
        self.read()
    }
}

/// The same clock: a later run reads both in the same order.
impl HostMonotonicClock for Readings {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        u64::try_from(self.read().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// A clock that stands still: parts of a call run in no order, so none of them may read another time than in a later run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Still(Duration);

impl HostWallClock for Still {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        self.0
    }
}

impl HostMonotonicClock for Still {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        u64::try_from(self.0.as_nanos()).unwrap_or(u64::MAX)
    }
}

impl Readings {
    /// A clock that stands at this time.
    pub(crate) fn still(&self) -> Still {
        Still(self.read())
    }

    fn read(&self) -> Duration {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reading) = state.readings.get(state.next).copied() {
            state.next += 1;
            return reading;
        }
        let (date, instant) = *state.began.get_or_insert_with(both);
        let now = date + instant.elapsed();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_run_reads_the_same_from_both_clocks_and_then_goes_on() {
        let first = Readings::default();
        let read = [HostWallClock::now(&first), Duration::from_nanos(HostMonotonicClock::now(&first))];
        let second = Readings::after(first.so_far());
        let again = [HostWallClock::now(&second), Duration::from_nanos(HostMonotonicClock::now(&second))];
        assert_eq!(again, read);
        assert!(HostWallClock::now(&second) >= read[1], "time does not go back");
    }
}
