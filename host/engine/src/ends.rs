//! How agents end: done, failed, or with the agent that made them. Nobody is left behind by it.

use crate::core::Core;
use crate::late_results::{deliver, release};
use crate::new_agents::add;
use crate::{Error, Result, prompts};
use cowork_coworkspaces::drop_staged;
use cowork_domain::agent::{Agent, AgentStatus};
use cowork_domain::agent_message::AgentMessage;
use cowork_domain::approval::Decision;
use cowork_domain::call::SubtaskStatus;
use cowork_domain::event::EventKind;
use cowork_domain::progress::PhaseProgress;
use cowork_domain::{AgentId, CallId, Task, TaskId};
use cowork_store::{AgentPrompt, Unit};

/// How an agent ends.
pub(crate) enum End<'a> {
    /// With these last words.
    Completed(&'a str),
    /// It could not finish, and nobody tries after it.
    Failed { why: &'a str, words: Option<&'a str> },
    /// It could not finish, and another one tries.
    Replaced { why: &'a str, words: Option<&'a str> },
    /// The agent that made it has ended.
    WithParent,
}

/// Ends an agent with those that it made, tells the agent that made it, and lets go who waits for it. False: it had
/// ended before.
pub(crate) async fn end_agent(
    core: &Core,
    unit: &mut Unit,
    task: TaskId,
    agent: &Agent,
    end: &End<'_>,
) -> Result<bool> {
    let now = core.clock.now();
    let (status, words, why) = match *end {
        End::Completed(words) => (AgentStatus::Completed, Some(words), None),
        End::Failed { why, words } | End::Replaced { why, words } => (AgentStatus::Failed, words, Some(why)),
        End::WithParent => (AgentStatus::Ended, None, None),
    };
    if !unit.end_agent(agent.id, status, words, why, now).await? {
        return Ok(false);
    }
    unit.insert_event(task, &EventKind::AgentEnded { agent: agent.name.clone(), status }, now).await?;
    for child in unit.open_children(agent.id).await? {
        Box::pin(end_agent(core, unit, task, &child, &End::WithParent)).await?;
    }
    let told = match *end {
        End::Completed(words) => Some(("result", words.to_owned())),
        End::Failed { why, words } => {
            let left = words.map(|words| format!("\nIts last words: {words}")).unwrap_or_default();
            Some(("failure", format!("It did not finish: {why}{left}")))
        }
        End::Replaced { .. } | End::WithParent => None,
    };
    if let (Some(parent), Some((kind, content))) = (agent.parent_id, told) {
        tell(core, unit, task, agent, parent, kind, content).await?;
    }
    if !matches!(end, End::Replaced { .. }) {
        release(core, unit, task, agent.id, &agent.name).await?;
    }
    Ok(true)
}

async fn tell(
    core: &Core,
    unit: &mut Unit,
    task: TaskId,
    from: &Agent,
    to: AgentId,
    kind: &str,
    content: String,
) -> Result<()> {
    let is_tainted = unit.is_tainted(from.id).await?;
    let message = AgentMessage {
        id: CallId::new().to_string(),
        from_agent: from.id,
        to_agent: to,
        from_name: from.name.clone(),
        kind: kind.to_owned(),
        content,
        is_tainted,
        sent_at: core.clock.now(),
        delivered_turn: None,
    };
    unit.insert_message(task, &message, None).await?;
    deliver(core, unit, task, to).await
}

/// Whether an error is the agent's own, so that another one may do better: not the model's or the host's.
pub(crate) fn is_its_own(agent: &Agent, error: &Error) -> bool {
    let is_sub_agent = agent.subtask_id.is_some() || agent.parent_id.is_some();
    is_sub_agent && matches!(error, Error::Unusable(_) | Error::Repeats { .. } | Error::Sandbox { .. })
}

/// Ends a sub-agent that failed. Its part is left to another one, a bounded number of times; then what it did stays,
/// and the plan and the agent that made it say that it failed.
pub(crate) async fn fail_agent(core: &Core, task: &Task, agent: &Agent, error: &Error) -> Result<()> {
    let why = error.explain();
    let learned = core.store.learned(agent.id).await?;
    let words = learned.words.as_deref();
    let phases = core.store.phases(task.id).await?;
    // Only the lines of a parallel phase are claimed.
    let is_claimable = |phase: &PhaseProgress| Some(phase.id) == agent.phase_id && phase.parallel;
    let may_be_tried = agent.subtask_id.is_none() || phases.iter().any(is_claimable);
    let another = may_be_tried && agent.attempt <= core.settings.sub_agent_retries;
    let mut unit = core.store.begin().await?;
    let end = if another { End::Replaced { why: &why, words } } else { End::Failed { why: &why, words } };
    if !end_agent(core, &mut unit, task.id, agent, &end).await? {
        return Ok(());
    }
    match (agent.subtask_id, another) {
        (Some(subtask), true) => unit.release_subtask(subtask).await?,
        (Some(subtask), false) => {
            unit.set_subtask(subtask, SubtaskStatus::Failed, Some(&why)).await?;
            let (title, status) = (agent.name.clone(), SubtaskStatus::Failed);
            let event = EventKind::SubtaskChanged {
                subtask_id: subtask,
                title,
                status,
                note: Some(why.clone()),
                turn: None,
            };
            unit.insert_event(task.id, &event, core.clock.now()).await?;
        }
        (None, true) => {
            let learned = prompts::learned(Some(&why), &learned);
            replace(core, &mut unit, task, agent, &learned).await?;
        }
        (None, false) => {}
    }
    tracing::info!(task.id = %task.id, agent = agent.name, attempt = agent.attempt, why, "a sub-agent failed");
    core.commit(unit, task.id).await
}

/// Makes another agent for the part of one that an agent made and that failed.
async fn replace(
    core: &Core,
    unit: &mut Unit,
    task: &Task,
    failed: &Agent,
    learned: &serde_json::Value,
) -> Result<()> {
    let before = core.store.agent_prompt(failed.id).await?;
    let brief = format!("{}\n\n{}", before.brief, prompts::failed(std::slice::from_ref(learned))?);
    let next = Agent {
        id: AgentId::new(),
        parent_id: failed.parent_id,
        depth: failed.depth,
        attempt: failed.attempt + 1,
        write_set: failed.write_set.clone(),
        ..Agent::new(&failed.name, failed.role, failed.phase_id)
    };
    let prompt = AgentPrompt { system_prompt: before.system_prompt, brief };
    add(unit, task.id, &next, &prompt, None).await?;
    Ok(unit.wait_for_another(failed.id, next.id).await?)
}

/// Drops what calls of agents hold that have ended, and denies what they asked.
pub(crate) async fn clear_the_ended(core: &Core, task: &Task) -> Result<()> {
    let word = Some("the agent that asked has ended".to_owned());
    let mut unit = core.store.begin().await?;
    unit.deny_questions_of_the_ended(task.id, &Decision::Deny { word }, core.clock.now()).await?;
    let held = unit.deny_held_of_the_ended(task.id).await?;
    if !unit.has_open_approvals(task.id).await? {
        core.change_state_in(&mut unit, task.id, |state| Ok(state.answered())).await?;
    }
    core.commit(unit, task.id).await?;
    let folder = core.coworkspaces.open(&task.coworkspace_slug)?;
    for call in held {
        drop_staged(&folder, call)?;
    }
    Ok(())
}
