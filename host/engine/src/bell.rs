//! Tells those who watch a task that something new is in the database.

use cowork_domain::TaskId;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// One bell per task that somebody listens to. It carries no data: whoever hears it reads the database, so that
/// nothing is lost and nothing is told twice.
#[derive(Debug, Default)]
pub(crate) struct Bell {
    listeners: Mutex<HashMap<TaskId, watch::Sender<()>>>,
}

impl Bell {
    /// To be called after each commit that concerns the task.
    pub(crate) fn ring(&self, task: TaskId) {
        let mut listeners = self.lock();
        if listeners.get(&task).is_some_and(|sender| sender.send(()).is_err()) {
            listeners.remove(&task);
        }
    }

    /// Hears every ring from now on; several that were not listened to count as one.
    pub(crate) fn listen(&self, task: TaskId) -> watch::Receiver<()> {
        self.lock().entry(task).or_insert_with(|| watch::channel(()).0).subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TaskId, watch::Sender<()>>> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
