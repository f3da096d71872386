//! Questions to people, and their answers.

use crate::agent_loop::changes;
use crate::blocking::blocking;
use crate::core::Core;
use crate::{Error, Orchestrator, Result, late_results};
use cowork_coworkspaces::diff;
use cowork_domain::approval::{Approval, Decision, MAX_TEXT};
use cowork_domain::event::EventKind;
use cowork_domain::{ApprovalId, CallId, TaskId};
use cowork_store::Unit;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What is shown of the changes of text files, in bytes.
const DIFF: usize = 16 << 10;
/// The longest name of who answers, in characters.
const MAX_NAME: usize = 100;

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
            if approval.question.is_none()
                && let Some(stored) = self.core.store.change_set(approval.call_id).await?
            {
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
    pub async fn answer_by_id(&self, id: ApprovalId, decision: &Decision, by: &str) -> Result<()> {
        let task = self.core.store.task_of_approval(id).await?;
        self.answer(task.ok_or_else(|| Error::NoApproval(id.to_string()))?, id, decision, by).await
    }

    /// Answers one question. `by` says who does.
    pub async fn answer(&self, task: TaskId, id: ApprovalId, decision: &Decision, by: &str) -> Result<()> {
        self.answer_these(task, Some(&[id]), decision, by).await.map(drop)
    }

    /// Answers several questions of a task alike, or all that may be answered so, in one go; how many. Questions in words
    /// are answered so only where they are named, or denied.
    pub async fn answer_these(
        &self,
        task: TaskId,
        ids: Option<&[ApprovalId]>,
        decision: &Decision,
        by: &str,
    ) -> Result<usize> {
        check_answer(decision, by)?;
        let mut open = self.core.store.open_approvals(task).await?;
        match ids {
            Some(ids) => {
                let is_open = |id: &&ApprovalId| open.iter().any(|approval| approval.id == **id);
                if let Some(missing) = ids.iter().find(|id| !is_open(id)) {
                    return Err(Error::NoApproval(missing.to_string()));
                }
                open.retain(|approval| ids.contains(&approval.id));
            }
            None => open.retain(|approval| fits(approval, decision).is_ok()),
        }
        for approval in &open {
            fits(approval, decision)?;
            if let Decision::ApprovePart { paths } = decision {
                self.check_part(approval.call_id, paths).await?;
            }
        }
        let mut unit = self.core.store.begin().await?;
        for approval in &open {
            answer_in(&self.core, &mut unit, approval, decision, by).await?;
        }
        unit.set_parked(task, false).await?;
        if !unit.has_open_approvals(task).await? {
            self.core.change_state_in(&mut unit, task, |state| Ok(state.answered())).await?;
        }
        self.core.commit(unit, task).await?;
        self.wake(task);
        Ok(open.len())
    }

    /// A part that could not be carried out by itself is refused while the person is still there.
    async fn check_part(&self, call: CallId, paths: &BTreeSet<String>) -> Result<()> {
        if let Some(stored) = self.core.store.change_set(call).await? {
            changes(&stored)?.part(paths)?;
        }
        Ok(())
    }
}

async fn answer_in(
    core: &Core,
    unit: &mut Unit,
    approval: &Approval,
    decision: &Decision,
    by: &str,
) -> Result<()> {
    let (task, now) = (approval.task_id, core.clock.now());
    let call = unit.answer_approval(task, approval.id, decision, by, now).await?;
    let call_id = call.ok_or_else(|| Error::NoApproval(approval.id.to_string()))?;
    if let (Decision::ApproveKind, Some(kind)) = (decision, &approval.kind) {
        unit.allow_kind(task, kind).await?;
    }
    let approved = !matches!(decision, Decision::Deny { .. });
    unit.insert_event(task, &EventKind::ApprovalAnswered { call_id, approved, by: by.to_owned() }, now)
        .await?;
    if approval.question.is_some() {
        late_results::answer(core, unit, call_id, decision).await?;
    }
    Ok(())
}

/// Whether an answer is one to a question.
fn fits(approval: &Approval, decision: &Decision) -> Result<()> {
    let problem = match (&approval.question, decision) {
        (_, Decision::Deny { .. }) | (Some(_), Decision::Answer { .. }) => return Ok(()),
        (Some(question), _) => format!("is asked in words, and answered in words: {}", question.text),
        (None, Decision::Answer { .. }) => "is about what a call would do: approve or deny it".to_owned(),
        (None, Decision::Approve | Decision::ApproveKind | Decision::ApprovePart { .. }) => return Ok(()),
    };
    Err(Error::Invalid { field: "the question", problem })
}

fn check_answer(decision: &Decision, by: &str) -> Result<()> {
    if by.is_empty() || by.chars().count() > MAX_NAME {
        let problem = format!("says in 1 to {MAX_NAME} characters who answers");
        return Err(Error::Invalid { field: "answered_by", problem });
    }
    match decision {
        Decision::Answer { text } if text.trim().is_empty() || text.chars().count() > MAX_TEXT => {
            let problem = format!("has 1 to {MAX_TEXT} characters");
            Err(Error::Invalid { field: "the answer", problem })
        }
        _ => Ok(()),
    }
}
