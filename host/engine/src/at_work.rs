//! Who works on which task, so that it can be stopped, and told that more of it can go on.

use cowork_domain::TaskId;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// The tasks that are worked on in this process. A task that waits is not among them.
#[derive(Debug, Default, Clone)]
pub(crate) struct AtWork {
    tasks: Arc<Mutex<HashMap<TaskId, Arc<Signals>>>>,
}

#[derive(Debug, Default)]
struct Signals {
    stop: CancellationToken,
    ended: CancellationToken,
    /// Something changed since the work last looked.
    changed: AtomicBool,
    bell: Notify,
}

/// The work on one task. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Work {
    all: AtWork,
    id: TaskId,
    signals: Arc<Signals>,
}

/// Where the work on a task hears that something changed.
#[derive(Debug, Clone)]
pub(crate) struct Changes(Arc<Signals>);

impl AtWork {
    /// To be called before the task's state is looked at: who stops it changes the state first.
    pub(crate) fn begin(&self, id: TaskId) -> Work {
        let signals = Arc::new(Signals::default());
        self.lock().insert(id, Arc::clone(&signals));
        Work { all: self.clone(), id, signals }
    }

    /// Tells those who work on a task that something changed; where nobody does, begins.
    pub(crate) fn wake(&self, id: TaskId) -> Option<Work> {
        let mut tasks = self.lock();
        if let Some(signals) = tasks.get(&id) {
            signals.tell();
            return None;
        }
        let signals = Arc::new(Signals::default());
        tasks.insert(id, Arc::clone(&signals));
        Some(Work { all: self.clone(), id, signals })
    }

    /// Tells those who work on a task that something changed.
    pub(crate) fn tell(&self, id: TaskId) {
        if let Some(signals) = self.lock().get(&id) {
            signals.tell();
        }
    }

    /// What stops the work on a task.
    pub(crate) fn stop_of(&self, id: TaskId) -> CancellationToken {
        self.lock().get(&id).map(|signals| signals.stop.clone()).unwrap_or_default()
    }

    /// What the work on a task listens to.
    pub(crate) fn changes_of(&self, id: TaskId) -> Changes {
        Changes(self.lock().get(&id).cloned().unwrap_or_default())
    }

    /// What tells that the work on a task has ended; it has if there is none.
    pub(crate) fn end_of(&self, id: TaskId) -> CancellationToken {
        let none = || {
            let ended = CancellationToken::new();
            ended.cancel();
            ended
        };
        self.lock().get(&id).map_or_else(none, |signals| signals.ended.clone())
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.lock().len()
    }

    /// Tells the work on a task to stop, and waits until it has.
    pub(crate) async fn stop(&self, id: TaskId) {
        let signals = self.lock().get(&id).cloned();
        if let Some(signals) = signals {
            signals.stop.cancel();
            signals.ended.cancelled().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TaskId, Arc<Signals>>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Signals {
    fn tell(&self) {
        self.changed.store(true, Ordering::SeqCst);
        self.bell.notify_one();
    }
}

impl Changes {
    /// To be called before looking: what changes from now on is heard.
    pub(crate) fn look(&self) {
        self.0.changed.store(false, Ordering::SeqCst);
    }

    /// Returns when something changed since the last look.
    pub(crate) async fn heard(&self) {
        while !self.0.changed.load(Ordering::SeqCst) {
            self.0.bell.notified().await;
        }
    }
}

impl Work {
    /// Ends the work, unless something changed since it last looked: then it is to look again.
    pub(crate) fn leave(&self) -> bool {
        let mut tasks = self.all.lock();
        if self.signals.changed.load(Ordering::SeqCst) {
            return false;
        }
        self.remove(&mut tasks);
        true
    }

    fn remove(&self, tasks: &mut HashMap<TaskId, Arc<Signals>>) {
        // Whoever planned a task sets another to work on it.
        if tasks.get(&self.id).is_some_and(|signals| Arc::ptr_eq(signals, &self.signals)) {
            tasks.remove(&self.id);
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.remove(&mut self.all.lock());
        self.signals.ended.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_changes_while_the_work_ends_is_not_lost() {
        let (all, id) = (AtWork::default(), TaskId::new());
        let work = all.wake(id).expect("nobody works on it");
        let changes = all.changes_of(id);
        changes.look();
        assert!(all.wake(id).is_none(), "somebody does");
        changes.heard().await;
        assert!(!work.leave(), "it is to look again");
        changes.look();
        assert!(work.leave());
        assert!(all.wake(id).is_some(), "nobody does any more");
    }

    #[test]
    fn a_task_that_is_left_takes_no_room() {
        let all = AtWork::default();
        for _ in 0..1000 {
            drop(all.begin(TaskId::new()));
        }
        assert_eq!(all.count(), 0);
    }
}
