//! Looking at what was done to files, and taking it back.

use crate::agent_loop::{carry_out, changes, prepare, stored_changes};
use crate::blocking::blocking;
use crate::recovery::complete;
use crate::{Error, Orchestrator, Result};
use cowork_coworkspaces::{Folder, Undoing, drop_staged, undo};
use cowork_domain::change_set::{CallChanges, ChangeSetStatus, UndoReport};
use cowork_domain::{CallId, Task, TaskId};
use cowork_store::StoredChanges;
use std::sync::Arc;

/// What is to be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undo {
    /// One call.
    Call(CallId),
    /// All calls of a turn.
    Turn(u32),
    /// All calls of the task.
    Task,
}

impl Orchestrator {
    /// What was done to files for a task, and what waits or was denied, oldest first.
    pub async fn changes(&self, id: TaskId) -> Result<Vec<CallChanges>> {
        self.core.task(id).await?;
        Ok(self.core.store.change_sets(id).await?)
    }

    /// Takes back what calls did to files, newest first, each as a call of its own. It stops at the first in whose way
    /// something is that has changed since. `dry_run`: only says what would happen to the newest.
    pub async fn undo(&self, id: TaskId, what: Undo, dry_run: bool) -> Result<UndoReport> {
        let task = self.core.task(id).await?;
        let all = self.core.store.change_sets(id).await?;
        let wanted = |done: &&CallChanges| match what {
            Undo::Call(call) => done.call_id == call && done.rewinds_to.is_none(),
            Undo::Turn(turn) => done.turn == Some(turn),
            Undo::Task => done.undoes.is_none() && done.rewinds_to.is_none(),
        };
        let committed = all.iter().filter(|done| done.status == ChangeSetStatus::Committed && !done.purged);
        let calls: Vec<CallId> = committed.filter(wanted).map(|done| done.call_id).rev().collect();
        if calls.is_empty() {
            return Err(Error::NothingToUndo);
        }
        let folder = self.core.coworkspaces.open(&task.coworkspace_slug)?;
        let mut report = UndoReport::default();
        for call in calls {
            let conflicts = self.undo_call(&task, &folder, call, dry_run, &mut report).await?;
            if !conflicts.is_empty() {
                (report.stopped_at, report.conflicts) = (Some(call), conflicts);
            }
            if dry_run || report.stopped_at.is_some() {
                break;
            }
        }
        Ok(report)
    }

    async fn undo_call(
        &self,
        task: &Task,
        folder: &Arc<Folder>,
        of: CallId,
        dry_run: bool,
        report: &mut UndoReport,
    ) -> Result<Vec<String>> {
        let writing = self.core.writing(&task.coworkspace_slug);
        let _commit = writing.lock().await;
        complete(&self.core, folder).await?;
        let stored = self.core.store.change_set(of).await?.ok_or(Error::NothingToUndo)?;
        let (done, by) = (changes(&stored)?, CallId::new());
        let derive = {
            let folder = Arc::clone(folder);
            move || undo(&folder, of, &done, by)
        };
        let Undoing { changes, conflicts } = blocking(derive).await??;
        if !conflicts.is_empty() || dry_run {
            drop_staged(folder, by)?;
        } else {
            self.commit_undo(task, folder, of, by, &Arc::new(changes.clone())).await?;
        }
        if conflicts.is_empty() {
            let (call_id, tool, turn) = (by, None, None);
            let status = ChangeSetStatus::Committed;
            report.undone.push(CallChanges {
                call_id,
                tool,
                turn,
                status,
                undoes: Some(of),
                rewinds_to: None,
                purged: false,
                changes: changes.set,
            });
        }
        Ok(conflicts)
    }

    async fn commit_undo(
        &self,
        task: &Task,
        folder: &Arc<Folder>,
        of: CallId,
        by: CallId,
        changes: &Arc<cowork_coworkspaces::Changes>,
    ) -> Result<()> {
        prepare(folder, by, changes).await?;
        let stored = stored_changes(by, task.id, ChangeSetStatus::Committed, changes)?;
        let stored = StoredChanges { undoes: Some(of), ..stored };
        let mut unit = self.core.store.begin().await?;
        unit.put_change_set(&stored, self.core.clock.now()).await?;
        unit.set_undone(of).await?;
        self.core.commit(unit, task.id).await?;
        carry_out(&self.core, folder, by, Arc::clone(changes)).await
    }
}
