//! What a commit does to the disk, all of it through here: power loss is tried by recording it.

use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, Mode, RenameFlags};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::path::Path;

type Name<'a> = (&'a OwnedFd, &'a OsStr);

pub(super) fn rename(from: Name<'_>, to: Name<'_>, flags: RenameFlags) -> Result<(), Errno> {
    rustix::fs::renameat_with(from.0, from.1, to.0, to.1, flags)?;
    #[cfg(test)]
    record::renamed(from, to, flags);
    Ok(())
}

pub(super) fn make_folder((parent, name): Name<'_>) -> Result<(), Errno> {
    rustix::fs::mkdirat(parent, name, Mode::from_raw_mode(0o777))?;
    #[cfg(test)]
    record::made((parent, name));
    Ok(())
}

pub(super) fn link(from: Name<'_>, to: Name<'_>) -> Result<(), Errno> {
    rustix::fs::linkat(from.0, from.1, to.0, to.1, AtFlags::empty())?;
    #[cfg(test)]
    record::made(to);
    Ok(())
}

pub(super) fn symlink(target: &Path, to: Name<'_>) -> Result<(), Errno> {
    rustix::fs::symlinkat(target, to.0, to.1)?;
    #[cfg(test)]
    record::made(to);
    Ok(())
}

pub(super) fn remove_folder((parent, name): Name<'_>) -> Result<(), Errno> {
    rustix::fs::unlinkat(parent, name, AtFlags::REMOVEDIR)?;
    #[cfg(test)]
    record::removed((parent, name));
    Ok(())
}

/// Returns when a file's bytes, or a folder's names, outlive the loss of power.
pub(super) fn sync(object: &OwnedFd) -> Result<(), Errno> {
    rustix::fs::fsync(object)?;
    #[cfg(test)]
    record::synced(object);
    Ok(())
}

/// The operations of this thread, for tests.
#[cfg(test)]
pub(super) mod record {
    use super::{Name, OwnedFd, RenameFlags};
    use crate::staged::lower::stat;
    use std::cell::RefCell;
    use std::ffi::OsString;

    /// Objects are named by their inodes.
    #[derive(Debug, Clone, PartialEq)]
    pub(crate) enum Operation {
        Rename {
            from: (u64, OsString),
            to: (u64, OsString),
            exchange: bool,
        },
        Make {
            at: (u64, OsString),
            object: u64,
        },
        Remove {
            at: (u64, OsString),
        },
        Sync {
            object: u64,
        },
        /// The database has it.
        Recorded,
    }

    thread_local! {
        static LOG: RefCell<Vec<Operation>> = const { RefCell::new(Vec::new()) };
    }

    pub(crate) fn take() -> Vec<Operation> {
        LOG.take()
    }

    pub(crate) fn push(operation: Operation) {
        LOG.with_borrow_mut(|log| log.push(operation));
    }

    fn inode(folder: &OwnedFd) -> u64 {
        rustix::fs::fstat(folder).expect("an open object").st_ino
    }

    fn place((parent, name): Name<'_>) -> (u64, OsString) {
        (inode(parent), name.to_owned())
    }

    pub(super) fn renamed(from: Name<'_>, to: Name<'_>, flags: RenameFlags) {
        let exchange = flags.contains(RenameFlags::EXCHANGE);
        push(Operation::Rename { from: place(from), to: place(to), exchange });
    }

    pub(super) fn made(at: Name<'_>) {
        let object = stat(at.0, at.1).expect("what was made").st_ino;
        push(Operation::Make { at: place(at), object });
    }

    pub(super) fn removed(at: Name<'_>) {
        push(Operation::Remove { at: place(at) });
    }

    pub(super) fn synced(object: &OwnedFd) {
        push(Operation::Sync { object: inode(object) });
    }
}
