//! The host's own files that people and guests may read: `.plan.json`, `.locks/`, `.results/`.

use crate::{Error, Folder, Upload};
use cowork_domain::{CoworkspacePath, Timestamp};
use std::io::ErrorKind;

/// One of the host's files in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostFile {
    /// Its name in that folder.
    pub name: String,
    /// In bytes.
    pub size: u64,
    /// When it was written.
    pub modified: Timestamp,
}

impl Folder {
    /// Writes one of the host's own files (`.plan.json`), replacing it at once.
    pub fn write_host_file(&self, name: &str, content: &[u8]) -> Result<(), Error> {
        let path: CoworkspacePath = name.parse()?;
        let mut upload = Upload::begin(self, &path)?;
        upload.write(content)?;
        upload.commit(None)
    }

    /// Removes one of the host's own files. One that is not there is no error.
    pub fn remove_host_file(&self, name: &str) -> Result<(), Error> {
        let path: CoworkspacePath = name.parse()?;
        match self.dir().remove_file(path.as_str()) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io("remove", name, error)),
            _ => Ok(()),
        }
    }

    /// The files of one of the host's folders, in no order. None, where there is no such folder.
    pub fn host_files(&self, folder: &str) -> Result<Vec<HostFile>, Error> {
        let fail = |error| Error::io("list", folder, error);
        let entries = match self.dir().read_dir(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(fail)?,
        };
        let mut files = Vec::new();
        for entry in entries {
            let entry = entry.map_err(fail)?;
            let meta = entry.metadata().map_err(fail)?;
            if let (true, Ok(name), Ok(modified)) =
                (meta.is_file(), entry.file_name().into_string(), meta.modified())
            {
                files.push(HostFile { name, size: meta.len(), modified: modified.into_std().into() });
            }
        }
        Ok(files)
    }
}
