//! The tools of all plugins, by name.

use crate::plugin::Definition;
use crate::{CallError, LoadError, Plugin, Sandbox};
use cowork_domain::message::ToolDefinition;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The tools that a host offers.
#[derive(Default, Clone)]
pub struct Registry {
    tools: BTreeMap<String, Tool>,
}

/// One tool of a loaded plugin.
#[derive(Clone)]
pub struct Tool {
    pub(crate) plugin: Arc<Plugin>,
    index: usize,
}

impl Registry {
    /// Loads every `*.wasm` of a folder.
    pub async fn load_dir(sandbox: &Sandbox, dir: &Path) -> Result<Self, LoadError> {
        let mut registry = Self::default();
        for path in components(dir)? {
            registry.add(&sandbox.load_file(&path).await?)?;
        }
        Ok(registry)
    }

    /// Adds the tools of one plugin.
    pub fn add(&mut self, plugin: &Arc<Plugin>) -> Result<(), LoadError> {
        for (index, tool) in plugin.tools.iter().enumerate() {
            let name = tool.shown.name.clone();
            if let Some(other) = self.tools.get(&name) {
                let first = other.plugin.name.clone();
                return Err(LoadError::Twice { tool: name, first, second: plugin.name.clone() });
            }
            self.tools.insert(name, Tool { plugin: Arc::clone(plugin), index });
        }
        Ok(())
    }

    /// The tool of a name, unless the host keeps it for itself.
    pub fn find(&self, name: &str) -> Result<&Tool, CallError> {
        let offered = |tool: &&Tool| !tool.plugin.is_internal();
        let found = self.tools.get(name).filter(offered);
        found.ok_or_else(|| CallError::UnknownTool {
            name: name.chars().take(80).collect(),
            known: self
                .tools()
                .filter(offered)
                .map(|tool| tool.definition().name.as_str())
                .collect::<Vec<_>>()
                .join(", "),
        })
    }

    /// All plugins, by name.
    pub fn plugins(&self) -> BTreeMap<&str, &Arc<Plugin>> {
        self.tools.values().map(|tool| (tool.plugin.name.as_str(), &tool.plugin)).collect()
    }

    /// All tools, sorted by name.
    pub fn tools(&self) -> impl Iterator<Item = &Tool> {
        self.tools.values()
    }
}

impl Tool {
    /// The tool as models see it.
    pub fn definition(&self) -> &ToolDefinition {
        &self.entry().shown
    }

    /// The plugin that exports it.
    pub fn plugin(&self) -> &Arc<Plugin> {
        &self.plugin
    }

    /// Reads arguments as a model or a person wrote them and holds them against the tool's schema; the error says
    /// everything that does not fit.
    pub fn parse_arguments(&self, text: &str) -> Result<Value, CallError> {
        // Models send nothing where a tool needs no arguments.
        let text = if text.trim().is_empty() { "{}" } else { text };
        let arguments: Value = serde_json::from_str(text)
            .map_err(|error| CallError::InvalidArguments(format!("they are not JSON: {error}")))?;
        let problems: Vec<String> =
            self.entry().arguments.iter_errors(&arguments).take(5).map(describe).collect();
        if problems.is_empty() {
            Ok(arguments)
        } else {
            Err(CallError::InvalidArguments(problems.join("; ")))
        }
    }

    fn entry(&self) -> &Definition {
        &self.plugin.tools[self.index]
    }
}

fn describe(error: jsonschema::ValidationError<'_>) -> String {
    let message: String = error.to_string().chars().take(300).collect();
    match error.instance_path().as_str() {
        "" => message,
        place => format!("at {place}: {message}"),
    }
}

fn components(dir: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let fail = |source| LoadError::Io { action: "list the tools in", path: dir.to_owned(), source };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}
