//! Write a Cowork plugin in Rust.
//!
//! A plugin is a crate of type `cdylib`, built for `wasm32-wasip2`, that exports tools. A tool's arguments are a
//! struct, the tool is a function, and [`export!`] makes the plugin of them:
//!
//! ```
//! use cowork_tool::{Deserialize, Error, JsonSchema};
//!
//! #[derive(Deserialize, JsonSchema)]
//! struct Greet {
//!     /// Who to greet.
//!     name: String,
//! }
//!
//! fn greet(args: Greet) -> Result<String, Error> {
//!     Ok(format!("Hello, {}!", args.name))
//! }
//!
//! cowork_tool::export!(greet { description: "Greets somebody by name.", annotations: [read_only, idempotent] });
//! ```
//!
//! Files are [`std::fs`]: a path is relative to the coworkspace, which is both `/` and the current folder, so
//! `files/a.pdf` and `/files/a.pdf` are the same file. What a call did is undone when it returns an [`Error`].
//!
//! The derives name the crates `serde` and `schemars`, so a plugin lists these two beside `cowork-tool`. A plugin
//! that never calls into [`plan`], [`deliverables`], [`memory`], [`person`], [`agents`], [`tools`], [`assets`],
//! [`parallel`] or [`progress`] does not import them, and can never be given them.

pub mod agents;
mod arguments;
pub mod assets;
#[doc(hidden)]
pub mod bindings;
pub mod deliverables;
mod error;
#[doc(hidden)]
pub mod export;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "media")]
pub mod media;
pub mod memory;
mod output;
pub mod parallel;
#[doc(hidden)]
pub mod parts_bindings;
mod path;
pub mod person;
pub mod plan;
pub mod progress;
mod schema;
pub mod settings;
#[cfg(feature = "text")]
pub mod text;
mod tool;
pub mod tools;
#[cfg(any(feature = "media", feature = "text"))]
mod utf16;

pub use error::{Error, OnPath};
pub use output::{IntoOutput, Json, Output};
pub use path::relative;
pub use schemars::{self, JsonSchema};
pub use serde::{Deserialize, Serialize};
pub use tool::Tool;
