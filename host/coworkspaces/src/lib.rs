//! Coworkspaces on disk: one folder per slug, its fixed places, people's files in and out, and the journal that
//! makes a tool call's changes whole or absent.
//!
//! ```text
//! {root}/{slug}/
//! ├── .instructions.md   what every agent here is told (the person's to write)
//! ├── .memory/           facts recalled later (the host's and the person's)
//! ├── .plan.json         the current plan, for reading (the host's)
//! ├── .locks/            who holds what (the host's)
//! ├── .cowork/           the host's own: journals and uploads; no guest ever sees it
//! ├── files/             the person's files
//! └── output/            deliverables
//! ```
//!
//! Everything goes through one directory handle (`cap-std`), so no path and no symbolic link leads out.

mod access;
mod error;
mod folder;
mod journal;
mod list;
mod manager;
pub mod name;
mod upload;

pub use access::{Access, access_of};
pub use error::Error;
pub use folder::Folder;
pub use journal::{Journal, Recovered};
pub use manager::CoworkspaceManager;
pub use upload::Upload;
