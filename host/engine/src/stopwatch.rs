//! How long tasks are at work. Agents side by side count once; what waits for a person does not count.

use crate::core::Core;
use cowork_domain::{TaskId, Timestamp};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// One watch for each task at work, with the time that is not in the database yet.
#[derive(Debug, Default)]
pub(crate) struct Stopwatch {
    watches: Mutex<HashMap<TaskId, Watch>>,
}

#[derive(Debug)]
struct Watch {
    at_work: u32,
    /// Counted until then.
    since: Timestamp,
    unsaved: Duration,
}

/// Somebody at work on a task, until it is dropped.
pub(crate) struct WorkTime {
    core: Arc<Core>,
    task: TaskId,
    since: Timestamp,
}

impl Stopwatch {
    /// The time of a task that is not in the database yet.
    pub(crate) fn unsaved(&self, task: TaskId, now: Timestamp) -> Duration {
        self.lock().get_mut(&task).map(|watch| watch.count(now)).unwrap_or_default()
    }

    /// The same, to be saved now.
    pub(crate) fn take(&self, task: TaskId, now: Timestamp) -> Duration {
        let mut watches = self.lock();
        let Some(watch) = watches.get_mut(&task) else { return Duration::ZERO };
        watch.count(now);
        let taken = std::mem::take(&mut watch.unsaved);
        if watch.at_work == 0 {
            watches.remove(&task);
        }
        taken
    }

    fn begin(&self, task: TaskId, now: Timestamp) {
        let mut watches = self.lock();
        let watch = watches.entry(task).or_insert(Watch { at_work: 0, since: now, unsaved: Duration::ZERO });
        watch.count(now);
        watch.at_work += 1;
    }

    fn end(&self, task: TaskId, now: Timestamp) {
        if let Some(watch) = self.lock().get_mut(&task) {
            watch.count(now);
            watch.at_work = watch.at_work.saturating_sub(1);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TaskId, Watch>> {
        self.watches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch {
    fn count(&mut self, now: Timestamp) -> Duration {
        if self.at_work > 0 {
            self.unsaved += between(self.since, now);
        }
        self.since = now;
        self.unsaved
    }
}

impl WorkTime {
    pub(crate) fn begin(core: &Arc<Core>, task: TaskId) -> Self {
        let since = core.clock.now();
        core.stopwatch.begin(task, since);
        Self { core: Arc::clone(core), task, since }
    }

    /// How long this one has been at work since it was last asked.
    pub(crate) fn lap(&mut self) -> Duration {
        let now = self.core.clock.now();
        between(std::mem::replace(&mut self.since, now), now)
    }
}

impl Drop for WorkTime {
    fn drop(&mut self) {
        self.core.stopwatch.end(self.task, self.core.clock.now());
    }
}

/// A clock that was set back counts nothing.
fn between(from: Timestamp, to: Timestamp) -> Duration {
    (to - from).to_std().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_timestamp(1_800_000_000 + second, 0).expect("a time")
    }

    #[test]
    fn agents_side_by_side_count_once_and_gaps_do_not() {
        let (watch, task) = (Stopwatch::default(), TaskId::new());
        watch.begin(task, at(0));
        watch.begin(task, at(4));
        assert_eq!(watch.unsaved(task, at(5)).as_secs(), 5);
        assert_eq!(watch.take(task, at(6)).as_secs(), 6);
        watch.end(task, at(8));
        watch.end(task, at(10));
        // Nobody is at work.
        watch.begin(task, at(100));
        watch.end(task, at(103));
        assert_eq!(watch.take(task, at(200)).as_secs(), 4 + 3);
        assert!(watch.lock().is_empty(), "nothing is kept of a task that rests");
    }
}
