//! Making results final: what a call did to files is committed with its result, exactly once.

use super::AgentLoop;
use super::calls::Calls;
use super::decide::Standing;
use super::outcome::Outcome;
use crate::Result;
use crate::blocking::blocking;
use crate::core::Core;
use crate::deliverables::bind;
use crate::recovery::complete;
use cowork_coworkspaces::{Changes, Folder, drop_staged, reached};
use cowork_domain::CallId;
use cowork_domain::call::{Call, CallStatus};
use cowork_domain::change_set::ChangeSetStatus;
use cowork_domain::data;
use cowork_domain::event::EventKind;
use cowork_domain::message::ToolResult;
use cowork_store::Unit;
use std::path::PathBuf;
use std::sync::Arc;

impl AgentLoop {
    /// Makes final what a call gave, unless files that it rests on have changed: then it is to run again.
    pub(super) async fn finish(&mut self, call: &mut Call, i: usize, calls: &mut Calls) -> Result<()> {
        let behind = calls.behind.contains(&i);
        let outcome =
            calls.outcomes.remove(&i).filter(|outcome| !behind || outcome.status != CallStatus::Failed);
        let Some(outcome) = outcome else {
            // It failed before what it may have needed was committed.
            calls.standings[i] = Standing::Todo;
            return Ok(());
        };
        let writing = self.core.writing(&self.task.coworkspace_slug);
        let _commit = writing.lock().await;
        if !outcome.is_empty() {
            complete(&self.core, &self.folder).await?;
        }
        let changes = Arc::new(outcome.changes.clone());
        if (behind || !outcome.is_empty())
            && let Some(why) = self.is_void(call, &outcome, &changes).await?
        {
            tracing::info!(call.id = %call.id, why, "the call runs again");
            let mut unit = self.core.store.begin().await?;
            unit.forget_held(call.id).await?;
            unit.commit().await?;
            drop_staged(&self.folder, call.id)?;
            calls.void.insert(i, why);
            calls.standings[i] = Standing::Todo;
            return Ok(());
        }
        let outcome = match self.refuse(&outcome).await? {
            Some(why) => {
                drop_staged(&self.folder, call.id)?;
                Outcome { usage: outcome.usage, ..Outcome::not_done(CallStatus::Failed, why) }
            }
            None => outcome,
        };
        self.note_taint(&outcome);
        let changes = Arc::new(outcome.changes.clone());
        let waits_for = outcome.waits_for();
        calls.standings[i] = if waits_for.is_some() { Standing::Waits } else { Standing::Final };
        if outcome.is_empty() {
            self.conclude(call, &outcome);
            self.unsaved.push(call.clone());
            return Ok(());
        }
        if !changes.steps.is_empty() {
            prepare(&self.folder, call.id, &changes).await?;
        }
        let mut unit = self.core.store.begin().await?;
        self.save_results(&mut unit).await?;
        self.conclude(call, &outcome);
        for effect in &outcome.effects {
            self.apply(&mut unit, call, effect.clone()).await?;
        }
        match waits_for {
            Some(waits_for) => self.begin_to_wait(&mut unit, call, waits_for, &outcome).await?,
            None => save_result(&self.core, &mut unit, call).await?,
        }
        self.record_standing(&mut unit, call, &outcome).await?;
        if !changes.steps.is_empty() {
            let stored = self.stored(call, &outcome, ChangeSetStatus::Committed)?;
            unit.put_change_set(&stored, self.core.clock.now()).await?;
            for file in outcome.made_files() {
                unit.put_made_file(self.task.id, file).await?;
            }
            self.mark_files(&mut unit, &outcome).await?;
        }
        bind(&mut unit, self.task.id, call.id, &outcome.effects, &changes.set).await?;
        self.core.commit(unit, self.task.id).await?;
        if !outcome.effects.is_empty() {
            self.core.at_work.tell(self.task.id);
        }
        reached("recorded");
        carry_out(&self.core, &self.folder, call.id, changes).await
    }

    /// Drops what a person denied.
    pub(super) async fn deny(
        &mut self,
        call: &mut Call,
        i: usize,
        calls: &mut Calls,
        word: Option<&str>,
    ) -> Result<()> {
        let denied =
            calls.outcomes.remove(&i).unwrap_or_else(|| Outcome::not_done(CallStatus::Denied, String::new()));
        drop_staged(&self.folder, call.id)?;
        let mut unit = self.core.store.begin().await?;
        self.save_results(&mut unit).await?;
        let told = Outcome { usage: denied.usage, ..Outcome::not_done(CallStatus::Denied, denial(word)) };
        self.conclude(call, &told);
        save_result(&self.core, &mut unit, call).await?;
        let stored = self.stored(call, &denied, ChangeSetStatus::Denied)?;
        unit.put_change_set(&stored, self.core.clock.now()).await?;
        self.core.commit(unit, self.task.id).await?;
        calls.standings[i] = Standing::Final;
        Ok(())
    }

    /// Saves the results that were final in memory only: those of calls that changed nothing.
    pub(super) async fn save_results(&mut self, unit: &mut Unit) -> Result<()> {
        self.save_taint(unit).await?;
        for call in std::mem::take(&mut self.unsaved) {
            save_result(&self.core, unit, &call).await?;
        }
        Ok(())
    }

    /// Why what a call would do does not hold any more: a file that it saw is another one, or what it may do is.
    async fn is_void(
        &self,
        call: &Call,
        outcome: &Outcome,
        changes: &Arc<Changes>,
    ) -> Result<Option<String>> {
        if let Some(path) = self.conflict(changes).await? {
            return Ok(Some(format!("{} has changed since", path.display())));
        }
        if self.has_ended(&outcome.standing).await? {
            return Ok(Some("what let it pass without a question has ended since".to_owned()));
        }
        let Some(ran_by) = outcome.powers else { return Ok(None) };
        let now = match self.core.tools.find(&call.tool) {
            Ok(tool) => Some(self.powers(tool).await?.fingerprint()),
            Err(_) => None,
        };
        Ok((now != Some(ran_by)).then(|| "what the tool may do has changed since".to_owned()))
    }

    /// The first file that is not any more what the call saw.
    async fn conflict(&self, changes: &Arc<Changes>) -> Result<Option<PathBuf>> {
        let (changes, folder) = (Arc::clone(changes), Arc::clone(&self.folder));
        Ok(blocking(move || changes.conflict(&folder)).await??)
    }

    fn conclude(&self, call: &mut Call, outcome: &Outcome) {
        call.status = outcome.status;
        call.usage = outcome.usage;
        if let Some(usage) = &outcome.usage {
            self.core.metrics.count(&call.tool, outcome.status, usage);
        }
        call.finished_at = Some(self.core.clock.now());
        call.result = Some(ToolResult {
            call_id: call.model_call_id.clone(),
            name: call.tool.clone(),
            content: outcome.text.clone(),
            is_error: outcome.status != CallStatus::Completed,
        });
    }
}

/// Puts what is staged in order on the disk, before it is recorded.
pub(crate) async fn prepare(folder: &Arc<Folder>, call: CallId, changes: &Arc<Changes>) -> Result<()> {
    let (folder, changes) = (Arc::clone(folder), Arc::clone(changes));
    Ok(blocking(move || changes.prepare(&folder, call)).await??)
}

/// Carries out what is recorded as committed, and reports where somebody else wrote in that instant.
pub(crate) async fn carry_out(
    core: &Core,
    folder: &Arc<Folder>,
    call: CallId,
    changes: Arc<Changes>,
) -> Result<()> {
    if changes.steps.is_empty() {
        return Ok(());
    }
    let folder = Arc::clone(folder);
    let collisions = blocking(move || changes.carry_out(&folder, call)).await??;
    if collisions.is_empty() {
        return Ok(());
    }
    for collision in &collisions {
        tracing::warn!(call.id = %call, path = %collision.path.display(), kept = %collision.kept.display(),
            "somebody else wrote in the instant of the commit; their file is kept beside");
    }
    let json = serde_json::to_string(&collisions).map_err(|source| cowork_store::Error::Json {
        column: "cowork_change_sets.collisions_json",
        source,
    })?;
    let mut unit = core.store.begin().await?;
    unit.set_collisions(call, &json).await?;
    Ok(unit.commit().await?)
}

pub(crate) async fn save_result(core: &Core, unit: &mut Unit, call: &Call) -> Result<()> {
    let (Some(result), Some(at)) = (&call.result, call.finished_at) else { return Ok(()) };
    unit.finish_call(call.id, call.status, result, call.usage.as_ref(), at).await?;
    let summary = data::first_line(&result.content).chars().take(200).collect();
    let (tool, is_error) = (call.tool.clone(), result.is_error);
    let event = EventKind::CallFinished { call_id: call.id, tool, summary, is_error };
    Ok(unit.insert_event(call.task_id, &event, core.clock.now()).await?)
}

fn denial(word: Option<&str>) -> String {
    match word {
        Some(word) => format!("denied: the person said no to this call: {word}. Nothing was changed."),
        None => "denied: the person said no to this call. Nothing was changed; go another way or ask less."
            .to_owned(),
    }
}
