//! `.locks/`: who writes where, for people to read. One file for each agent that said so, as long as it is not done.

use crate::Result;
use crate::blocking::blocking;
use crate::core::Core;
use cowork_coworkspaces::Folder;
use cowork_domain::agent::Agent;
use cowork_domain::{AgentId, Task};
use serde_json::json;
use std::sync::Arc;

const LOCKS: &str = ".locks";
const SUFFIX: &str = ".json";

/// Shows where an agent writes.
pub(crate) async fn show(core: &Core, task: &Task, agent: &Agent) -> Result<()> {
    if agent.write_set.is_empty() {
        return Ok(());
    }
    let folder = core.coworkspaces.open(&task.coworkspace_slug)?;
    let shown = json!({
        "agent": agent.name,
        "task": task.id,
        "outcome": task.outcome,
        "writes": agent.write_set,
        "since": core.clock.now(),
    });
    let (name, text) = (path(agent.id), format!("{shown:#}\n"));
    Ok(blocking(move || folder.write_host_file(&name, text.as_bytes())).await??)
}

/// Takes it away, when the agent is done.
pub(crate) async fn hide(core: &Core, task: &Task, agent: &Agent) -> Result<()> {
    if agent.write_set.is_empty() {
        return Ok(());
    }
    let folder = core.coworkspaces.open(&task.coworkspace_slug)?;
    let name = path(agent.id);
    Ok(blocking(move || folder.remove_host_file(&name)).await??)
}

/// Takes away what a host left whose end came between an agent's and this.
pub(crate) async fn clear_stale(core: &Core, folder: &Arc<Folder>) -> Result<()> {
    for file in folder.host_files(LOCKS)? {
        let agent = file.name.strip_suffix(SUFFIX).and_then(|id| id.parse::<AgentId>().ok());
        let Some(agent) = agent else { continue };
        if !core.store.is_agent_at_work(agent).await? {
            folder.remove_host_file(&path(agent))?;
        }
    }
    Ok(())
}

fn path(agent: AgentId) -> String {
    format!("{LOCKS}/{agent}{SUFFIX}")
}
