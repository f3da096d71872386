//! What a host does from time to time: questions that nobody answers expire, and what calls replaced is not kept for
//! ever, nor is what became of firings.

use crate::blocking::blocking;
use crate::core::Core;
use crate::{Orchestrator, Result, results};
use cowork_coworkspaces::{drop_undo, undo_size};
use cowork_domain::approval::Decision;
use cowork_domain::{CallId, Slug, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// How often [`Orchestrator::keep_up`] is worth calling.
pub const UPKEEP: Duration = Duration::from_secs(60);

impl Orchestrator {
    /// Denies what waited too long for an answer, and forgets what calls of tasks that are over replaced, once it is
    /// too old or too much.
    pub async fn keep_up(&self) -> Result<()> {
        self.expire_approvals().await?;
        self.forget_fires().await?;
        for coworkspace in self.core.store.coworkspaces().await? {
            purge(&self.core, &coworkspace.slug).await?;
            results::purge(&self.core, &self.core.coworkspaces.open(&coworkspace.slug)?).await?;
        }
        Ok(())
    }

    /// Calls [`Orchestrator::keep_up`] again and again until the engine is shut down.
    pub fn spawn_upkeep(&self) {
        let this = self.clone();
        tokio::spawn(async move {
            loop {
                if let Err(error) = this.keep_up().await {
                    tracing::warn!(error = &error as &dyn std::error::Error, "upkeep goes on next time");
                }
                tokio::select! {
                    () = tokio::time::sleep(UPKEEP) => {}
                    () = this.core.stop.cancelled() => return,
                }
            }
        });
    }

    async fn forget_fires(&self) -> Result<()> {
        let before = past(self.core.clock.now(), self.core.settings.fire_age);
        let mut unit = self.core.store.begin().await?;
        unit.forget_fires(before).await?;
        Ok(unit.commit().await?)
    }

    async fn expire_approvals(&self) -> Result<()> {
        let patience = self.core.settings.approval_expiry;
        let before = past(self.core.clock.now(), patience);
        for (task, id) in self.core.store.approvals_asked_before(before).await? {
            let word = format!("nobody answered within {} days", patience.as_secs() / 86_400);
            match self.answer(task, id, &Decision::Deny { word: Some(word) }, "nobody").await {
                // Somebody has answered in this instant.
                Err(crate::Error::NoApproval(_)) => {}
                answered => answered?,
            }
        }
        Ok(())
    }
}

/// Forgets, oldest first, what is kept of calls whose tasks are over.
async fn purge(core: &Core, slug: &Slug) -> Result<()> {
    let kept = core.store.undoable_calls(slug).await?;
    if kept.is_empty() {
        return Ok(());
    }
    let folder = core.coworkspaces.open(slug)?;
    let sizes = {
        let (folder, calls) = (Arc::clone(&folder), kept.iter().map(|kept| kept.0).collect::<Vec<_>>());
        blocking(move || {
            calls.into_iter().map(|call| undo_size(&folder, call)).collect::<Result<Vec<_>, _>>()
        })
        .await??
    };
    let mut total: u64 = sizes.iter().sum();
    let oldest = past(core.clock.now(), core.settings.undo_age);
    for ((call, at), size) in kept.into_iter().zip(sizes) {
        if at >= oldest && total <= core.settings.undo_bytes {
            break;
        }
        total -= size;
        forget(core, &folder, call).await?;
    }
    Ok(())
}

/// First it is said that the call cannot be undone, then it is so.
async fn forget(core: &Core, folder: &Arc<cowork_coworkspaces::Folder>, call: CallId) -> Result<()> {
    let mut unit = core.store.begin().await?;
    unit.set_purged(call, core.clock.now()).await?;
    unit.commit().await?;
    let folder = Arc::clone(folder);
    blocking(move || drop_undo(&folder, call)).await??;
    tracing::info!(call.id = %call, "what the call replaced is kept no longer");
    Ok(())
}

pub(crate) fn past(now: Timestamp, by: Duration) -> Timestamp {
    chrono::Duration::from_std(by)
        .ok()
        .and_then(|by| now.checked_sub_signed(by))
        .unwrap_or(Timestamp::MIN_UTC)
}
