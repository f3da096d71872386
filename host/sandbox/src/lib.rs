//! The sandbox: runs tools, which are WASI components, with access to one coworkspace and nothing else.
//!
//! A [`Sandbox`] owns the engine and the limits. [`Sandbox::load`] makes a [`Plugin`] of a component's bytes; a
//! [`Registry`] holds the tools of all plugins by name; [`Sandbox::call`] runs one tool in a fresh instance.
//!
//! What a guest has: its coworkspace as `/`, clocks, random numbers, a bounded standard output, and those of the
//! `cowork:host` interfaces that it imports. What it does not have: environment variables, sockets, other paths,
//! other guests, memory or time beyond its limits.

mod assets;
mod bindings;
mod cache;
mod call;
mod catalogue;
mod context;
mod engine;
mod error;
mod fs;
mod host;
mod http;
mod inputs;
mod limits;
mod linker;
mod memories;
mod memory;
mod meter;
pub mod package;
mod parts;
mod plugin;
mod progress;
mod quota;
mod refusal;
mod registry;
mod slots;
mod speak;
mod task_context;
mod threads;

pub use call::{Ended, Finished, Invocation};
pub use engine::{Sandbox, SandboxConfig};
pub use error::{CallError, LoadError};
pub use http::{Admission, Outbound, rule_http};
pub use limits::{Limits, Most};
pub use memories::{Memories, Note};
pub use package::Package;
pub use plugin::Plugin;
pub use progress::Progress;
pub use registry::{Registry, Tool};
pub use task_context::{Others, Peer, TaskContext};

/// What a tool gives back.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Output {
    /// Its parts, for the model.
    pub content: Vec<Content>,
    /// The same facts as JSON, for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub structured: Option<serde_json::Value>,
}

/// One part of a result.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Content {
    /// Text.
    Text {
        /// The text.
        text: String,
    },
    /// A picture.
    Image {
        /// Such as `image/png`.
        media_type: String,
        /// Its bytes.
        #[serde(skip)]
        data: Vec<u8>,
    },
    /// A file in the coworkspace.
    File {
        /// Relative to the coworkspace.
        path: String,
        /// Such as `application/pdf`.
        media_type: Option<String>,
    },
}
