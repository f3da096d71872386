//! Who works on what: one agent for a phase, or one for each subtask of a parallel phase, and one that joins it all.

use crate::agent_loop::AgentLoop;
use crate::core::Core;
use crate::{Result, prompts};
use cowork_domain::agent::{Agent, AgentRole, AgentStatus};
use cowork_domain::progress::{PhaseProgress, PhaseStatus, SubtaskProgress};
use cowork_domain::{AgentId, Plan, Task};
use cowork_models::Label;
use cowork_store::AgentPrompt;
use std::sync::Arc;

/// What an agent is to be made for.
struct Spec<'a> {
    name: &'a str,
    subtask: Option<&'a SubtaskProgress>,
    lines: Vec<&'a str>,
}

/// The agents of a phase: those that are there, or new ones, made together with the phase's start.
pub(crate) async fn fan_out(
    core: &Core,
    task: &Task,
    plan: &Plan,
    phase: &PhaseProgress,
) -> Result<Vec<Agent>> {
    let all = core.store.agents(task.id).await?;
    let (mut agents, before): (Vec<Agent>, Vec<Agent>) =
        all.into_iter().partition(|agent| agent.phase_id == Some(phase.id));
    if !agents.is_empty() {
        return Ok(agents);
    }
    let mut unit = core.store.begin().await?;
    for spec in specs(phase) {
        let prompt = AgentPrompt {
            system_prompt: prompts::agent(core, task, &Label::Agent(spec.name.to_owned()))?,
            brief: prompts::brief(task, plan, spec.name, &spec.lines, &before)?,
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
    Ok(agents)
}

/// Joins what the agents did into the report, with an agent of its own.
pub(crate) async fn synthesize_results(core: &Arc<Core>, task: &Task, plan: &Plan) -> Result<String> {
    let agents = core.store.agents(task.id).await?;
    let agent = match agents.iter().find(|agent| agent.role == AgentRole::Synthesis) {
        Some(agent) => agent.clone(),
        None => insert_synthesis(core, task, plan, &agents).await?,
    };
    if agent.status == AgentStatus::Completed {
        // Its last words are said; only the end of the task was not written any more.
        return Ok(agent.result.unwrap_or_default());
    }
    AgentLoop::open(core, task, agent).await?.execute_until_done().await
}

async fn insert_synthesis(core: &Core, task: &Task, plan: &Plan, before: &[Agent]) -> Result<Agent> {
    let deliverables = core.store.deliverables(task.id).await?;
    let prompt = AgentPrompt {
        system_prompt: prompts::agent(core, task, &Label::Synthesis)?,
        brief: prompts::synthesis(task, plan, before, &deliverables)?,
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
    unit.insert_agent(task.id, &agent, &prompt).await?;
    core.commit(unit, task.id).await?;
    Ok(agent)
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
