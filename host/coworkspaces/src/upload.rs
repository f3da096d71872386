//! Files written by people and by the host: whole or not at all.

use crate::{Error, Folder};
use cap_fs_ext::SystemTimeSpec;
use cap_std::fs::{Dir, File};
use cap_std::time::SystemTime;
use cowork_domain::{CoworkspacePath, Durability, Timestamp};
use std::io::Write as _;

const UPLOADS: &str = ".cowork/uploads";

/// A file on its way in. Dropped without [`Upload::commit`], it leaves nothing behind.
#[derive(Debug)]
pub struct Upload<'a> {
    dir: &'a Dir,
    to: CoworkspacePath,
    temporary: String,
    file: File,
    durability: Durability,
    done: bool,
}

impl<'a> Upload<'a> {
    pub(crate) fn begin(folder: &'a Folder, to: &CoworkspacePath) -> Result<Self, Error> {
        let dir = folder.dir();
        dir.create_dir_all(UPLOADS).map_err(|e| Error::io("create", UPLOADS, e))?;
        let temporary = format!("{UPLOADS}/{}", cowork_domain::CallId::new());
        let file = dir.create(&temporary).map_err(|e| Error::io("create", &temporary, e))?;
        Ok(Self { dir, to: to.clone(), temporary, file, durability: folder.durability(), done: false })
    }

    /// Adds bytes.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file.write_all(bytes).map_err(|e| Error::io("write", self.to.as_str(), e))
    }

    /// Puts the file in its place, replacing what was there. `modified` is the time that its listing shall show.
    pub fn commit(mut self, modified: Option<Timestamp>) -> Result<(), Error> {
        let to = self.to.clone();
        let fail = |action| {
            let to = &to;
            move |source| Error::io(action, to.as_str(), source)
        };
        if let Some((parent, _)) = self.to.as_str().rsplit_once('/') {
            self.dir.create_dir_all(parent).map_err(fail("create the folder of"))?;
        }
        if self.dir.metadata(self.to.as_str()).is_ok_and(|meta| meta.is_dir()) {
            return Err(Error::NotAFile(self.to.to_string()));
        }
        if let Some(modified) = modified {
            let time = SystemTimeSpec::Absolute(SystemTime::from_std(modified.into()));
            cap_fs_ext::DirExt::set_mtime(self.dir, &self.temporary, time)
                .map_err(fail("set the time of"))?;
        }
        if self.durability == Durability::Power {
            self.file.sync_all().map_err(fail("make durable"))?;
        }
        self.dir.rename(&self.temporary, self.dir, self.to.as_str()).map_err(fail("put in place"))?;
        self.done = true;
        if self.durability == Durability::Power {
            let parent = to.as_str().rsplit_once('/').map_or(".", |(parent, _)| parent);
            self.dir.open(parent).and_then(|folder| folder.sync_all()).map_err(fail("make durable"))?;
        }
        Ok(())
    }
}

/// Uploads of a host that is no more.
pub(crate) fn sweep(dir: &Dir) -> Result<(), Error> {
    match dir.remove_dir_all(UPLOADS) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::io("remove", UPLOADS, error))
        }
        _ => Ok(()),
    }
}

impl Drop for Upload<'_> {
    fn drop(&mut self) {
        if !self.done
            && let Err(error) = self.dir.remove_file(&self.temporary)
        {
            tracing::warn!(path = %self.temporary, %error, "an abandoned upload stays behind");
        }
    }
}
