//! Who works on what: one agent for a phase, or one for each subtask of a parallel phase, and one that joins it all.

use crate::agent_loop::AgentLoop;
use crate::core::Core;
use crate::runner::Course;
use crate::{Result, prompts};
use cowork_domain::agent::{Agent, AgentRole, AgentStatus};
use cowork_domain::progress::{PhaseProgress, PhaseStatus, SubtaskProgress};
use cowork_domain::{AgentId, Task};
use cowork_models::Label;
use cowork_store::AgentPrompt;
use std::sync::Arc;

/// What an agent is to be made for.
struct Spec<'a> {
    name: &'a str,
    subtask: Option<&'a SubtaskProgress>,
    lines: Vec<&'a str>,
}

/// The agents of a phase: those that are there, or new ones, made together with the phase's start. None: the plan is
/// another one by now.
pub(crate) async fn fan_out(
    core: &Core,
    task: &Task,
    course: &Course,
    phase: &PhaseProgress,
) -> Result<Option<Vec<Agent>>> {
    let all = core.store.agents(task.id).await?;
    let (mut agents, before): (Vec<Agent>, Vec<Agent>) =
        all.into_iter().partition(|agent| agent.phase_id == Some(phase.id));
    if !agents.is_empty() {
        return Ok(Some(agents));
    }
    let mut unit = core.store.begin().await?;
    if unit.plan_in_force(task.id).await? != course.version {
        return Ok(None);
    }
    for spec in specs(phase) {
        let prompt = AgentPrompt {
            system_prompt: prompts::agent(core, task, &Label::Agent(spec.name.to_owned()))?,
            brief: prompts::brief(task, &course.plan, spec.name, &spec.lines, &before)?,
        };
        let agent = Agent {
            id: AgentId::new(),
            name: spec.name.to_owned(),
            role: AgentRole::Worker,
            status: AgentStatus::Idle,
            phase_id: Some(phase.id),
            subtask_id: spec.subtask.map(|subtask| subtask.id),
            result: None,
        };
        unit.insert_agent(task.id, &agent, &prompt).await?;
        agents.push(agent);
    }
    unit.set_phase(phase.id, PhaseStatus::Running, phase.progress).await?;
    core.commit(unit, task.id).await?;
    Ok(Some(agents))
}

/// Joins what the agents did into the report, with an agent of its own. None: the plan is another one by now.
pub(crate) async fn synthesize_results(
    core: &Arc<Core>,
    task: &Task,
    course: &Course,
) -> Result<Option<String>> {
    let agents = core.store.agents(task.id).await?;
    let agent = match agents.iter().find(|agent| agent.role == AgentRole::Synthesis) {
        Some(agent) => agent.clone(),
        None => match insert_synthesis(core, task, course, &agents).await? {
            Some(agent) => agent,
            None => return Ok(None),
        },
    };
    if agent.status == AgentStatus::Completed {
        // Its last words are said; only the end of the task was not written any more.
        return Ok(Some(agent.result.unwrap_or_default()));
    }
    AgentLoop::open(core, task, agent).await?.execute_until_done().await.map(Some)
}

async fn insert_synthesis(
    core: &Core,
    task: &Task,
    course: &Course,
    before: &[Agent],
) -> Result<Option<Agent>> {
    let deliverables = core.store.deliverables(task.id).await?;
    let prompt = AgentPrompt {
        system_prompt: prompts::agent(core, task, &Label::Synthesis)?,
        brief: prompts::synthesis(task, &course.plan, before, &deliverables)?,
    };
    let agent = Agent {
        id: AgentId::new(),
        name: "Synthesis".to_owned(),
        role: AgentRole::Synthesis,
        status: AgentStatus::Idle,
        phase_id: None,
        subtask_id: None,
        result: None,
    };
    let mut unit = core.store.begin().await?;
    if unit.plan_in_force(task.id).await? != course.version {
        return Ok(None);
    }
    unit.insert_agent(task.id, &agent, &prompt).await?;
    core.commit(unit, task.id).await?;
    Ok(Some(agent))
}

fn specs(phase: &PhaseProgress) -> Vec<Spec<'_>> {
    if !phase.parallel {
        let lines = phase.subtasks.iter().map(|subtask| subtask.title.as_str()).collect();
        return vec![Spec { name: &phase.name, subtask: None, lines }];
    }
    phase
        .subtasks
        .iter()
        .map(|subtask| Spec { name: &subtask.title, subtask: Some(subtask), lines: vec![&subtask.title] })
        .collect()
}
