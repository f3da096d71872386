//! What a call may know of its task.

use cowork_domain::message::ToolDefinition;
use cowork_domain::{AgentId, SubtaskId};
use std::sync::Arc;

/// What a call may know of its task.
#[derive(Debug, Clone, Default)]
pub struct TaskContext {
    /// The plan's subtasks: id and title.
    pub subtasks: Vec<(SubtaskId, String)>,
    /// The other agents, for tools that speak with them.
    pub others: Option<Others>,
    /// Every tool of the host, for tools that look for them.
    pub tools: Option<Arc<[ToolDefinition]>>,
}

/// The agents that a call may speak with.
#[derive(Debug, Clone, Default)]
pub struct Others {
    /// All of the task but the call's own.
    pub peers: Vec<Peer>,
    /// Why no more may be made. None: they may.
    pub no_more: Option<String>,
}

/// Another agent.
#[derive(Debug, Clone)]
pub struct Peer {
    /// Which one.
    pub id: AgentId,
    /// What it is called.
    pub name: String,
    /// Whether it has ended.
    pub is_over: bool,
}

impl TaskContext {
    pub(crate) fn find(&self, subtask: &str) -> Option<SubtaskId> {
        let wanted = subtask.trim();
        let by = |same: &dyn Fn(&SubtaskId, &str) -> bool| {
            self.subtasks.iter().find(|(id, title)| same(id, title)).map(|(id, _)| *id)
        };
        by(&|id, title| title == wanted || id.to_string() == wanted)
            .or_else(|| by(&|_, title| title.to_lowercase() == wanted.to_lowercase()))
    }

    pub(crate) fn titles(&self) -> String {
        self.subtasks.iter().map(|(_, title)| format!("{title:?}")).collect::<Vec<_>>().join(", ")
    }
}

impl Others {
    /// The agent of a name: one at work before one that has ended.
    pub(crate) fn find(&self, name: &str) -> Option<&Peer> {
        let wanted = name.trim().to_lowercase();
        let mut named = self.peers.iter().filter(|peer| peer.name.to_lowercase() == wanted);
        let first = named.next()?;
        if !first.is_over {
            return Some(first);
        }
        named.find(|peer| !peer.is_over).or(Some(first))
    }

    pub(crate) fn names(&self) -> String {
        let at_work = self.peers.iter().filter(|peer| !peer.is_over);
        let names = at_work.map(|peer| format!("{:?}", peer.name)).collect::<Vec<_>>().join(", ");
        if names.is_empty() { "there is no other".to_owned() } else { format!("there are: {names}") }
    }
}
