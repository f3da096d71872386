//! A loaded component and the tools that it exports.

use crate::bindings::{EverythingPre, tools};
use crate::context::CallContext;
use crate::{LoadError, Package, Sandbox, call};
use blake3::Hash;
use cowork_domain::message::ToolDefinition;
use jsonschema::Validator;
use wasmtime::component::Component;

/// A component that exports tools, ready to be instantiated.
pub struct Plugin {
    /// What errors call it.
    pub name: String,
    /// BLAKE3 of the component's bytes.
    pub digest: Hash,
    /// What it says of itself.
    pub package: Package,
    pub(crate) tools: Vec<Definition>,
    pub(crate) pre: EverythingPre<CallContext>,
}

/// One of its tools.
pub(crate) struct Definition {
    pub(crate) shown: ToolDefinition,
    pub(crate) arguments: Validator,
}

impl Plugin {
    pub(crate) async fn new(
        sandbox: &Sandbox,
        name: &str,
        component: &Component,
        digest: Hash,
        package: Package,
    ) -> Result<Self, LoadError> {
        let wrong = |source| LoadError::Interface { name: name.to_owned(), source };
        let pre = sandbox.linker.instantiate_pre(component).map_err(wrong)?;
        let pre = EverythingPre::new(pre).map_err(wrong)?;
        let listed = call::list_tools(sandbox, &pre)
            .await
            .map_err(|source| LoadError::List { name: name.to_owned(), source })?;
        let tools = listed.into_iter().map(|tool| define(name, tool)).collect::<Result<_, _>>()?;
        Ok(Self { name: name.to_owned(), digest, package, tools, pre })
    }

    /// Whether the host keeps it for itself.
    pub fn is_internal(&self) -> bool {
        self.package.manifest.as_ref().is_some_and(|manifest| manifest.internal)
    }

    /// Its tools, as models see them.
    pub fn definitions(&self) -> impl Iterator<Item = &ToolDefinition> {
        self.tools.iter().map(|tool| &tool.shown)
    }
}

fn define(plugin: &str, tool: tools::Definition) -> Result<Definition, LoadError> {
    let wrong = |problem: String| LoadError::Definition {
        name: plugin.to_owned(),
        tool: tool.name.chars().take(80).collect(),
        problem,
    };
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if tool.name.is_empty() || tool.name.len() > 64 || !tool.name.chars().all(plain) {
        return Err(wrong("a name has 1 to 64 lower case letters, digits and _".to_owned()));
    }
    let schema: serde_json::Value = serde_json::from_str(&tool.input_schema)
        .map_err(|e| wrong(format!("its input schema is not JSON: {e}")))?;
    if schema.get("type").and_then(|kind| kind.as_str()) != Some("object") {
        return Err(wrong("its input schema is not of type object".to_owned()));
    }
    let arguments =
        jsonschema::validator_for(&schema).map_err(|e| wrong(format!("its input schema is wrong: {e}")))?;
    let shown = ToolDefinition {
        name: tool.name,
        title: tool.title,
        description: tool.description,
        input_schema: schema,
        read_only: tool.annotations.read_only,
    };
    Ok(Definition { shown, arguments })
}
