//! A person stops a task, for a while or for good.

use crate::core::Core;
use crate::plans::stop_revision;
use crate::{Orchestrator, Result, locks};
use cowork_coworkspaces::drop_staged;
use cowork_domain::approval::Decision;
use cowork_domain::{Task, TaskId, TaskState};
use std::sync::Arc;
use std::time::Duration;

/// How long the answer to a person waits for the work to stop. It stops all the same.
const PATIENCE: Duration = Duration::from_secs(5);

impl Orchestrator {
    /// Stops the work on a task for a while: the model and the tools at work at once, a commit at its end. What it asked
    /// stays asked.
    pub async fn pause_task(&self, id: TaskId) -> Result<Task> {
        let task = self.core.change_state(id, TaskState::pause).await?;
        // Whether it has stopped or not: nothing of it goes on to its next step.
        let _ = tokio::time::timeout(PATIENCE, self.core.at_work.stop(id)).await;
        Ok(task)
    }

    /// Goes on with a task that was paused, or that ran out of its budget and has a larger one.
    pub async fn resume_task(&self, id: TaskId) -> Result<Task> {
        let state = self.core.task(id).await?.state;
        if let TaskState::OverBudget { .. } = state {
            // Each of the two knows what the other does.
            return Box::pin(self.start_task(id)).await;
        }
        state.resume()?;
        // What was paused a moment ago may still be on its way out.
        self.core.at_work.stop(id).await;
        let task = self.core.change_state(id, TaskState::resume).await?;
        match task.state {
            TaskState::Planning => self.spawn_planning(id),
            _ => self.spawn_work(id),
        }
        Ok(task)
    }

    /// Ends a task for good. Files are as the last commit left them; what waited for an answer is dropped.
    pub async fn cancel_task(&self, id: TaskId) -> Result<Task> {
        let task = self.core.change_state(id, TaskState::cancel).await?;
        self.core.schedules.notify_one();
        let core = Arc::clone(&self.core);
        let cleared = tokio::spawn(async move {
            stop_revision(&core, id).await;
            core.at_work.stop(id).await;
            if let Err(error) = clear(&core, id).await {
                let error = &error as &dyn std::error::Error;
                tracing::error!(task.id = %id, error, "what a cancelled task held is dropped at the next start");
            }
        });
        let _ = tokio::time::timeout(PATIENCE, cleared).await;
        Ok(task)
    }
}

/// Drops what calls of a cancelled task would have done. To be called when nobody works on it any more.
pub(crate) async fn clear(core: &Core, id: TaskId) -> Result<()> {
    let task = core.task(id).await?;
    let folder = core.coworkspaces.open(&task.coworkspace_slug)?;
    let mut unit = core.store.begin().await?;
    let word = Some("the task was cancelled".to_owned());
    unit.lose_all_requests(Some(id), core.clock.now()).await?;
    unit.answer_all(id, &Decision::Deny { word }, core.clock.now()).await?;
    let held = unit.deny_held(id).await?;
    unit.drop_proposals(id, "the task was cancelled", core.clock.now()).await?;
    core.commit(unit, id).await?;
    for call in held {
        drop_staged(&folder, call)?;
    }
    locks::clear_stale(core, &folder).await?;
    Ok(())
}
