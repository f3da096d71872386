//! What one call may use.

use std::time::Duration;
use wasmtime::ResourceLimiter;

/// The limits of a call. Each is enforced, and named in the error of a call that reaches it.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Linear memory of all the component's modules together, in bytes.
    pub memory: usize,
    /// From the start of the call to its end.
    pub wall_time: Duration,
    /// Standard output and standard error together, in bytes.
    pub printed: usize,
    /// The result as text and JSON, in bytes.
    pub result: usize,
    /// Open files, folders and streams.
    pub handles: usize,
    /// What it writes to files, in bytes.
    pub staged: u64,
    /// What it does through the host's own interfaces: notes on subtasks, deliverables.
    pub effects: usize,
    /// Text in all of these together, in bytes.
    pub effects_text: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 512 << 20,
            wall_time: Duration::from_secs(60),
            printed: 1 << 20,
            result: 8 << 20,
            handles: 1024,
            staged: 4 << 30,
            effects: 1000,
            effects_text: 1 << 20,
        }
    }
}

/// Counts a call's memory over all its modules, and remembers when it asked for too much: the guest only sees its
/// allocation fail and ends in some way of its own.
#[derive(Debug)]
pub(crate) struct MemoryLimiter {
    limit: usize,
    used: usize,
    pub(crate) exceeded: bool,
}

impl MemoryLimiter {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, used: 0, exceeded: false }
    }
}

impl ResourceLimiter for MemoryLimiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let after = self.used.saturating_sub(current).saturating_add(desired);
        let fits = after <= self.limit && maximum.is_none_or(|maximum| desired <= maximum);
        if fits {
            self.used = after;
        } else {
            self.exceeded = true;
        }
        Ok(fits)
    }

    fn table_growing(&mut self, _: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        Ok(maximum.is_none_or(|maximum| desired <= maximum))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_counted_over_all_modules() {
        let mut limiter = MemoryLimiter::new(100);
        assert!(limiter.memory_growing(0, 60, None).expect("an answer"));
        assert!(limiter.memory_growing(0, 40, None).expect("an answer"));
        assert!(!limiter.memory_growing(60, 61, None).expect("an answer"));
        assert!(limiter.exceeded);
    }
}
