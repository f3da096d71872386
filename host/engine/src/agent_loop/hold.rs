//! Change sets that wait for a person: held on disk and in the database, not in a suspended guest.

use super::AgentLoop;
use super::calls::Calls;
use super::decide::{Question, Standing};
use super::finish::prepare;
use super::outcome::Outcome;
use crate::Result;
use cowork_coworkspaces::{Changes, drop_staged};
use cowork_domain::TaskState;
use cowork_domain::call::Call;
use cowork_domain::change_set::{ChangeSetStatus, Hash};
use cowork_domain::event::EventKind;
use cowork_domain::{CallId, TaskId};
use cowork_store::{StoredChanges, Turn};
use std::sync::Arc;

/// What a held call gave and would do.
pub(super) fn outcome(stored: &StoredChanges) -> Result<Outcome> {
    let broken = |column| move |source| cowork_store::Error::Json { column, source };
    let held = stored.held_json.as_deref().unwrap_or_default();
    let outcome: Outcome = serde_json::from_str(held).map_err(broken("cowork_change_sets.held_json"))?;
    Ok(Outcome { changes: changes(stored)?, ..outcome })
}

pub(crate) fn changes(stored: &StoredChanges) -> Result<Changes> {
    let column = "cowork_change_sets.changes_json";
    Ok(serde_json::from_str(&stored.changes_json)
        .map_err(|source| cowork_store::Error::Json { column, source })?)
}

/// The record of what a call did, or would do.
pub(crate) fn stored_changes(
    call_id: CallId,
    task_id: TaskId,
    status: ChangeSetStatus,
    changes: &Changes,
) -> Result<StoredChanges> {
    let column = "cowork_change_sets.changes_json";
    let json = |source| cowork_store::Error::Json { column, source };
    Ok(StoredChanges {
        call_id,
        task_id,
        status,
        content_hash: changes.set.content_hash(),
        changes_json: serde_json::to_string(changes).map_err(json)?,
        held_json: None,
        undoes: None,
    })
}

impl AgentLoop {
    /// Keeps what a call would do until a person has answered; the question, if it was asked before.
    pub(super) async fn hold(&self, call: &Call, outcome: &Outcome) -> Result<Question> {
        prepare(&self.folder, call.id, &Arc::new(outcome.changes.clone())).await?;
        let stored = self.stored(call, outcome, ChangeSetStatus::Held)?;
        let mut unit = self.core.store.begin().await?;
        unit.put_change_set(&stored, self.core.clock.now()).await?;
        unit.commit().await?;
        self.question(call, &stored.content_hash).await
    }

    /// How far the question about exactly these changes is.
    pub(super) async fn question(&self, call: &Call, hash: &Hash) -> Result<Question> {
        Ok(match self.core.store.asked(call.id).await? {
            Some(asked) if asked.content_hash == *hash => match asked.decision {
                Some(decision) => Question::Answered(decision),
                None => Question::Waiting,
            },
            _ => Question::Unasked,
        })
    }

    pub(super) fn stored(
        &self,
        call: &Call,
        outcome: &Outcome,
        status: ChangeSetStatus,
    ) -> Result<StoredChanges> {
        let stored = stored_changes(call.id, self.task.id, status, &outcome.changes)?;
        let stored = StoredChanges { content_hash: outcome.content_hash(), ..stored };
        if status != ChangeSetStatus::Held {
            return Ok(stored);
        }
        let column = "cowork_change_sets.held_json";
        let held =
            serde_json::to_string(outcome).map_err(|source| cowork_store::Error::Json { column, source })?;
        Ok(StoredChanges { held_json: Some(held), ..stored })
    }

    pub(super) async fn ask_person(&self, all: &[Call], which: &[usize], calls: &Calls) -> Result<()> {
        let now = self.core.clock.now();
        let mut unit = self.core.store.begin().await?;
        for i in which {
            let Some(outcome) = calls.outcomes.get(i) else { continue };
            let (call, hash) = (&all[*i], outcome.content_hash());
            let of_request = outcome.request.as_ref().and_then(|request| request.reason.as_deref());
            let reason = calls.void.get(i).map(String::as_str).or(of_request);
            unit.ask(self.task.id, call.id, hash, reason, now).await?;
            let event = EventKind::ApprovalAsked { call_id: call.id, tool: call.tool.clone() };
            unit.insert_event(self.task.id, &event, now).await?;
        }
        self.core.change_state_in(&mut unit, self.task.id, TaskState::wait).await?;
        self.core.commit(unit, self.task.id).await
    }

    /// Leaves the turn to whoever takes it up with the answer. What ran behind a call that waits and is not held runs
    /// again then.
    pub(super) async fn leave(&mut self, turn: &Turn, calls: &Calls) -> Result<()> {
        for (call, standing) in turn.calls.iter().zip(&calls.standings) {
            if *standing == Standing::Ready {
                drop_staged(&self.folder, call.id)?;
            }
        }
        let mut unit = self.core.store.begin().await?;
        self.save_results(&mut unit).await?;
        let (work, of_agent) = self.take_time();
        unit.add_work(self.task.id, work, Some((self.agent.id, of_agent))).await?;
        unit.set_agent_waiting(self.agent.id).await?;
        self.core.commit(unit, self.task.id).await
    }
}
