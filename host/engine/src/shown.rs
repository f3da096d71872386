//! Which tools agents are shown: some from the start, the others once they were found.

use crate::agent_loop::tokens_of_tools;
use cowork_domain::message::ToolDefinition;
use cowork_sandbox::{Registry, Tool};
use std::sync::Arc;

/// The tools of a host, as agents see them.
pub(crate) struct Shown {
    /// All that agents may ever see, by name.
    pub(crate) all: Arc<[ToolDefinition]>,
    /// Those that an agent sees from the start.
    pub(crate) first: Arc<[ToolDefinition]>,
    /// What these take in every request. They are many and the same for all agents, so this is counted once.
    first_tokens: u64,
}

impl Shown {
    pub(crate) fn new(tools: &Registry) -> Self {
        let offered = || tools.tools().filter(|tool| !tool.plugin().is_internal());
        let can_look = offered().any(|tool| tool.plugin().package.may_find_tools());
        let is_first = |tool: &&Tool| !(can_look && tool.plugin().is_on_request());
        let definition = |tool: &Tool| tool.definition().clone();
        let first: Arc<[ToolDefinition]> = offered().filter(is_first).map(definition).collect();
        let first_tokens = tokens_of_tools(&first);
        Self { all: offered().map(definition).collect(), first, first_tokens }
    }

    /// What the tools that an agent sees take in a request.
    pub(crate) fn tokens(&self, shown: &[ToolDefinition]) -> u64 {
        self.first_tokens + tokens_of_tools(shown.get(self.first.len()..).unwrap_or_default())
    }

    /// These tools, and behind them those of these names that are not among them: what a provider has read of the
    /// beginning of a request stays as it was.
    pub(crate) fn with(&self, shown: &Arc<[ToolDefinition]>, names: &[String]) -> Arc<[ToolDefinition]> {
        let mut more: Vec<&ToolDefinition> = Vec::new();
        for name in names {
            let is_shown = shown.iter().chain(more.iter().copied()).any(|tool| tool.name == *name);
            more.extend(self.all.iter().find(|tool| tool.name == *name).filter(|_| !is_shown));
        }
        if more.is_empty() {
            return Arc::clone(shown);
        }
        shown.iter().chain(more).cloned().collect()
    }
}
