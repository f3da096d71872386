//! Who works on which task, so that it can be stopped.

use cowork_domain::TaskId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio_util::sync::CancellationToken;

/// The tasks that are worked on in this process.
#[derive(Debug, Default)]
pub(crate) struct AtWork {
    tasks: Mutex<HashMap<TaskId, Arc<Signals>>>,
}

#[derive(Debug, Default)]
struct Signals {
    stop: CancellationToken,
    ended: CancellationToken,
}

/// The work on one task. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Work<'a> {
    all: &'a AtWork,
    id: TaskId,
    signals: Arc<Signals>,
}

impl AtWork {
    /// To be called before the task's state is looked at: who stops it changes the state first.
    pub(crate) fn begin(&self, id: TaskId) -> Work<'_> {
        let signals = Arc::new(Signals::default());
        self.lock().insert(id, Arc::clone(&signals));
        Work { all: self, id, signals }
    }

    /// What stops the work on a task.
    pub(crate) fn stop_of(&self, id: TaskId) -> CancellationToken {
        self.lock().get(&id).map(|signals| signals.stop.clone()).unwrap_or_default()
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

impl Drop for Work<'_> {
    fn drop(&mut self) {
        let mut tasks = self.all.lock();
        // Whoever planned a task sets another to work on it.
        if tasks.get(&self.id).is_some_and(|signals| Arc::ptr_eq(signals, &self.signals)) {
            tasks.remove(&self.id);
        }
        self.signals.ended.cancel();
    }
}
