//! Files that the host itself writes for a call, where guests may not: they are staged, committed and undone with all
//! that the call did. Links are not followed.

use super::content::Content;
use super::tree::{Folder, Kind};
use super::{NodeId, Result, Staged};
use cowork_domain::CoworkspacePath;
use rustix::fs::Mode;
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::io::{Read as _, Write as _};
use std::sync::Arc;

impl Staged {
    /// What a file holds, at most so many bytes of it. None: there is no file.
    pub fn host_read(&mut self, path: &CoworkspacePath, limit: u64) -> Result<Option<Vec<u8>>> {
        let Some(folder) = self.host_folder(path, false)? else { return Ok(None) };
        let Some(id) = self.look_up_any(folder, name_of(path))? else { return Ok(None) };
        let Kind::File(content) = &self.node(id).kind else { return Err(Errno::PERM) };
        let mut bytes = Vec::new();
        let file = content.reader()?;
        file.take(limit).read_to_end(&mut bytes).map_err(super::content::errno)?;
        Ok(Some(bytes))
    }

    /// Puts a file of this content there, in place of one that there may be.
    pub fn host_write(&mut self, path: &CoworkspacePath, bytes: &[u8]) -> Result<()> {
        let folder = self.host_folder(path, true)?.ok_or(Errno::NOENT)?;
        let there = self.look_up_any(folder, name_of(path))?;
        if there.is_some_and(|id| !matches!(self.node(id).kind, Kind::File(_))) {
            return Err(Errno::PERM);
        }
        let number = self.next_number()?;
        self.staging.meter(bytes.len() as u64)?;
        let mut file = self.staging.create(number, Mode::from_raw_mode(0o666))?;
        let content = Arc::new(Content::adopted(number, &self.staging, &self.root));
        file.write_all(bytes).map_err(super::content::errno)?;
        let id = self.insert(number, Kind::File(content), None, 0);
        if let Some(there) = there {
            self.take_off(folder, name_of(path).to_owned(), there)?;
        }
        self.attach(folder, name_of(path).to_owned(), id)
    }

    /// Takes a file away. False: there is none.
    pub fn host_remove(&mut self, path: &CoworkspacePath) -> Result<bool> {
        let Some(folder) = self.host_folder(path, false)? else { return Ok(false) };
        let Some(id) = self.look_up_any(folder, name_of(path))? else { return Ok(false) };
        if !matches!(self.node(id).kind, Kind::File(_)) {
            return Err(Errno::PERM);
        }
        self.take_off(folder, name_of(path).to_owned(), id)?;
        Ok(true)
    }

    fn take_off(&mut self, folder: NodeId, name: OsString, id: NodeId) -> Result<()> {
        self.detach(folder, &name)?;
        let node = self.node_mut(id)?;
        node.names = node.names.saturating_sub(1);
        self.forget(id);
        Ok(())
    }

    /// The folder that a path lies in, made where that is asked for.
    fn host_folder(&mut self, path: &CoworkspacePath, make: bool) -> Result<Option<NodeId>> {
        let mut at = Self::ROOT;
        let Some((above, _)) = path.as_str().rsplit_once('/') else { return Ok(Some(at)) };
        for part in above.split('/').map(OsStr::new) {
            at = match self.look_up_any(at, part)? {
                Some(id) => id,
                None if !make => return Ok(None),
                None => {
                    let number = self.next_number()?;
                    let id = self.insert(number, Kind::Folder(Folder::default()), None, 0);
                    self.attach(at, part.to_owned(), id)?;
                    id
                }
            };
            self.folder(at).map_err(|_| Errno::PERM)?;
        }
        Ok(Some(at))
    }
}

fn name_of(path: &CoworkspacePath) -> &OsStr {
    let path = path.as_str();
    OsStr::new(path.rsplit_once('/').map_or(path, |(_, name)| name))
}
