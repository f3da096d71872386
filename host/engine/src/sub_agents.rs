//! Who works on what: one agent for a phase, or one for each subtask of a parallel phase, and one that joins it all.

use crate::core::Core;
use crate::new_agents::add;
use crate::picture::Picture;
use crate::{Error, Result, memory, prompts};
use cowork_domain::agent::{Agent, AgentRole, AgentStatus};
use cowork_domain::call::SubtaskStatus;
use cowork_domain::event::EventKind;
use cowork_domain::plan::Phase;
use cowork_domain::progress::{PhaseProgress, PhaseStatus};
use cowork_domain::{SubtaskId, Taint, Task};
use cowork_models::Label;
use cowork_store::{AgentPrompt, Unit};
use serde_json::Value;

/// Begins a phase, if it has not begun: with its agent, or open for those who claim its subtasks. True: it began now, or
/// the plan is another one by now.
pub(crate) async fn fan_out(
    core: &Core,
    task: &Task,
    picture: &Picture,
    phase: &PhaseProgress,
    wanted: &Phase,
) -> Result<bool> {
    if phase.status != PhaseStatus::Pending {
        return Ok(false);
    }
    memory::catch_up(core, &task.coworkspace_slug).await;
    let mut unit = core.store.begin().await?;
    if unit.plan_in_force(task.id).await? != picture.version {
        return Ok(true);
    }
    if !phase.parallel {
        let lines: Vec<&str> = phase.subtasks.iter().map(|subtask| subtask.title.as_str()).collect();
        let mut agent = Agent::new(&phase.name, AgentRole::Worker, Some(phase.id));
        agent.write_set = lines.iter().flat_map(|line| wanted.writes_of(line)).cloned().collect();
        insert_worker(core, &mut unit, task, picture, &agent, &lines, "").await?;
    }
    unit.set_phase(phase.id, PhaseStatus::Running, phase.progress).await?;
    core.commit(unit, task.id).await?;
    Ok(true)
}

/// Claims subtasks of a parallel phase that nobody works on, as many as there are places, with an agent for each. How
/// many.
pub(crate) async fn claim_tasks(
    core: &Core,
    task: &Task,
    picture: &Picture,
    phase: &PhaseProgress,
    wanted: &Phase,
    places: usize,
) -> Result<usize> {
    memory::catch_up(core, &task.coworkspace_slug).await;
    let mut unit = core.store.begin().await?;
    let mut claimed = 0;
    while claimed < places && claim_task(core, &mut unit, task, picture, phase, wanted).await? {
        claimed += 1;
    }
    if claimed > 0 {
        core.commit(unit, task.id).await?;
    }
    Ok(claimed)
}

/// Claims the next one. False: nothing is left to claim.
async fn claim_task(
    core: &Core,
    unit: &mut Unit,
    task: &Task,
    picture: &Picture,
    phase: &PhaseProgress,
    wanted: &Phase,
) -> Result<bool> {
    let mut agent = Agent::new(String::new(), AgentRole::Worker, Some(phase.id));
    let Some(id) = unit.claim_subtask(phase.id, agent.id).await? else { return Ok(false) };
    let subtask = phase.subtasks.iter().find(|subtask| subtask.id == id);
    let subtask = subtask.ok_or_else(|| Error::Unusable(format!("the plan has no subtask {id} any more")))?;
    agent.name.clone_from(&subtask.title);
    agent.subtask_id = Some(id);
    agent.write_set = wanted.writes_of(&subtask.title).to_vec();
    let learned = learned(core, picture, id).await?;
    agent.attempt += u32::try_from(learned.len()).unwrap_or(u32::MAX - 1);
    let failed = prompts::failed(&learned)?;
    insert_worker(core, unit, task, picture, &agent, &[&subtask.title], &failed).await?;
    if subtask.status == SubtaskStatus::Pending {
        say(core, unit, task, &agent, SubtaskStatus::Running).await?;
    }
    Ok(true)
}

/// Ends a phase whose agents are done.
pub(crate) async fn end_phase(core: &Core, task: &Task, phase: &PhaseProgress) -> Result<()> {
    let mut unit = core.store.begin().await?;
    unit.set_phase(phase.id, PhaseStatus::Completed, 1.0).await?;
    core.commit(unit, task.id).await
}

/// Makes the agent that joins what the others did into the report. False: it is there, and the plan is what it was.
pub(crate) async fn synthesize_results(core: &Core, task: &Task, picture: &Picture) -> Result<bool> {
    if picture.agents.iter().any(|agent| agent.role == AgentRole::Synthesis) {
        return Ok(false);
    }
    let deliverables = core.store.deliverables(task.id).await?;
    let prompt = AgentPrompt {
        system_prompt: prompts::agent(core, task, &Label::Synthesis)?,
        brief: prompts::synthesis(task, &picture.plan, &picture.agents, &deliverables)?,
    };
    let mut unit = core.store.begin().await?;
    let phases = unit.phases(task.id).await?;
    let is_done = |phase: &PhaseProgress| phase.status == PhaseStatus::Completed;
    if unit.plan_in_force(task.id).await? != picture.version || !phases.iter().all(is_done) {
        return Ok(true);
    }
    let agent = Agent::new("Synthesis", AgentRole::Synthesis, None);
    add(&mut unit, task.id, &agent, &prompt, None).await?;
    core.commit(unit, task.id).await?;
    Ok(true)
}

/// What those learned who failed at a subtask before.
async fn learned(core: &Core, picture: &Picture, id: SubtaskId) -> Result<Vec<Value>> {
    let mut all = Vec::new();
    let failed = |agent: &&Agent| agent.subtask_id == Some(id) && agent.status == AgentStatus::Failed;
    for agent in picture.agents.iter().filter(failed) {
        all.push(prompts::learned(agent.failure.as_deref(), &core.store.learned(agent.id).await?));
    }
    Ok(all)
}

/// Adds the agent of a phase or of a subtask.
async fn insert_worker(
    core: &Core,
    unit: &mut Unit,
    task: &Task,
    picture: &Picture,
    agent: &Agent,
    lines: &[&str],
    failed: &str,
) -> Result<()> {
    // What others of the same phase do at the same time is not done before this.
    let is_before = |other: &&Agent| other.status.is_over() && other.phase_id != agent.phase_id;
    let before: Vec<&Agent> = picture.agents.iter().filter(is_before).collect();
    let about = format!("{} {} {}", agent.name, lines.join(" "), task.outcome);
    let told = memory::told(core, &task.coworkspace_slug, &about).await?;
    let prompt = AgentPrompt {
        system_prompt: prompts::agent(core, task, &Label::Agent(agent.name.clone()))?,
        brief: prompts::brief(task, &picture.plan, agent, lines, &before, &told.memories, failed)?,
    };
    add(unit, task.id, agent, &prompt, told.tainted.then_some(Taint::Memory)).await
}

async fn say(core: &Core, unit: &mut Unit, task: &Task, agent: &Agent, status: SubtaskStatus) -> Result<()> {
    let Some(subtask_id) = agent.subtask_id else { return Ok(()) };
    unit.set_subtask(subtask_id, status, None).await?;
    let title = agent.name.clone();
    let event = EventKind::SubtaskChanged { subtask_id, title, status, note: None, turn: None };
    Ok(unit.insert_event(task.id, &event, core.clock.now()).await?)
}
