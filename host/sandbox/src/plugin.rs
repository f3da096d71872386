//! A loaded component and the tools that it exports.

use crate::assets::Assets;
use crate::bindings::{EverythingPre, tools};
use crate::context::CallContext;
use crate::{LoadError, Package, Sandbox, call};
use blake3::Hash;
use cowork_domain::message::ToolDefinition;
use jsonschema::Validator;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;

/// A component that exports tools, ready to be instantiated.
pub struct Plugin {
    /// What errors call it.
    pub name: String,
    /// BLAKE3 of the component's bytes.
    pub digest: Hash,
    /// What it says of itself.
    pub package: Package,
    pub(crate) tools: Vec<Definition>,
    pub(crate) assets: Assets,
    /// Loaded when it is first called.
    pre: OnceCell<EverythingPre<CallContext>>,
    /// What it is loaded from. Empty once it is.
    bytes: Mutex<Arc<Vec<u8>>>,
}

/// One of its tools.
pub(crate) struct Definition {
    pub(crate) shown: ToolDefinition,
    pub(crate) arguments: Validator,
}

impl Plugin {
    /// A component that was loaded before is asked for nothing: what it listed then is known.
    pub(crate) async fn new(
        sandbox: &Sandbox,
        name: &str,
        bytes: Vec<u8>,
        package: Package,
        assets: Assets,
    ) -> Result<Self, LoadError> {
        let digest = blake3::hash(&bytes);
        let mut this = Self {
            name: name.to_owned(),
            digest,
            package,
            tools: Vec::new(),
            assets,
            pre: OnceCell::new(),
            bytes: Mutex::new(Arc::new(bytes)),
        };
        let (listed, is_new) = match sandbox.cache.tools(digest) {
            Some(listed) => (listed, false),
            None => (this.list(sandbox).await?, true),
        };
        this.tools = listed.into_iter().map(|tool| define(name, tool)).collect::<Result<_, _>>()?;
        if is_new {
            sandbox.cache.keep_tools(digest, &this.definitions().collect::<Vec<_>>());
        }
        Ok(this)
    }

    /// The component, ready to be instantiated.
    pub(crate) async fn pre(&self, sandbox: &Sandbox) -> Result<&EverythingPre<CallContext>, LoadError> {
        self.pre.get_or_try_init(|| self.load(sandbox)).await
    }

    async fn load(&self, sandbox: &Sandbox) -> Result<EverythingPre<CallContext>, LoadError> {
        let wrong = |source| LoadError::Interface { name: self.name.clone(), source };
        let bytes = Arc::clone(&self.bytes.lock().unwrap_or_else(PoisonError::into_inner));
        let (cache, engine) = (Arc::clone(&sandbox.cache), sandbox.engine.clone());
        let (name, digest) = (self.name.clone(), self.digest);
        // Compiling takes seconds.
        let load = move || cache.component(&engine, &name, &bytes, digest);
        let component = tokio::task::spawn_blocking(load).await.map_err(|ended| wrong(ended.into()))??;
        let pre = sandbox.linker.instantiate_pre(&component).and_then(EverythingPre::new).map_err(wrong)?;
        *self.bytes.lock().unwrap_or_else(PoisonError::into_inner) = Arc::default();
        Ok(pre)
    }

    async fn list(&self, sandbox: &Sandbox) -> Result<Vec<ToolDefinition>, LoadError> {
        let listed = call::list_tools(sandbox, self.pre(sandbox).await?).await;
        let listed = listed.map_err(|source| LoadError::List { name: self.name.clone(), source })?;
        listed.into_iter().map(|tool| described(&self.name, tool)).collect()
    }

    /// Whether the host keeps it for itself.
    pub fn is_internal(&self) -> bool {
        self.package.manifest.as_ref().is_some_and(|manifest| manifest.internal)
    }

    /// Whether agents are shown it only once they have found it.
    pub fn is_on_request(&self) -> bool {
        self.package.manifest.as_ref().is_some_and(|manifest| manifest.on_request)
    }

    /// Its tools, as models see them.
    pub fn definitions(&self) -> impl Iterator<Item = &ToolDefinition> {
        self.tools.iter().map(|tool| &tool.shown)
    }
}

/// What a component says of a tool, as models see it.
fn described(plugin: &str, tool: tools::Definition) -> Result<ToolDefinition, LoadError> {
    let schema = serde_json::from_str(&tool.input_schema)
        .map_err(|e| wrong(plugin, &tool.name, format!("its input schema is not JSON: {e}")))?;
    Ok(ToolDefinition {
        name: tool.name,
        title: tool.title,
        description: tool.description,
        input_schema: schema,
        read_only: tool.annotations.read_only,
    })
}

fn define(plugin: &str, shown: ToolDefinition) -> Result<Definition, LoadError> {
    let wrong = |problem| wrong(plugin, &shown.name, problem);
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if shown.name.is_empty() || shown.name.len() > 64 || !shown.name.chars().all(plain) {
        return Err(wrong("a name has 1 to 64 lower case letters, digits and _".to_owned()));
    }
    if shown.input_schema.get("type").and_then(|kind| kind.as_str()) != Some("object") {
        return Err(wrong("its input schema is not of type object".to_owned()));
    }
    let arguments = jsonschema::validator_for(&shown.input_schema)
        .map_err(|e| wrong(format!("its input schema is wrong: {e}")))?;
    Ok(Definition { shown, arguments })
}

fn wrong(plugin: &str, tool: &str, problem: String) -> LoadError {
    LoadError::Definition { name: plugin.to_owned(), tool: tool.chars().take(80).collect(), problem }
}
