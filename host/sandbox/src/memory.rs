//! Memory of all guests together: each has a limit of its own, and so have all of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What every guest has without being counted, in bytes: it declares it, and touches little of it.
const FREE: usize = 2 << 20;
/// A host gives guests no less, however small the machine.
const LEAST: usize = 1 << 30;

/// What all guests may take, and have taken.
#[derive(Debug)]
pub(crate) struct HostMemory {
    limit: usize,
    taken: AtomicUsize,
}

/// What one guest has taken. It is given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    all: Arc<HostMemory>,
    bytes: usize,
}

/// Half of the machine's memory.
pub(crate) fn of_the_machine() -> usize {
    let info = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = info.lines().find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB"));
    let kib: usize = total.and_then(|kib| kib.parse().ok()).unwrap_or_default();
    (kib.saturating_mul(1024) / 2).max(LEAST)
}

impl HostMemory {
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, taken: AtomicUsize::new(0) })
    }

    pub(crate) fn share(self: &Arc<Self>) -> Share {
        Share { all: Arc::clone(self), bytes: 0 }
    }
}

impl Share {
    /// Whether the guest may have so many bytes in all. If not, it keeps what it has.
    pub(crate) fn resize(&mut self, bytes: usize) -> bool {
        let wanted = bytes.saturating_sub(FREE);
        let more = wanted.saturating_sub(self.bytes);
        let fits = |taken: usize| taken.checked_add(more).filter(|after| *after <= self.all.limit);
        let fitted = self.all.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok();
        if fitted {
            self.bytes += more;
        }
        fitted
    }

    pub(crate) fn limit(&self) -> usize {
        self.all.limit
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.all.taken.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guests_share_what_there_is() {
        let all = HostMemory::new(100);
        let (mut first, mut second) = (all.share(), all.share());
        assert!(first.resize(FREE), "what each begins with");
        assert!(first.resize(FREE + 60) && second.resize(FREE + 40));
        assert!(!second.resize(FREE + 41), "it is all taken");
        drop(first);
        assert!(second.resize(FREE + 100));
    }
}
