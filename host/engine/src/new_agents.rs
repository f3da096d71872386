//! How agents come to be: one way for all, so that none is without what it has of strangers.

use crate::Result;
use cowork_domain::agent::Agent;
use cowork_domain::{Taint, TaskId};
use cowork_store::{AgentPrompt, Unit};

/// Adds an agent with what it is told. It has read text of strangers if those have whose words it is told, or if there is
/// another reason.
pub(crate) async fn add(
    unit: &mut Unit,
    task: TaskId,
    agent: &Agent,
    prompt: &AgentPrompt,
    taint: Option<Taint>,
) -> Result<()> {
    unit.insert_agent(task, agent, prompt).await?;
    unit.taint_by_brief(task, agent.id).await?;
    if let Some(taint) = taint {
        unit.taint_agent(agent.id, taint).await?;
    }
    Ok(())
}
