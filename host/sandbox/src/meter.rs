//! What a call uses, counted while it runs.

use crate::Limits;
use rustix::time::{ClockId, clock_gettime};
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
}

impl Space {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            memory_limit: limits.memory,
            table_limit: limits.table_elements,
            instance_limit: limits.instances,
            memory: 0,
            elements: 0,
            most_memory: 0,
            memory_exceeded: false,
            tables_exceeded: false,
        }
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
        if fits {
            self.memory = after;
            self.most_memory = self.most_memory.max(after);
        } else {
            self.memory_exceeded = true;
        }
        Ok(fits)
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

/// The time of the thread that runs a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch {
    started: Instant,
    cpu_before: Duration,
}

impl Stopwatch {
    /// To be called on the thread that runs the call, as [`Stopwatch::cpu`].
    pub(crate) fn start() -> Self {
        Self { started: Instant::now(), cpu_before: thread_time() }
    }

    pub(crate) fn cpu(&self) -> Duration {
        thread_time().saturating_sub(self.cpu_before)
    }

    pub(crate) fn wall(&self) -> Duration {
        self.started.elapsed()
    }

    pub(crate) fn started(&self) -> Instant {
        self.started
    }
}

fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_counted_over_all_modules() {
        let mut space = Space::new(&Limits { memory: 100, ..Limits::default() });
        assert!(space.memory_growing(0, 60, None).expect("an answer"));
        assert!(space.memory_growing(0, 40, None).expect("an answer"));
        assert!(!space.memory_growing(60, 61, None).expect("an answer"));
        assert!(space.memory_exceeded);
        assert_eq!(space.most_memory, 100);
    }

    #[test]
    fn tables_are_counted_together_too() {
        let mut space = Space::new(&Limits { table_elements: 10, ..Limits::default() });
        assert!(space.table_growing(0, 6, None).expect("an answer"));
        assert!(!space.table_growing(0, 5, None).expect("an answer"));
        assert!(space.tables_exceeded);
    }
}
