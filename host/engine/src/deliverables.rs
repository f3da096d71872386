//! What is handed over: bound to the calls that made it, and looked at before a task is done.

use crate::Result;
use crate::blocking::blocking;
use crate::core::Core;
use cowork_coworkspaces::{Folder, Look, look};
use cowork_domain::call::HostEffect;
use cowork_domain::change_set::{Change, ChangeKind, ChangeSet, Hash};
use cowork_domain::deliverable::Deliverable;
use cowork_domain::warning::{Warning, WarningCode};
use cowork_domain::{CallId, CoworkspacePath, TaskId};
use cowork_store::Unit;
use std::sync::Arc;

/// Moves of a file that are followed back.
const MAX_MOVES: usize = 100;

/// Why a file that a call hands over cannot be: it is empty, or not what its name says. What the call has changed itself
/// is looked at when the task is done.
pub(crate) async fn unfit(
    folder: &Arc<Folder>,
    effects: &[HostEffect],
    set: &ChangeSet,
) -> Result<Option<String>> {
    let is_its_own = |path: &CoworkspacePath| set.changes().iter().any(|change| change.path == path.as_str());
    for effect in effects {
        let HostEffect::Deliver { path, .. } = effect else { continue };
        if is_its_own(path) {
            continue;
        }
        if let Some(trouble) = look_at(folder, path).await?.and_then(|look| look.trouble) {
            return Ok(Some(format!("{path} {trouble}; nothing was handed over")));
        }
    }
    Ok(None)
}

/// Binds deliverables to the calls that made them, in the unit in which a call becomes final: those that it hands over,
/// and those that it changes, moves or takes away.
pub(crate) async fn bind(
    unit: &mut Unit,
    task: TaskId,
    call: CallId,
    effects: &[HostEffect],
    set: &ChangeSet,
) -> Result<()> {
    let is_new = |deliverable: &Deliverable| {
        effects
            .iter()
            .any(|effect| matches!(effect, HostEffect::Deliver { path, .. } if *path == deliverable.path))
    };
    if set.is_empty() && !effects.iter().any(|effect| matches!(effect, HostEffect::Deliver { .. })) {
        return Ok(());
    }
    let all = unit.deliverables(task).await?;
    for deliverable in &all {
        let found = set.changes().iter().find_map(|change| Some((change, after(change, &deliverable.path)?)));
        let (change, after) = found.unzip();
        match after {
            Some(After::Gone) => unit.delete_deliverable(deliverable.id).await?,
            Some(After::At(path))
                if path != deliverable.path && all.iter().any(|other| other.path == path) =>
            {
                unit.delete_deliverable(deliverable.id).await?;
            }
            Some(After::At(path)) if is_new(deliverable) => {
                rebind(unit, task, Deliverable { path, ..deliverable.clone() }).await?;
            }
            Some(After::At(path)) => {
                let made_by =
                    unit.still_committed(&deliverable.made_by).await?.into_iter().chain([call]).collect();
                let left = change.and_then(|change| change.after.as_ref().or(change.before.as_ref()));
                let content_hash = left.map(|content| content.hash).or(deliverable.content_hash);
                let bound = Deliverable { path, made_by, content_hash, ..deliverable.clone() };
                unit.bind_deliverable(&bound).await?;
            }
            None if is_new(deliverable) => rebind(unit, task, deliverable.clone()).await?,
            None => {}
        }
    }
    Ok(())
}

/// What is wrong with what a task has handed over, as it lies there now.
pub(crate) async fn troubles(core: &Core, folder: &Arc<Folder>, task: TaskId) -> Result<Vec<Warning>> {
    let mut found = Vec::new();
    for deliverable in core.store.deliverables(task).await? {
        let look = look_at(folder, &deliverable.path).await?;
        found.extend(trouble(&deliverable, look));
    }
    Ok(found)
}

fn trouble(deliverable: &Deliverable, look: Option<Look>) -> Option<Warning> {
    let path = &deliverable.path;
    let Some(look) = look else {
        let detail =
            format!("{path} was handed over and is not there any more; no call of this task took it away");
        return Some(Warning::new(WarningCode::DeliverableMissing, detail));
    };
    if deliverable.content_hash.is_some_and(|left| left != look.content.hash) {
        let detail = format!("{path} was handed over, and somebody else has changed it since");
        return Some(Warning::new(WarningCode::DeliverableChanged, detail));
    }
    if let Some(why) = look.trouble {
        return Some(Warning::new(
            WarningCode::DeliverableBroken,
            format!("{path} was handed over and {why}"),
        ));
    }
    let detail = format!("{path} was handed over as it was; no call of this task made or changed it");
    deliverable.made_by.is_empty().then(|| Warning::new(WarningCode::DeliverableUnmade, detail))
}

enum After {
    Gone,
    At(CoworkspacePath),
}

/// What a change makes of what lies at a path; none where it does nothing to it.
fn after(change: &Change, path: &CoworkspacePath) -> Option<After> {
    let below = |folder: &str| path.as_str().strip_prefix(folder)?.strip_prefix('/').map(str::to_owned);
    let at = |path: String| path.parse().ok().map(After::At);
    match &change.kind {
        ChangeKind::Moved { from } if from == path.as_str() => at(change.path.clone()),
        ChangeKind::Moved { from } => at(format!("{}/{}", change.path, below(from)?)),
        ChangeKind::Deleted if change.path == path.as_str() || below(&change.path).is_some() => {
            Some(After::Gone)
        }
        ChangeKind::Deleted => None,
        ChangeKind::Created | ChangeKind::Modified | ChangeKind::Touched => {
            (change.path == path.as_str()).then(|| After::At(path.clone()))
        }
    }
}

/// Looks through all that the task has changed. What a later call does to the file is added to that.
async fn rebind(unit: &mut Unit, task: TaskId, deliverable: Deliverable) -> Result<()> {
    let (made_by, content_hash) = made_by(unit, task, deliverable.path.as_str()).await?;
    Ok(unit.bind_deliverable(&Deliverable { made_by, content_hash, ..deliverable }).await?)
}

/// The calls that made or changed what lies at a path, oldest first, wherever it lay before, and what they left.
async fn made_by(unit: &mut Unit, task: TaskId, path: &str) -> Result<(Vec<CallId>, Option<Hash>)> {
    let (mut calls, mut left) = (Vec::new(), None);
    let mut place = Some((path.to_owned(), i64::MAX));
    for _ in 0..MAX_MOVES {
        let Some((path, before)) = place.take() else { break };
        for change in unit.changes_at(task, &path, before).await?.into_iter().rev() {
            calls.push(change.call_id);
            left = left.or(change.content_hash);
            if let Some(from) = change.from {
                place = Some((from, change.position));
                break;
            }
        }
    }
    calls.reverse();
    Ok((calls, left))
}

async fn look_at(folder: &Arc<Folder>, path: &CoworkspacePath) -> Result<Option<Look>> {
    let (folder, path) = (Arc::clone(folder), path.clone());
    Ok(blocking(move || look(&folder, &path)).await??)
}
