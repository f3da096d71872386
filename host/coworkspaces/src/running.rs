//! Which calls are in the hands of a guest: a file for each, so that the next start knows who was at work when a host ended
//! without a word. It costs no transaction and is not flushed: what ends a process leaves it there, and a machine that
//! loses power forgets it with everything else that was not committed.

use crate::commit::calls_in;
use crate::{Error, Folder};
use cowork_domain::CallId;
use std::sync::Arc;

const RUNNING: &str = ".cowork/running";

/// A call in the hands of a guest. It is out of them when this is dropped.
#[derive(Debug)]
pub struct Running {
    folder: Arc<Folder>,
    call: CallId,
}

impl Running {
    /// Says that the guest of a call is about to run.
    pub fn mark(folder: &Arc<Folder>, call: CallId) -> Result<Self, Error> {
        let path = path(call);
        let made = match folder.dir().create(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                folder.dir().create_dir_all(RUNNING).and_then(|()| folder.dir().create(&path))
            }
            made => made,
        };
        made.map_err(|error| Error::io("make", &path, error))?;
        Ok(Self { folder: Arc::clone(folder), call })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // What stays is counted once too often, no more.
        let _ = self.folder.dir().remove_file(path(self.call));
    }
}

/// The calls that guests had in their hands when the last host ended, oldest first.
pub fn were_running(folder: &Folder) -> Result<Vec<CallId>, Error> {
    calls_in(folder, RUNNING)
}

/// Forgets one of them.
pub fn forget_running(folder: &Folder, call: CallId) -> Result<(), Error> {
    let path = path(call);
    match folder.dir().remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", &path, error)),
        _ => Ok(()),
    }
}

fn path(call: CallId) -> String {
    format!("{RUNNING}/{call}")
}
