//! Questions to people, and their answers.

use crate::agent_loop::changes;
use crate::blocking::blocking;
use crate::{Error, Orchestrator, Result};
use cowork_coworkspaces::diff;
use cowork_domain::approval::{Approval, Decision};
use cowork_domain::event::EventKind;
use cowork_domain::{ApprovalId, CallId, TaskId};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What is shown of the changes of text files, in bytes.
const DIFF: usize = 16 << 10;

impl Orchestrator {
    /// What waits for a person's answer.
    pub async fn open_approvals(&self, id: TaskId) -> Result<Vec<Approval>> {
        let task = self.core.task(id).await?;
        let mut open = self.core.store.open_approvals(id).await?;
        if open.is_empty() {
            return Ok(open);
        }
        let folder = self.core.coworkspaces.open(&task.coworkspace_slug)?;
        for approval in &mut open {
            if let Some(stored) = self.core.store.change_set(approval.call_id).await? {
                let (folder, call, changes) = (Arc::clone(&folder), approval.call_id, changes(&stored)?);
                let compare = move || diff(&folder, call, &changes, DIFF);
                approval.diff = blocking(compare).await?;
            }
        }
        Ok(open)
    }

    /// What waits for a person's answer, of all tasks, oldest first. The diffs are with those of a task.
    pub async fn all_open_approvals(&self) -> Result<Vec<Approval>> {
        Ok(self.core.store.all_open_approvals().await?)
    }

    /// Answers one question by its own id.
    pub async fn answer_by_id(&self, id: ApprovalId, decision: &Decision) -> Result<()> {
        let task = self.core.store.task_of_approval(id).await?;
        self.answer(task.ok_or_else(|| Error::NoApproval(id.to_string()))?, id, decision).await
    }

    /// Answers one question.
    pub async fn answer(&self, task: TaskId, id: ApprovalId, decision: &Decision) -> Result<()> {
        let now = self.core.clock.now();
        let open = self.core.store.open_approvals(task).await?;
        let asked = open.into_iter().find(|approval| approval.id == id);
        let asked = asked.ok_or_else(|| Error::NoApproval(id.to_string()))?;
        if let Decision::ApprovePart { paths } = decision {
            self.check_part(asked.call_id, paths).await?;
        }
        let mut unit = self.core.store.begin().await?;
        let call = unit.answer_approval(task, id, decision, now).await?;
        let call_id = call.ok_or_else(|| Error::NoApproval(id.to_string()))?;
        if let (Decision::ApproveKind, Some(kind)) = (decision, &asked.kind) {
            unit.allow_kind(task, kind).await?;
        }
        let approved = !matches!(decision, Decision::Deny { .. });
        unit.insert_event(task, &EventKind::ApprovalAnswered { call_id, approved }, now).await?;
        unit.set_parked(task, false).await?;
        if !unit.has_open_approvals(task).await? {
            self.core.change_state_in(&mut unit, task, |state| Ok(state.answered())).await?;
        }
        self.core.commit(unit, task).await?;
        self.wake(task);
        Ok(())
    }

    /// A part that could not be carried out by itself is refused while the person is still there.
    async fn check_part(&self, call: CallId, paths: &BTreeSet<String>) -> Result<()> {
        if let Some(stored) = self.core.store.change_set(call).await? {
            changes(&stored)?.part(paths)?;
        }
        Ok(())
    }
}
