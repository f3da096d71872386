//! The host's own `wasi:filesystem`: the only files that a guest can reach.
//!
//! A guest sees its coworkspace as `/` and nothing else, through the call's own staged view: what it changes is seen
//! by itself alone until the call is committed. This room turns WASI's words into the view's and back.

pub(crate) mod bindings;
mod descriptor;
mod directory;
mod error;
mod node;
mod stat;
mod streams;

pub use error::FsError;
pub use node::{Directory, Node};

use cowork_coworkspaces::Staged;
use wasmtime::component::{HasData, ResourceTable};

/// What the generated functions work on: the call's view and its open resources.
pub(crate) struct FilesystemView<'a> {
    /// None while tools are listed: then there is no coworkspace.
    pub(crate) view: Option<&'a mut Staged>,
    pub(crate) table: &'a mut ResourceTable,
}

/// Names [`FilesystemView`] for the linker.
pub(crate) struct Filesystem;

impl HasData for Filesystem {
    type Data<'a> = FilesystemView<'a>;
}
