//! Calls that were at work whenever the host ended without a word. A guest that brings a host down would do so at every
//! start, and keep every other task from its end: the third time, its task goes on alone; if the host ends again, it was
//! the call, and the task stops with the reason.

use crate::core::Core;
use crate::{Orchestrator, Result};
use cowork_coworkspaces::{Folder, forget_running, were_running};
use cowork_domain::call::Call;
use cowork_domain::change_set::ChangeSetStatus;
use cowork_domain::{CallId, Task, TaskId};
use std::collections::BTreeMap;

/// What is known of such calls at a start.
#[derive(Debug, Default)]
pub(crate) struct Suspects {
    /// To go on alone, one after the other.
    pub(crate) alone: Vec<(TaskId, CallId)>,
    /// Tasks that stop, and why, for people.
    pub(crate) guilty: BTreeMap<TaskId, String>,
}

/// Counts which calls of a coworkspace were at work when the last host ended.
pub(crate) async fn count_crashes(core: &Core, folder: &Folder, suspects: &mut Suspects) -> Result<()> {
    for id in were_running(folder)? {
        // Calls that people make by hand are of no task.
        if let Some(call) = core.store.call(id).await?.filter(|call| !call.status.is_final()) {
            count_crash(core, &call, suspects).await?;
        }
        forget_running(folder, id)?;
    }
    Ok(())
}

async fn count_crash(core: &Core, call: &Call, suspects: &mut Suspects) -> Result<()> {
    let mut unit = core.store.begin().await?;
    let times = unit.count_crash(call.id).await?;
    let suspect_after = core.settings.suspect_after;
    if suspect_after == 0 {
        return Ok(unit.commit().await?);
    }
    if times > suspect_after {
        // Whoever starts the task again grants it as many attempts again.
        unit.forget_crashes(call.id).await?;
        suspects.guilty.insert(call.task_id, reason(call, times));
    } else if times == suspect_after {
        suspects.alone.push((call.task_id, call.id));
    }
    Ok(unit.commit().await?)
}

fn reason(call: &Call, times: u32) -> String {
    format!(
        "the host ended {times} times while a call of {} was at work in turn {}, the last time with nothing else beside \
         it. Everything done before is kept. Look at the host's log and at what the call was given, then start the task \
         again, or cancel it",
        call.tool, call.turn
    )
}

impl Orchestrator {
    /// Goes on with tasks in this order, those first and alone whose calls are suspected.
    pub(crate) async fn carry_on_with(&self, tasks: Vec<Task>, alone: Vec<(TaskId, CallId)>) {
        let (mut suspected, others): (Vec<Task>, Vec<Task>) =
            tasks.into_iter().partition(|task| alone.iter().any(|(id, _)| *id == task.id));
        if suspected.is_empty() {
            others.iter().for_each(|task| self.carry_on(task));
            return;
        }
        let this = self.clone();
        // Whoever starts the host need not wait for it.
        tokio::spawn(async move {
            // A person may have set one to work in the meantime.
            let rests = |task: &Task| this.core.at_work.end_of(task.id).is_cancelled();
            for task in suspected.drain(..).filter(rests) {
                tracing::warn!(task.id = %task.id, "goes on alone: hosts ended again and again while it was at work");
                this.carry_on(&task);
                for (_, call) in alone.iter().filter(|(id, _)| *id == task.id) {
                    this.core.until_past(task.id, *call).await;
                }
            }
            others.iter().filter(|task| rests(task)).for_each(|task| this.carry_on(task));
        });
    }
}

impl Core {
    /// Returns when a guest has let go of a call, or nobody works on its task any more.
    async fn until_past(&self, task: TaskId, call: CallId) {
        let (mut bell, end) = (self.bell.listen(task), self.at_work.end_of(task));
        while !self.is_past(call).await.unwrap_or(true) {
            tokio::select! {
                heard = bell.changed() => if heard.is_err() { return },
                () = end.cancelled() => return,
            }
        }
    }

    async fn is_past(&self, call: CallId) -> Result<bool> {
        let is_final = self.store.call(call).await?.is_none_or(|call| call.status.is_final());
        let held = self.store.change_set(call).await?;
        Ok(is_final || held.is_some_and(|held| held.status == ChangeSetStatus::Held))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cowork_domain::AgentId;
    use cowork_domain::call::CallStatus;

    #[test]
    fn the_reason_says_what_to_do() {
        let call = Call {
            id: CallId::new(),
            task_id: TaskId::new(),
            agent_id: AgentId::new(),
            turn: 7,
            position: 0,
            model_call_id: String::new(),
            tool: "unpack".to_owned(),
            arguments: String::new(),
            status: CallStatus::Intended,
            result: None,
            usage: None,
            created_at: cowork_domain::Timestamp::UNIX_EPOCH,
            finished_at: None,
        };
        let reason = reason(&call, 4);
        assert!(
            reason.starts_with("the host ended 4 times while a call of unpack was at work in turn 7"),
            "{reason}"
        );
        assert!(reason.ends_with("then start the task again, or cancel it"), "{reason}");
    }
}
