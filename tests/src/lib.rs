//! What the tests of the whole system stand on: real components, coworkspaces to try them on, sandboxes to run them.
//!
//! Components are looked for in `target/tools` and `target/guests`, where `cargo xtask build` puts them, or in the
//! folders that `COWORK_TOOLS_DIR` and `COWORK_GUESTS_DIR` name.

mod app;
mod clock;
pub mod components;
mod coworkspace;
mod host;
mod program;
pub mod truth;
mod web;

pub use app::App;
pub use clock::ForwardClock;
pub use components::target_dir;
pub use coworkspace::Coworkspace;
pub use host::{Called, Host, shown, texts};
pub use program::{Program, conversation, cowork, files_under};
pub use web::{Seen, Slow, Web};
