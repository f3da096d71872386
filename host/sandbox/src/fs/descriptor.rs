//! `wasi:filesystem/types.descriptor`: each function finds its node and hands over to the file beside that does it.

use super::bindings::types::{
    Advice, DescriptorFlags, DescriptorStat, DescriptorType, ErrorCode, HostDescriptor, MetadataHashValue,
    NewTimestamp, OpenFlags, PathFlags,
};
use super::error::FsResult;
use super::streams::{self, Place, Reader, Writer};
use super::{Directory, FilesystemView, Node, View, open, paths, stat};
use cap_std::fs::{File, Metadata};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use wasmtime::component::Resource;
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream};

type Descriptor = Resource<Node>;

impl FilesystemView<'_> {
    fn directory(&self, descriptor: &Descriptor) -> FsResult<PathBuf> {
        Ok(self.table.get(descriptor)?.directory()?.to_owned())
    }

    fn metadata(&mut self, descriptor: &Descriptor) -> FsResult<Metadata> {
        match self.table.get(descriptor)? {
            Node::Directory(path) => paths::metadata(attached(&mut self.view)?.dir(), path),
            Node::File(open) => Ok(File::from_std(open.file.try_clone()?).metadata()?),
        }
    }
}

/// The view; without a coworkspace there are no descriptors either.
fn attached<'v>(view: &'v mut Option<&mut View>) -> FsResult<&'v mut View> {
    view.as_deref_mut().ok_or(ErrorCode::BadDescriptor.into())
}

fn follows(flags: PathFlags) -> bool {
    flags.contains(PathFlags::SYMLINK_FOLLOW)
}

impl HostDescriptor for FilesystemView<'_> {
    fn open_at(
        &mut self,
        base: Descriptor,
        path_flags: PathFlags,
        path: String,
        how: OpenFlags,
        flags: DescriptorFlags,
    ) -> FsResult<Descriptor> {
        let base = self.directory(&base)?;
        let request = open::Request { base: &base, path: &path, follow: follows(path_flags), how, flags };
        let node = open::open(attached(&mut self.view)?, &request)?;
        Ok(self.table.push(node)?)
    }

    fn read(&mut self, file: Descriptor, length: u64, offset: u64) -> FsResult<(Vec<u8>, bool)> {
        let open = self.table.get(&file)?.readable()?;
        let mut buffer = vec![0; usize::try_from(length).unwrap_or(usize::MAX).min(streams::CHUNK)];
        let count = open.file.read_at(&mut buffer, offset)?;
        buffer.truncate(count);
        Ok((buffer, count == 0 && length > 0))
    }

    fn write(&mut self, file: Descriptor, bytes: Vec<u8>, offset: u64) -> FsResult<u64> {
        let open = self.table.get(&file)?.writable()?;
        Ok(open.file.write_at(&bytes, offset)? as u64)
    }

    fn read_via_stream(&mut self, file: Descriptor, offset: u64) -> FsResult<Resource<DynInputStream>> {
        let file = Arc::clone(&self.table.get(&file)?.readable()?.file);
        let reader: DynInputStream = Box::new(Reader { file, position: offset });
        Ok(self.table.push(reader)?)
    }

    fn write_via_stream(&mut self, file: Descriptor, offset: u64) -> FsResult<Resource<DynOutputStream>> {
        let file = Arc::clone(&self.table.get(&file)?.writable()?.file);
        let writer: DynOutputStream = Box::new(Writer { file, place: Place::At(offset) });
        Ok(self.table.push(writer)?)
    }

    fn append_via_stream(&mut self, file: Descriptor) -> FsResult<Resource<DynOutputStream>> {
        let file = Arc::clone(&self.table.get(&file)?.writable()?.file);
        let writer: DynOutputStream = Box::new(Writer { file, place: Place::End });
        Ok(self.table.push(writer)?)
    }

    fn set_size(&mut self, file: Descriptor, size: u64) -> FsResult<()> {
        Ok(self.table.get(&file)?.writable()?.file.set_len(size)?)
    }

    fn set_times(
        &mut self,
        file: Descriptor,
        accessed: NewTimestamp,
        modified: NewTimestamp,
    ) -> FsResult<()> {
        paths::set_times(self.table.get(&file)?.writable()?, accessed, modified)
    }

    fn set_times_at(
        &mut self,
        base: Descriptor,
        flags: PathFlags,
        path: String,
        accessed: NewTimestamp,
        modified: NewTimestamp,
    ) -> FsResult<()> {
        let base = self.directory(&base)?;
        paths::set_times_at(attached(&mut self.view)?, &base, (&path, follows(flags)), (accessed, modified))
    }

    fn stat(&mut self, descriptor: Descriptor) -> FsResult<DescriptorStat> {
        Ok(stat::describe(&self.metadata(&descriptor)?))
    }

    fn stat_at(&mut self, base: Descriptor, flags: PathFlags, path: String) -> FsResult<DescriptorStat> {
        let base = self.directory(&base)?;
        Ok(stat::describe(&paths::metadata_at(attached(&mut self.view)?, &base, &path, follows(flags))?))
    }

    fn metadata_hash(&mut self, descriptor: Descriptor) -> FsResult<MetadataHashValue> {
        Ok(stat::hash(&self.metadata(&descriptor)?))
    }

    fn metadata_hash_at(
        &mut self,
        base: Descriptor,
        flags: PathFlags,
        path: String,
    ) -> FsResult<MetadataHashValue> {
        let base = self.directory(&base)?;
        Ok(stat::hash(&paths::identity_at(attached(&mut self.view)?, &base, &path, follows(flags))?))
    }

    fn get_flags(&mut self, descriptor: Descriptor) -> FsResult<DescriptorFlags> {
        Ok(match self.table.get(&descriptor)? {
            Node::Directory(_) => DescriptorFlags::READ,
            Node::File(open) => open.flags,
        })
    }

    fn get_type(&mut self, descriptor: Descriptor) -> FsResult<DescriptorType> {
        Ok(match self.table.get(&descriptor)? {
            Node::Directory(_) => DescriptorType::Directory,
            Node::File(_) => DescriptorType::RegularFile,
        })
    }

    fn is_same_object(&mut self, a: Descriptor, b: Descriptor) -> wasmtime::Result<bool> {
        let path = |node: &Node| match node {
            Node::Directory(path) => path.clone(),
            Node::File(open) => open.path.clone(),
        };
        Ok(path(self.table.get(&a)?) == path(self.table.get(&b)?))
    }

    fn read_directory(&mut self, directory: Descriptor) -> FsResult<Resource<Directory>> {
        let path = self.directory(&directory)?;
        let entries = paths::list(attached(&mut self.view)?, &path)?;
        Ok(self.table.push(Directory(entries.into_iter()))?)
    }

    fn create_directory_at(&mut self, base: Descriptor, path: String) -> FsResult<()> {
        let base = self.directory(&base)?;
        paths::create_directory(attached(&mut self.view)?, &base, &path)
    }

    fn readlink_at(&mut self, base: Descriptor, path: String) -> FsResult<String> {
        let base = self.directory(&base)?;
        paths::read_link(attached(&mut self.view)?, &base, &path)
    }

    fn rename_at(&mut self, base: Descriptor, from: String, to_base: Descriptor, to: String) -> FsResult<()> {
        let (base, to_base) = (self.directory(&base)?, self.directory(&to_base)?);
        paths::rename(attached(&mut self.view)?, (&base, &from), (&to_base, &to))
    }

    fn unlink_file_at(&mut self, _: Descriptor, _: String) -> FsResult<()> {
        Err(ErrorCode::NotPermitted.into())
    }

    fn remove_directory_at(&mut self, _: Descriptor, _: String) -> FsResult<()> {
        Err(ErrorCode::NotPermitted.into())
    }

    fn link_at(&mut self, _: Descriptor, _: PathFlags, _: String, _: Descriptor, _: String) -> FsResult<()> {
        Err(ErrorCode::NotPermitted.into())
    }

    fn symlink_at(&mut self, _: Descriptor, _: String, _: String) -> FsResult<()> {
        Err(ErrorCode::NotPermitted.into())
    }

    fn sync(&mut self, descriptor: Descriptor) -> FsResult<()> {
        self.sync_data(descriptor)
    }

    fn sync_data(&mut self, descriptor: Descriptor) -> FsResult<()> {
        match self.table.get(&descriptor)? {
            Node::Directory(_) => Ok(()),
            Node::File(open) => Ok(open.file.sync_data()?),
        }
    }

    fn advise(&mut self, _: Descriptor, _: u64, _: u64, _: Advice) -> FsResult<()> {
        Ok(())
    }

    fn drop(&mut self, descriptor: Descriptor) -> wasmtime::Result<()> {
        self.table.delete(descriptor)?;
        Ok(())
    }
}
