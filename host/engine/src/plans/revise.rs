//! Another plan in a person's words: "leave the archives alone, and make the report a PDF". The model writes it in the
//! background, beside the plan in force; nothing changes before the person has approved it.

use super::begun;
use super::planner::Planner;
use crate::core::Core;
use crate::{Error, Orchestrator, Result, prompts};
use cowork_domain::TaskId;
use cowork_domain::event::EventKind;
use cowork_domain::plan_version::{PlanAuthor, PlanStatus, PlanVersion};
use cowork_store::NewPlanVersion;
use std::sync::Arc;

/// The longest wish, in characters.
const MAX_WORDS: usize = 4_000;

impl Orchestrator {
    /// Asks the model for another plan, as a person wants it. It takes the place of what was asked for before.
    pub async fn revise_plan(&self, id: TaskId, words: &str) -> Result<PlanVersion> {
        let (words, length) = (words.trim(), words.trim().chars().count());
        if length == 0 || length > MAX_WORDS {
            let problem = format!("has {length} characters; say in 1 to {MAX_WORDS} what is to change");
            return Err(Error::Invalid { field: "words", problem });
        }
        stop_revision(&self.core, id).await;
        let now = self.core.clock.now();
        let mut unit = self.core.store.begin().await?;
        unit.task(id).await?.ok_or(Error::NoTask(id))?.state.revise_plan()?;
        if unit.has_synthesis(id).await? {
            return Err(Error::NothingRemains);
        }
        unit.drop_proposals(id, "another revision was asked for", now).await?;
        let (author, status) = (PlanAuthor::Revision, PlanStatus::Writing);
        let new = NewPlanVersion { author, status, words: Some(words), plan: None };
        let version = unit.insert_plan_version(id, new, now).await?;
        self.core.commit(unit, id).await?;
        spawn(&self.core, id, version);
        self.plan_version(id, version).await
    }
}

/// Goes on with the revisions that were being written when the host ended.
pub(crate) async fn resume_revisions(core: &Arc<Core>) -> Result<()> {
    for (task, version) in core.store.unwritten_revisions().await? {
        spawn(core, task, version);
    }
    Ok(())
}

/// Nobody waits any more for what the model writes.
pub(crate) async fn stop_revision(core: &Core, id: TaskId) {
    core.revising.stop(id).await;
}

fn spawn(core: &Arc<Core>, id: TaskId, version: u32) {
    let core = Arc::clone(core);
    tokio::spawn(async move {
        let _work = core.revising.begin(id);
        let written = tokio::select! {
            written = write(&core, id, version) => written,
            () = core.stop.cancelled() => return,
        };
        let reason = match written {
            Ok(()) | Err(Error::Stopped) => return,
            Err(error) => error.explain(),
        };
        tracing::warn!(task.id = %id, version, reason, "the plan is not revised");
        if let Err(error) = give_up(&core, id, version, &reason).await {
            let error = &error as &dyn std::error::Error;
            tracing::error!(task.id = %id, error, "the revision is written again at the next start");
        }
    });
}

async fn write(core: &Arc<Core>, id: TaskId, version: u32) -> Result<()> {
    let task = core.task(id).await?;
    task.state.revise_plan()?;
    let wish = core.store.plan_version(id, version).await?.ok_or(Error::NoPlanVersion(version))?;
    let old = core.store.plan(id).await?.ok_or(Error::NoPlan)?;
    let begun = begun(core, id).await?;
    let words = wish.words.unwrap_or_default();
    let first = prompts::revision(&task, &old, &begun, &words)?;
    let planner = Planner { core, task: &task, old: Some(&old), stop: core.revising.stop_of(id) };
    let plan = planner.ask(first).await?;
    let mut unit = core.store.begin().await?;
    if unit.propose_plan(id, version, &plan).await? {
        let event = EventKind::PlanProposed { version, diff: old.diff_to(&plan) };
        unit.insert_event(id, &event, core.clock.now()).await?;
    }
    core.commit(unit, id).await
}

async fn give_up(core: &Core, id: TaskId, version: u32, reason: &str) -> Result<()> {
    let mut unit = core.store.begin().await?;
    unit.decide_plan_version(id, version, PlanStatus::Failed, Some(reason), core.clock.now()).await?;
    core.commit(unit, id).await
}
