//! Coworkspaces on disk: one folder per slug, its fixed places, people's files in and out, and the staged
//! view and commit that make a tool call a transaction.
//!
//! ```text
//! {root}/{slug}/
//! ├── .instructions.md   what every agent here is told (the person's to write)
//! ├── .memory/           facts recalled later (the host's and the person's)
//! ├── .plan.json         the current plan, for reading (the host's)
//! ├── .locks/            who holds what (the host's)
//! ├── .results/          what calls gave that is too long for a context (the host's)
//! ├── .cowork/           the host's own: staged calls, undo, uploads; no guest ever sees it
//! ├── files/             the person's files
//! └── output/            deliverables
//! ```
//!
//! Everything goes through one directory handle (`cap-std`), so no path and no symbolic link leads out.

mod access;
mod commit;
mod copy;
mod diff;
mod error;
mod folder;
mod host_files;
mod label;
mod list;
mod look;
mod manager;
pub mod name;
mod running;
pub mod staged;
mod undo;
mod upload;

pub use access::{Access, access_of};
pub use commit::{Collision, NotWhole, Slot, Step, drop_left_out, drop_staged, staged_calls};
pub use copy::copy;
pub use diff::diff;
pub use error::Error;
pub use folder::Folder;
pub use host_files::HostFile;
pub use label::{reached, reached_again};
pub use look::{Look, look};
pub use manager::CoworkspaceManager;
pub use running::{Running, forget_running, were_running};
pub use staged::{Changes, Staged};
pub use undo::{Undoing, drop_undo, undo, undo_all, undo_size};
pub use upload::Upload;
