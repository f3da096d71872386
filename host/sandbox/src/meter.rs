//! What a call uses, counted while it runs.

use crate::Limits;
use crate::memory::{HostMemory, Share};
use rustix::time::{ClockId, clock_gettime};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use wasmtime::ResourceLimiter;

/// Counts memory and tables over all modules of a call, and remembers when it asked for too much: the guest only sees
/// its allocation fail and ends in some way of its own.
#[derive(Debug)]
pub(crate) struct Space {
    memory_limit: usize,
    table_limit: usize,
    instance_limit: usize,
    memory: usize,
    elements: usize,
    pub(crate) most_memory: usize,
    pub(crate) memory_exceeded: bool,
    pub(crate) tables_exceeded: bool,
    share: Share,
    /// All guests together have taken what there is.
    pub(crate) host_exceeded: bool,
}

impl Space {
    pub(crate) fn new(limits: &Limits, host: &Arc<HostMemory>) -> Self {
        Self {
            memory_limit: limits.memory,
            table_limit: limits.table_elements,
            instance_limit: limits.instances,
            memory: 0,
            elements: 0,
            most_memory: 0,
            memory_exceeded: false,
            tables_exceeded: false,
            share: host.share(),
            host_exceeded: false,
        }
    }

    /// What all guests may take together, in bytes.
    pub(crate) fn host_limit(&self) -> usize {
        self.share.limit()
    }
}

impl ResourceLimiter for Space {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let after = self.memory.saturating_sub(current).saturating_add(desired);
        let fits = after <= self.memory_limit && maximum.is_none_or(|maximum| desired <= maximum);
        if !fits {
            self.memory_exceeded = true;
            return Ok(false);
        }
        if !self.share.resize(after) {
            self.host_exceeded = true;
            return Ok(false);
        }
        self.memory = after;
        self.most_memory = self.most_memory.max(after);
        Ok(true)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let after = self.elements.saturating_sub(current).saturating_add(desired);
        let fits = after <= self.table_limit && maximum.is_none_or(|maximum| desired <= maximum);
        if fits {
            self.elements = after;
        } else {
            self.tables_exceeded = true;
        }
        Ok(fits)
    }

    fn instances(&self) -> usize {
        self.instance_limit
    }

    fn tables(&self) -> usize {
        self.instance_limit
    }

    fn memories(&self) -> usize {
        self.instance_limit
    }
}

/// The time of a call, over all the threads on which it runs, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Stopwatch {
    /// When it first got a thread: the time that it waited for one is not its own.
    started: OnceLock<Instant>,
    /// Processor time on the threads before this one, in nanoseconds.
    before: AtomicU64,
    /// What this thread had used when the call came to it, in nanoseconds.
    here: AtomicU64,
    /// When it was last seen to compute, in nanoseconds after the start.
    seen: AtomicU64,
}

impl Stopwatch {
    /// The call comes to this thread.
    pub(crate) fn resume(&self) {
        let now = Instant::now();
        let started = self.started.get_or_init(|| now);
        self.here.store(thread_time(), Ordering::Relaxed);
        self.seen.store(nanos(now.saturating_duration_since(*started)), Ordering::Relaxed);
    }

    /// The call leaves this thread, and will go on.
    pub(crate) fn pause(&self) {
        self.before.fetch_add(self.on_this_thread(), Ordering::Relaxed);
    }

    /// Processor time so far. To be called on the thread that runs the call.
    pub(crate) fn cpu(&self) -> Duration {
        Duration::from_nanos(self.before.load(Ordering::Relaxed).saturating_add(self.on_this_thread()))
    }

    pub(crate) fn wall(&self) -> Duration {
        self.started.get().map(Instant::elapsed).unwrap_or_default()
    }

    /// It computes in this instant.
    pub(crate) fn see(&self) {
        self.seen.store(nanos(self.wall()), Ordering::Relaxed);
    }

    /// For how long it was not seen to compute.
    pub(crate) fn unseen(&self) -> Duration {
        self.wall().saturating_sub(Duration::from_nanos(self.seen.load(Ordering::Relaxed)))
    }

    fn on_this_thread(&self) -> u64 {
        thread_time().saturating_sub(self.here.load(Ordering::Relaxed))
    }
}

/// Processor time of this thread, in nanoseconds.
fn thread_time() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    nanos(Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0)))
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_counted_over_all_modules() {
        let mut space = Space::new(&Limits { memory: 100, ..Limits::default() }, &HostMemory::new(1000));
        assert!(space.memory_growing(0, 60, None).expect("an answer"));
        assert!(space.memory_growing(0, 40, None).expect("an answer"));
        assert!(!space.memory_growing(60, 61, None).expect("an answer"));
        assert!(space.memory_exceeded);
        assert_eq!(space.most_memory, 100);
    }

    #[test]
    fn tables_are_counted_together_too() {
        let mut space = Space::new(&Limits { table_elements: 10, ..Limits::default() }, &HostMemory::new(0));
        assert!(space.table_growing(0, 6, None).expect("an answer"));
        assert!(!space.table_growing(0, 5, None).expect("an answer"));
        assert!(space.tables_exceeded);
    }
}
