//! How far calls are that take long, told to those who watch the task.

use crate::core::Core;
use async_trait::async_trait;
use cowork_domain::event::EventKind;
use cowork_domain::{CallId, TaskId, Timestamp};
use cowork_sandbox::Progress;
use std::sync::{Arc, Mutex, PoisonError};

/// A call is told of at most so often, and not before it has run so long.
const EVERY_MS: i64 = 2000;

/// Tells of one call.
pub(crate) struct CallProgress {
    core: Arc<Core>,
    task: TaskId,
    call: CallId,
    tool: String,
    told: Mutex<Timestamp>,
}

impl CallProgress {
    pub(crate) fn of(core: &Arc<Core>, task: TaskId, call: CallId, tool: &str) -> Arc<Self> {
        let told = Mutex::new(core.clock.now());
        Arc::new(Self { core: Arc::clone(core), task, call, tool: tool.to_owned(), told })
    }

    fn is_due(&self) -> Option<Timestamp> {
        let now = self.core.clock.now();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let due = (now - *told).num_milliseconds() >= EVERY_MS;
        due.then(|| std::mem::replace(&mut *told, now)).map(|_| now)
    }

    async fn tell(&self, now: Timestamp, done: u32, total: u32, what: &str) -> crate::Result<()> {
        let (call_id, tool, what) = (self.call, self.tool.clone(), what.to_owned());
        let event = EventKind::CallProgressed { call_id, tool, done, total, what };
        let mut unit = self.core.store.begin().await?;
        unit.insert_event(self.task, &event, now).await?;
        self.core.commit(unit, self.task).await
    }
}

#[async_trait]
impl Progress for CallProgress {
    async fn report(&self, done: u32, total: u32, what: &str) {
        let Some(now) = self.is_due() else { return };
        // The call goes on all the same: it is only not seen.
        if let Err(error) = self.tell(now, done, total, what).await {
            tracing::warn!(call.id = %self.call, error = &error as &dyn std::error::Error, "progress is not told");
        }
    }
}
