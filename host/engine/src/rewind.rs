//! Going back to a turn: files, contexts, and how far everything was.
//!
//! What the calls after it did to files is taken back by one change set, derived before anything is decided, so that
//! every conflict is known. It becomes final in the unit that also says which turns belong to no context any more: a
//! crash before it has changed nothing, and after it the next start carries the rest out.

use crate::agent_loop::{carry_out, changes, prepare, progress_of, stored_changes};
use crate::blocking::blocking;
use crate::recovery::complete;
use crate::{Error, Orchestrator, Result};
use cowork_coworkspaces::{Changes, Folder, Undoing, drop_staged, reached, undo_all};
use cowork_domain::approval::Decision;
use cowork_domain::call::SubtaskStatus;
use cowork_domain::change_set::{CallChanges, ChangeSetStatus};
use cowork_domain::event::EventKind;
use cowork_domain::progress::{PhaseStatus, SubtaskProgress};
use cowork_domain::rewind::{Past, RewindReport, TurnEntry};
use cowork_domain::{CallId, Task, TaskId, TaskState};
use cowork_store::Unit;
use std::sync::Arc;

/// What going back would do, before it is decided.
struct Way {
    past: Past,
    /// Turns begun when it was derived.
    begun: u32,
    /// The call that takes files back.
    by: CallId,
    changes: Arc<Changes>,
    report: RewindReport,
}

impl Orchestrator {
    /// Goes back to the end of a turn, or with 0 to before the first. The task is paused then. Where something is in the
    /// way, or with `dry_run`, nothing is done but said.
    pub async fn rewind_task(&self, id: TaskId, to: u32, dry_run: bool) -> Result<RewindReport> {
        let task = self.core.task(id).await?;
        task.state.clone().rewind()?;
        let at_work = matches!(task.state, TaskState::Running | TaskState::Waiting);
        if dry_run || at_work {
            // Nobody is stopped for what cannot be done.
            let look = self.look_back(&task, to).await?;
            if dry_run || !look.conflicts.is_empty() {
                return Ok(look);
            }
        }
        if at_work {
            self.core.change_state(id, TaskState::pause).await?;
        }
        self.core.at_work.stop(id).await;
        self.go_back(&task, to).await
    }

    /// The last turns of a task, oldest first, at most a thousand.
    pub async fn turns(&self, id: TaskId) -> Result<Vec<TurnEntry>> {
        self.core.task(id).await?;
        Ok(self.core.store.turn_entries(id, 1000).await?)
    }

    async fn look_back(&self, task: &Task, to: u32) -> Result<RewindReport> {
        let folder = self.core.coworkspaces.open(&task.coworkspace_slug)?;
        let writing = self.core.writing(&task.coworkspace_slug);
        let _commit = writing.lock().await;
        let way = self.way_back(task, &folder, to).await?;
        drop_staged(&folder, way.by)?;
        Ok(way.report)
    }

    async fn go_back(&self, task: &Task, to: u32) -> Result<RewindReport> {
        let folder = self.core.coworkspaces.open(&task.coworkspace_slug)?;
        let writing = self.core.writing(&task.coworkspace_slug);
        let _commit = writing.lock().await;
        let mut way = self.way_back(task, &folder, to).await?;
        if !way.report.conflicts.is_empty() {
            drop_staged(&folder, way.by)?;
            return Ok(way.report);
        }
        if !way.changes.steps.is_empty() {
            prepare(&folder, way.by, &way.changes).await?;
        }
        let held = self.record(task, &way).await?;
        reached("rewound");
        carry_out(&self.core, &folder, way.by, Arc::clone(&way.changes)).await?;
        for call in held {
            drop_staged(&folder, call)?;
        }
        way.report.done = true;
        Ok(way.report)
    }

    /// To be called with commits in the folder locked out.
    async fn way_back(&self, task: &Task, folder: &Arc<Folder>, to: u32) -> Result<Way> {
        complete(&self.core, folder).await?;
        let store = &self.core.store;
        let begun = store.account(task.id).await?.spent.turns;
        if store.forked_from(task.id).await?.is_some_and(|(_, turn)| to < turn) {
            // What came before it was another task's.
            return Err(Error::NoTurn(to));
        }
        let past = store.past(task.id, to).await?.ok_or(Error::NoTurn(to))?;
        let is_later = |done: &&CallChanges| done.turn.is_some_and(|turn| past.later.contains(&turn));
        let all = store.change_sets(task.id).await?;
        let committed = all.iter().filter(|done| done.status == ChangeSetStatus::Committed);
        let taken_back: Vec<&CallChanges> = committed.filter(is_later).rev().collect();
        let gone = taken_back.iter().filter(|done| done.purged);
        let mut conflicts: Vec<String> =
            gone.map(|done| format!("what the call {} replaced is kept no longer", done.call_id)).collect();
        let by = CallId::new();
        let mut changed = Changes::default();
        if conflicts.is_empty() {
            let undoing = self.derive(folder, &taken_back, by).await?;
            (changed, conflicts) = (undoing.changes, undoing.conflicts);
        }
        let report = RewindReport {
            to_turn: to,
            turns: past.later.clone(),
            calls: taken_back.iter().map(|done| done.call_id).collect(),
            changes: changed.set.clone(),
            conflicts,
            sent: store.requests_sent(task.id, &past.later).await?,
            done: false,
        };
        Ok(Way { past, begun, by, changes: Arc::new(changed), report })
    }

    async fn derive(&self, folder: &Arc<Folder>, calls: &[&CallChanges], by: CallId) -> Result<Undoing> {
        let mut done = Vec::new();
        for call in calls {
            let stored = self.core.store.change_set(call.call_id).await?.ok_or(Error::NothingToUndo)?;
            done.push((call.call_id, changes(&stored)?));
        }
        let folder = Arc::clone(folder);
        let derive = move || undo_all(&folder, done.iter().map(|(call, changes)| (*call, changes)), by);
        Ok(blocking(derive).await??)
    }

    /// One unit for all of it; gives the calls whose questions are void.
    async fn record(&self, task: &Task, way: &Way) -> Result<Vec<CallId>> {
        let (id, now) = (task.id, self.core.clock.now());
        let mut unit = self.core.store.begin().await?;
        let current = unit.task(id).await?.ok_or(Error::NoTask(id))?;
        let at_work = matches!(current.state, TaskState::Running | TaskState::Waiting);
        if at_work || unit.turns_begun(id).await? != way.begun {
            return Err(Error::WentOn);
        }
        let by = if way.changes.steps.is_empty() { None } else { Some(way.by) };
        if let Some(by) = by {
            let stored = stored_changes(by, id, ChangeSetStatus::Committed, &way.changes)?;
            unit.put_change_set(&stored, now).await?;
            unit.set_rewinds_to(by, way.past.turn).await?;
        }
        for call in &way.report.calls {
            unit.set_undone(*call).await?;
        }
        unit.insert_rewind(id, &way.past, by, now).await?;
        put_back(&mut unit, id, &way.past, now).await?;
        let word = Some("the task was rewound".to_owned());
        unit.answer_all(id, &Decision::Deny { word }, now).await?;
        let held = unit.deny_held(id).await?;
        unit.set_parked(id, false).await?;
        self.core.change_state_in(&mut unit, id, TaskState::rewind).await?;
        unit.insert_event(id, &EventKind::Rewound { to_turn: way.past.turn }, now).await?;
        self.core.commit(unit, id).await?;
        Ok(held)
    }
}

/// Agents, subtasks, phases and deliverables become what they were. The plan stays as it is now.
pub(crate) async fn put_back(
    unit: &mut Unit,
    id: TaskId,
    past: &Past,
    now: cowork_domain::Timestamp,
) -> Result<()> {
    unit.set_agents_back(id, &past.agents, now).await?;
    unit.void_messages(id).await?;
    unit.put_deliverables(id, &past.deliverables).await?;
    let agents = unit.agents(id).await?;
    for mut phase in unit.phases(id).await? {
        for subtask in &mut phase.subtasks {
            let then = past.subtasks.iter().find(|(id, _, _)| *id == subtask.id);
            (subtask.status, subtask.note) = match then {
                Some((_, status, note)) => (*status, note.clone()),
                None => (SubtaskStatus::Pending, None),
            };
            unit.put_subtask(subtask).await?;
        }
        let own = || agents.iter().filter(|agent| agent.phase_id == Some(phase.id));
        let is_done =
            own().all(|agent| agent.status.is_over()) && phase.subtasks.iter().all(SubtaskProgress::is_over);
        let status = match own().next() {
            None => PhaseStatus::Pending,
            Some(_) if is_done => PhaseStatus::Completed,
            Some(_) => PhaseStatus::Running,
        };
        unit.set_phase(phase.id, status, progress_of(&phase)).await?;
    }
    Ok(unit.renew_claims(id).await?)
}
