//! Preopens, directory streams and error codes: the small interfaces beside the descriptor.

use super::bindings::preopens;
use super::bindings::types::{DescriptorType, DirectoryEntry, ErrorCode, Host, HostDirectoryEntryStream};
use super::error::{FsError, FsResult, code};
use super::{Directory, FilesystemView, Node};
use crate::threads::may_block;
use cowork_coworkspaces::Staged;
use rustix::io::Errno;
use wasmtime::component::Resource;

impl preopens::Host for FilesystemView<'_> {
    /// The coworkspace, as `/`, and nothing else. There is no other way to a file, and file operations block.
    async fn get_directories(&mut self) -> wasmtime::Result<Vec<(Resource<Node>, String)>> {
        if self.view.is_none() {
            return Ok(Vec::new());
        }
        may_block().await;
        let root = self.table.push(Node::Directory(Staged::ROOT))?;
        Ok(vec![(root, "/".to_owned())])
    }
}

impl Host for FilesystemView<'_> {
    fn convert_error_code(&mut self, error: FsError) -> wasmtime::Result<ErrorCode> {
        match error {
            FsError::Code(code) => Ok(code),
            FsError::Trap(error) => Err(error),
        }
    }

    fn filesystem_error_code(
        &mut self,
        error: Resource<wasmtime::Error>,
    ) -> wasmtime::Result<Option<ErrorCode>> {
        let error = self.table.get(&error)?;
        let errno = match error.downcast_ref::<std::io::Error>() {
            // Standard output's own errors.
            Some(error) => Errno::from_io_error(error),
            None => error.downcast_ref::<Errno>().copied(),
        };
        Ok(errno.map(code))
    }
}

impl HostDirectoryEntryStream for FilesystemView<'_> {
    fn read_directory_entry(&mut self, stream: Resource<Directory>) -> FsResult<Option<DirectoryEntry>> {
        let listing = self.table.get_mut(&stream)?;
        let Some(view) = self.view.as_deref() else { return Err(ErrorCode::BadDescriptor.into()) };
        let (folder, changed) = (listing.folder, view.scope_version() != listing.version);
        for entry in listing.entries.by_ref() {
            let is_folder = entry.type_ == DescriptorType::Directory;
            if !changed || view.still_shows(folder, &entry.name, is_folder)? {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    fn drop(&mut self, stream: Resource<Directory>) -> wasmtime::Result<()> {
        self.table.delete(stream)?;
        Ok(())
    }
}
