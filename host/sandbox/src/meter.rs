//! What a call uses, counted while it runs.

use crate::Limits;
use crate::memory::{HostMemory, Share};
use rustix::time::{ClockId, clock_gettime};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use wasmtime::ResourceLimiter;

/// What a call and the parts of it that run beside it use together: its limits are of this.
#[derive(Debug, Default)]
pub(crate) struct Together {
    memory: AtomicUsize,
    most_memory: AtomicUsize,
    elements: AtomicUsize,
    /// Processor time, in nanoseconds, as far as it was told.
    cpu: AtomicU64,
}

impl Together {
    pub(crate) fn most_memory(&self) -> usize {
        self.most_memory.load(Ordering::Relaxed)
    }

    /// Processor time of all of them.
    pub(crate) fn cpu(&self) -> Duration {
        Duration::from_nanos(self.cpu.load(Ordering::Relaxed))
    }

    fn resize_memory(&self, before: usize, after: usize, limit: usize) -> bool {
        let fits = resize(&self.memory, before, after, limit);
        self.most_memory.fetch_max(self.memory.load(Ordering::Relaxed), Ordering::Relaxed);
        fits
    }
}

/// Takes so much of a count and adds so much to it, if that keeps to the limit.
fn resize(count: &AtomicUsize, before: usize, after: usize, limit: usize) -> bool {
    let resized =
        |all: usize| Some(all.saturating_sub(before).saturating_add(after)).filter(|all| *all <= limit);
    count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, resized).is_ok()
}

/// Counts memory and tables over all modules of a call, and remembers when it asked for too much: the guest only sees
/// its allocation fail and ends in some way of its own.
#[derive(Debug)]
pub(crate) struct Space {
    memory_limit: usize,
    table_limit: usize,
    instance_limit: usize,
    memory: usize,
    elements: usize,
    together: Arc<Together>,
    pub(crate) memory_exceeded: bool,
    pub(crate) tables_exceeded: bool,
    share: Share,
    /// All guests together have taken what there is.
    pub(crate) host_exceeded: bool,
}

impl Space {
    pub(crate) fn new(limits: &Limits, host: &Arc<HostMemory>, together: &Arc<Together>) -> Self {
        Self {
            memory_limit: limits.memory,
            table_limit: limits.table_elements,
            instance_limit: limits.instances,
            memory: 0,
            elements: 0,
            together: Arc::clone(together),
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
        let fits = maximum.is_none_or(|maximum| desired <= maximum);
        if !fits || !self.together.resize_memory(self.memory, after, self.memory_limit) {
            self.memory_exceeded = true;
            return Ok(false);
        }
        if !self.share.resize(after) {
            self.together.resize_memory(after, self.memory, usize::MAX);
            self.host_exceeded = true;
            return Ok(false);
        }
        self.memory = after;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let after = self.elements.saturating_sub(current).saturating_add(desired);
        let fits = maximum.is_none_or(|maximum| desired <= maximum)
            && resize(&self.together.elements, self.elements, after, self.table_limit);
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

impl Drop for Space {
    fn drop(&mut self) {
        resize(&self.together.memory, self.memory, 0, usize::MAX);
        resize(&self.together.elements, self.elements, 0, usize::MAX);
    }
}

/// The time of a call, over all the threads on which it runs, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Stopwatch {
    pub(crate) together: Arc<Together>,
    /// Processor time that `together` was told of, in nanoseconds.
    told: AtomicU64,
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
    /// That of a part of this call: its time began with the call's.
    pub(crate) fn of_a_part(&self) -> Self {
        Self { together: Arc::clone(&self.together), started: self.started.clone(), ..Self::default() }
    }

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

    /// Processor time of the call and its parts so far. To be called on the thread that runs it.
    pub(crate) fn cpu(&self) -> Duration {
        let own = self.before.load(Ordering::Relaxed).saturating_add(self.on_this_thread());
        let told = self.told.fetch_max(own, Ordering::Relaxed);
        self.together.cpu.fetch_add(own.saturating_sub(told), Ordering::Relaxed);
        self.together.cpu()
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

    fn space(limits: Limits, together: &Arc<Together>) -> Space {
        Space::new(&limits, &HostMemory::new(1000), together)
    }

    #[test]
    fn memory_is_counted_over_all_modules() {
        let together = Arc::default();
        let mut space = space(Limits { memory: 100, ..Limits::default() }, &together);
        assert!(space.memory_growing(0, 60, None).expect("an answer"));
        assert!(space.memory_growing(0, 40, None).expect("an answer"));
        assert!(!space.memory_growing(60, 61, None).expect("an answer"));
        assert!(space.memory_exceeded);
        assert_eq!(together.most_memory(), 100);
    }

    #[test]
    fn tables_are_counted_together_too() {
        let mut space = space(Limits { table_elements: 10, ..Limits::default() }, &Arc::default());
        assert!(space.table_growing(0, 6, None).expect("an answer"));
        assert!(!space.table_growing(0, 5, None).expect("an answer"));
        assert!(space.tables_exceeded);
    }

    #[test]
    fn parts_share_what_the_call_may_use_and_give_it_back() {
        let (together, limits) = (Arc::default(), Limits { memory: 100, ..Limits::default() });
        let (mut call, mut part) = (space(limits.clone(), &together), space(limits, &together));
        assert!(call.memory_growing(0, 60, None).expect("an answer"));
        assert!(!part.memory_growing(0, 50, None).expect("an answer") && part.memory_exceeded);
        assert!(part.memory_growing(0, 40, None).expect("an answer"));
        drop(part);
        assert!(call.memory_growing(60, 100, None).expect("an answer"));
    }

    #[test]
    fn processor_time_of_parts_is_the_calls() {
        let call = Stopwatch::default();
        call.resume();
        let part = call.of_a_part();
        part.resume();
        let before = call.cpu();
        while part.cpu() < before + Duration::from_millis(5) {}
        part.pause();
        assert!(call.cpu() >= before + Duration::from_millis(5));
    }
}
