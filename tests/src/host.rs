//! A sandbox with plugins in it, and calls that are short to write.

use crate::Coworkspace;
use crate::components::{component, guests_dir, target_dir, tools_dir};
use cowork_domain::CallId;
use cowork_domain::call::HostEffect;
use cowork_domain::capability::Effective;
use cowork_sandbox::package::{SigningKey, signed, with_manifest};
use cowork_sandbox::{
    CallError, Content, Ended, Finished, Invocation, Limits, Outbound, Output, Registry, Sandbox,
    SandboxConfig, TaskContext,
};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

/// A sandbox and the tools loaded into it.
pub struct Host {
    /// It runs them.
    pub sandbox: Arc<Sandbox>,
    /// By name.
    pub registry: Registry,
    /// What its tools may do: everything, unless a test says otherwise.
    pub powers: Effective,
    /// Its plugins come with the distribution: a host that is made of it grants them what they ask for.
    pub bundled: bool,
}

/// What a call gave, once it was final.
#[derive(Debug)]
pub struct Called {
    /// What the tool returned.
    pub output: Output,
    /// What it did through the host's interfaces.
    pub effects: Vec<HostEffect>,
}

impl Host {
    /// The guest `probe`, with the limits of a real host. One for all tests of a process.
    pub async fn probe() -> &'static Self {
        static HOST: OnceCell<Host> = OnceCell::const_new();
        HOST.get_or_init(|| Self::guest("probe", Limits::default())).await
    }

    /// The guest `python`; its tools have the names of `probe`'s.
    pub async fn python() -> &'static Self {
        static HOST: OnceCell<Host> = OnceCell::const_new();
        HOST.get_or_init(|| Self::guest("python", Limits::default())).await
    }

    /// All shipped tools. One for all tests of a process.
    pub async fn tools() -> &'static Self {
        static HOST: OnceCell<Host> = OnceCell::const_new();
        HOST.get_or_init(Self::all_tools).await
    }

    /// All shipped tools in a sandbox of their own.
    pub async fn all_tools() -> Self {
        let sandbox = sandbox(Limits::default());
        let registry = Registry::load_dir(&sandbox, &tools_dir()).await.expect("the shipped tools load");
        Self { sandbox, registry, powers: Effective::unlimited(), bundled: true }
    }

    /// One guest under limits of one's own.
    pub async fn guest(name: &str, limits: Limits) -> Self {
        Self::sized(name, |config| SandboxConfig { limits, ..config }).await
    }

    /// One guest in a sandbox of the size that one wants.
    pub async fn sized(name: &str, size: impl FnOnce(SandboxConfig) -> SandboxConfig) -> Self {
        let sandbox = Arc::new(Sandbox::new(size(config())).expect("a sandbox"));
        let plugin = sandbox.load_file(&component(&guests_dir(), name)).await.expect("the guest loads");
        let mut registry = Registry::default();
        registry.add(&plugin).expect("the guest's tools have names of their own");
        Self { sandbox, registry, powers: Effective::unlimited(), bundled: true }
    }

    /// One guest from a file of one's own, with the assets beside it.
    pub async fn file(path: &Path) -> Self {
        let sandbox = sandbox(Limits::default());
        let plugin = sandbox.load_file(path).await.expect("the guest loads");
        let mut registry = Registry::default();
        registry.add(&plugin).expect("the guest's tools have names of their own");
        Self { sandbox, registry, powers: Effective::unlimited(), bundled: true }
    }

    /// The same with one more guest, which asks for what a manifest says.
    pub async fn with_packed(mut self, name: &str, manifest: &str) -> Self {
        let bytes = std::fs::read(component(&guests_dir(), name)).expect("a guest");
        let bytes = with_manifest(&bytes, manifest).expect("a manifest");
        let plugin = self.sandbox.load(name, bytes).await.expect("the guest loads");
        self.registry.add(&plugin).expect("the guest's tools have names of their own");
        self
    }

    /// One guest that asks for what a manifest says, signed by a publisher if there is one.
    pub async fn packed(name: &str, manifest: &str, publisher: Option<u8>) -> Self {
        let bytes = std::fs::read(component(&guests_dir(), name)).expect("a guest");
        let mut bytes = with_manifest(&bytes, manifest).expect("a manifest");
        if let Some(seed) = publisher {
            bytes = signed(&bytes, &SigningKey::from_bytes(&[seed; 32])).expect("a signature");
        }
        let sandbox = sandbox(Limits::default());
        let plugin = sandbox.load(name, bytes).await.expect("the guest loads");
        let mut registry = Registry::default();
        registry.add(&plugin).expect("the guest's tools have names of their own");
        Self { sandbox, registry, powers: Effective::unlimited(), bundled: true }
    }

    /// A call of no task. What it changed is final.
    pub async fn call(
        &self,
        space: &Coworkspace,
        tool: &str,
        arguments: &Value,
    ) -> Result<Called, CallError> {
        self.call_for(None, space, tool, arguments).await
    }

    /// A call of a task. What it changed is final.
    pub async fn call_for(
        &self,
        task: Option<Arc<TaskContext>>,
        space: &Coworkspace,
        tool: &str,
        arguments: &Value,
    ) -> Result<Called, CallError> {
        let (id, finished) = self.begin(task, space, tool, &arguments.to_string()).await?;
        Ok(Called::commit(space, id, finished))
    }

    /// A call whose result is not final yet, with arguments as a model writes them.
    pub async fn begin(
        &self,
        task: Option<Arc<TaskContext>>,
        space: &Coworkspace,
        tool: &str,
        arguments: &str,
    ) -> Result<(CallId, Finished), CallError> {
        let (id, ended) = self.end(task, space, tool, arguments, None).await?;
        Ok((id, ended.result?))
    }

    /// A call of no task to its end, with what it used; somebody decides about its requests.
    pub async fn run(
        &self,
        space: &Coworkspace,
        tool: &str,
        arguments: &str,
        outbound: Option<Arc<dyn Outbound>>,
    ) -> Result<Ended, CallError> {
        let (_, ended) = self.end(None, space, tool, arguments, outbound).await?;
        Ok(ended)
    }

    async fn end(
        &self,
        task: Option<Arc<TaskContext>>,
        space: &Coworkspace,
        tool: &str,
        arguments: &str,
        outbound: Option<Arc<dyn Outbound>>,
    ) -> Result<(CallId, Ended), CallError> {
        let tool = self.registry.find(tool)?.clone();
        let id = CallId::new();
        let invocation = Invocation {
            id,
            arguments: tool.parse_arguments(arguments)?,
            tool,
            folder: Arc::clone(&space.folder),
            task,
            powers: self.powers.clone(),
            clock: Vec::new(),
            outbound,
            memories: None,
            progress: None,
            stop: CancellationToken::new(),
            dry: false,
        };
        Ok((id, self.sandbox.call(invocation).await))
    }
}

impl Called {
    /// Makes final what a call did, if what it saw still holds; whatever stands in the way in the instant of the commit
    /// is the file system's own error, and nothing is done twice.
    pub fn commit_if_unchanged(space: &Coworkspace, id: CallId, finished: Finished) -> Self {
        let Finished { output, effects, changes } = finished;
        if changes.conflict(&space.folder).is_ok_and(|conflict| conflict.is_none()) {
            changes.prepare(&space.folder, id).expect("a folder");
            drop(changes.carry_out(&space.folder, id));
        }
        Self { output, effects }
    }

    /// Makes final what a call did.
    pub fn commit(space: &Coworkspace, id: CallId, finished: Finished) -> Self {
        let Finished { output, effects, changes } = finished;
        // As the engine has it: what changes nothing is not committed.
        if changes.steps.is_empty() {
            return Self { output, effects };
        }
        assert_eq!(changes.conflict(&space.folder).expect("a check"), None, "nobody else is here");
        changes.prepare(&space.folder, id).expect("a folder");
        assert_eq!(changes.carry_out(&space.folder, id).expect("a commit"), []);
        Self { output, effects }
    }

    /// The texts of the output, one a line.
    pub fn text(&self) -> String {
        texts(&self.output)
    }

    /// The output as JSON; `null` where there is none.
    pub fn json(&self) -> Value {
        self.output.structured.clone().unwrap_or_default()
    }
}

/// The texts of an output, one a line.
pub fn texts(output: &Output) -> String {
    let texts = output.content.iter().filter_map(|part| match part {
        Content::Text { text } => Some(text.as_str()),
        Content::Image { .. } | Content::File { .. } => None,
    });
    texts.collect::<Vec<_>>().join("\n")
}

/// A call's end in one text: the text that it returned, or its error.
pub fn shown(result: &Result<Called, CallError>) -> String {
    match result {
        Ok(called) => called.text(),
        Err(error) => error.to_string(),
    }
}

fn sandbox(limits: Limits) -> Arc<Sandbox> {
    Arc::new(Sandbox::new(SandboxConfig { limits, ..config() }).expect("a sandbox"))
}

/// Compiled code is kept under the target folder, so that only the first run of a component compiles it. Fewer places
/// than a server has: many sandboxes share the address space of one test process.
fn config() -> SandboxConfig {
    let cache_dir = target_dir().join("compiled-for-tests");
    SandboxConfig { calls_at_once: 8, calls: 128, ..SandboxConfig::new(cache_dir) }
}
