//! One tool call's own view of a coworkspace: it sees its changes, nobody else does before they are committed.
//!
//! Reads fall through to the real folder. What the call makes, writes, renames or removes is kept in a tree in memory,
//! with the bytes of changed files in the call's staging folder. Paths are resolved in this merged tree, component by
//! component, so that a link is followed only while it stays inside.
//!
//! Errors are those that a real file system gives. Beside them, [`Errno::STALE`] says that somebody outside changed a
//! file in this instant, [`Errno::DQUOT`] that the call stages more bytes than it may, and [`Errno::ILSEQ`] that a
//! name is not UTF-8. `ARCHITECTURE.md` lists where the view differs
//! from a plain folder.

mod content;
mod derive;
mod host_file;
mod list;
pub(crate) mod lower;
mod names;
mod open;
mod reads;
mod resolve;
mod restore;
mod scope;
mod seen;
pub(crate) mod staging;
mod stat;
mod tree;

pub use content::OpenFile;
pub use derive::Changes;
pub use open::{How, Opened};
pub use reads::ReadFile;
pub use scope::{Refusal, Scope};
pub use seen::{Identity, Seen};
pub(crate) use stat::timespec;
pub use stat::{Metadata, Times};
pub use tree::NodeId;

use crate::{Access, Folder, access_of};
use cap_std::fs::Dir;
use cowork_domain::CallId;
use cowork_domain::capability::FileAccess;
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The longest path that the system takes, in bytes.
const MAX_PATH: usize = 4096;
/// What one call may look at or make. Each costs the host some hundred bytes.
const MAX_NODES: usize = 1_000_000;

/// What an operation gives, or the error that a real file system would give.
pub type Result<T> = std::result::Result<T, Errno>;

/// The view of one call.
#[derive(Debug)]
pub struct Staged {
    root: Arc<Dir>,
    staging: Arc<staging::Staging>,
    /// False: the call may look, not change.
    writable: bool,
    scope: Arc<Scope>,
    /// Each on its own: most calls look at a few, and many calls wait for long.
    nodes: BTreeMap<NodeId, Box<tree::Node>>,
    last: u64,
    /// What was looked at in the real folder, by the bytes of its place there: below comes after above.
    loaded: BTreeMap<OsString, NodeId>,
    /// Real files with several names, so that all of them are one file here too.
    by_inode: HashMap<(u64, u64), NodeId>,
    open_folders: HashMap<NodeId, Arc<OwnedFd>>,
    seen: seen::SeenSet,
    reads: reads::Reads,
    /// What an id stands for whose node is no more.
    gone: tree::Node,
}

impl Staged {
    /// The coworkspace itself.
    pub const ROOT: NodeId = NodeId(0);

    /// A view of the coworkspace for a call. `limit` is how many bytes it may stage.
    pub fn new(
        folder: &Folder,
        call: CallId,
        writable: bool,
        scope: Scope,
        limit: u64,
    ) -> std::io::Result<Self> {
        let root = folder.shared_dir();
        let stat = rustix::fs::fstat(&*root)?;
        let staging = staging::Staging::new(Arc::clone(&root), call, limit);
        let origin = tree::Origin { path: PathBuf::new(), stat };
        let real = tree::Folder { real: Some(PathBuf::new()), ..tree::Folder::default() };
        let top = tree::Node::new(tree::Kind::Folder(real), Some(origin), 1);
        Ok(Self {
            root,
            staging: Arc::new(staging),
            writable,
            scope: Arc::new(scope),
            nodes: BTreeMap::from([(Self::ROOT, Box::new(top))]),
            last: 0,
            loaded: BTreeMap::new(),
            by_inode: HashMap::new(),
            open_folders: HashMap::new(),
            seen: seen::SeenSet::default(),
            reads: reads::Reads::default(),
            gone: tree::Node::new(tree::Kind::Other(rustix::fs::FileType::Unknown), None, 0),
        })
    }

    /// Bytes staged so far.
    pub fn staged_bytes(&self) -> u64 {
        self.staging.written()
    }

    /// Whether the place and the tool allow changes at all, whatever the call's powers say.
    fn could_change(&self, path: &Path) -> bool {
        self.writable && path.as_os_str().len() < MAX_PATH && access_of(path) == Access::ReadWrite
    }

    /// Whether the call may change what is at a place, in this way.
    fn may_change(&self, path: &Path, access: FileAccess) -> Result<()> {
        if path.as_os_str().len() >= MAX_PATH {
            return Err(Errno::NAMETOOLONG);
        }
        match access_of(path) {
            Access::Hidden => Err(Errno::NOENT),
            Access::ReadOnly => Err(Errno::PERM),
            Access::ReadWrite if self.writable => self.scope.check(path, access),
            Access::ReadWrite => Err(Errno::ROFS),
        }
    }
}
