//! `wasi:filesystem/types.descriptor`, over the staged view.

use super::bindings::types::{
    Advice, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntry, ErrorCode, HostDescriptor,
    MetadataHashValue, NewTimestamp, OpenFlags, PathFlags,
};
use super::error::FsResult;
use super::stat::{self, times};
use super::streams::{CHUNK, Place, Reader, Writer};
use super::{Directory, FilesystemView, Node};
use cowork_coworkspaces::staged::{How, NodeId, Opened};
use cowork_coworkspaces::{Staged, name};
use rustix::io::Errno;
use wasmtime::component::Resource;
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream};

type Descriptor = Resource<Node>;

impl FilesystemView<'_> {
    fn directory(&self, descriptor: &Descriptor) -> FsResult<NodeId> {
        self.table.get(descriptor)?.directory()
    }

    /// The view; without a coworkspace there are no descriptors either.
    fn staged(&mut self) -> FsResult<&mut Staged> {
        self.view.as_deref_mut().ok_or(ErrorCode::BadDescriptor.into())
    }

    fn object(&mut self, descriptor: &Descriptor) -> FsResult<(u64, u64)> {
        let id = match self.table.get(descriptor)? {
            Node::Directory(id) => *id,
            Node::File(file) => file.node(),
        };
        Ok(self.staged()?.object(id))
    }
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
        open: OpenFlags,
        flags: DescriptorFlags,
    ) -> FsResult<Descriptor> {
        let synchronous = DescriptorFlags::FILE_INTEGRITY_SYNC
            | DescriptorFlags::DATA_INTEGRITY_SYNC
            | DescriptorFlags::REQUESTED_WRITE_SYNC;
        if flags.intersects(synchronous) {
            return Err(ErrorCode::Unsupported.into());
        }
        let base = self.directory(&base)?;
        let how = How {
            follow: follows(path_flags),
            create: open.contains(OpenFlags::CREATE),
            exclusive: open.contains(OpenFlags::EXCLUSIVE),
            truncate: open.contains(OpenFlags::TRUNCATE),
            directory: open.contains(OpenFlags::DIRECTORY),
            read: flags.contains(DescriptorFlags::READ),
            write: flags.contains(DescriptorFlags::WRITE),
        };
        let node = match self.staged()?.open(base, &path, how)? {
            Opened::Folder(id) => Node::Directory(id),
            Opened::File(file) => Node::File(file),
        };
        Ok(self.table.push(node)?)
    }

    fn read(&mut self, file: Descriptor, length: u64, offset: u64) -> FsResult<(Vec<u8>, bool)> {
        let open = self.table.get(&file)?.readable()?;
        let mut buffer = vec![0; usize::try_from(length).unwrap_or(usize::MAX).min(CHUNK)];
        let count = open.read_at(&mut buffer, offset)?;
        buffer.truncate(count);
        Ok((buffer, count == 0))
    }

    fn write(&mut self, file: Descriptor, bytes: Vec<u8>, offset: u64) -> FsResult<u64> {
        self.table.get(&file)?.writable()?.write_all_at(&bytes, offset)?;
        Ok(bytes.len() as u64)
    }

    fn read_via_stream(&mut self, file: Descriptor, offset: u64) -> FsResult<Resource<DynInputStream>> {
        let node = self.table.get(&file)?;
        if let Node::Directory(_) = node {
            return Err(ErrorCode::IsDirectory.into());
        }
        let file = node.readable()?.clone();
        let reader: DynInputStream = Box::new(Reader { file, position: offset });
        Ok(self.table.push(reader)?)
    }

    fn write_via_stream(&mut self, file: Descriptor, offset: u64) -> FsResult<Resource<DynOutputStream>> {
        let file = self.table.get(&file)?.writable()?.clone();
        let writer: DynOutputStream = Box::new(Writer { file, place: Place::At(offset) });
        Ok(self.table.push(writer)?)
    }

    fn append_via_stream(&mut self, file: Descriptor) -> FsResult<Resource<DynOutputStream>> {
        let file = self.table.get(&file)?.writable()?.clone();
        let writer: DynOutputStream = Box::new(Writer { file, place: Place::End });
        Ok(self.table.push(writer)?)
    }

    fn set_size(&mut self, file: Descriptor, size: u64) -> FsResult<()> {
        let open = self.table.get(&file)?.file()?;
        // As ftruncate has it.
        if open.how().write { Ok(open.set_size(size)?) } else { Err(ErrorCode::Invalid.into()) }
    }

    fn set_times(
        &mut self,
        descriptor: Descriptor,
        accessed: NewTimestamp,
        modified: NewTimestamp,
    ) -> FsResult<()> {
        let times = times(accessed, modified)?;
        match self.table.get(&descriptor)? {
            Node::File(open) => Ok(open.set_times(times)?),
            Node::Directory(id) => {
                let id = *id;
                Ok(self.staged()?.set_folder_times(id, times)?)
            }
        }
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
        Ok(self.staged()?.set_times_at(base, &path, follows(flags), times(accessed, modified)?)?)
    }

    fn stat(&mut self, descriptor: Descriptor) -> FsResult<DescriptorStat> {
        let meta = match self.table.get(&descriptor)? {
            Node::Directory(id) => {
                let id = *id;
                self.staged()?.metadata_of_folder(id)?
            }
            Node::File(open) => {
                let open = open.clone();
                self.staged()?.metadata_of(&open)?
            }
        };
        Ok(stat::describe(&meta))
    }

    fn stat_at(&mut self, base: Descriptor, flags: PathFlags, path: String) -> FsResult<DescriptorStat> {
        let base = self.directory(&base)?;
        Ok(stat::describe(&self.staged()?.metadata_at(base, &path, follows(flags))?))
    }

    fn metadata_hash(&mut self, descriptor: Descriptor) -> FsResult<MetadataHashValue> {
        Ok(stat::hash(self.object(&descriptor)?))
    }

    fn metadata_hash_at(
        &mut self,
        base: Descriptor,
        flags: PathFlags,
        path: String,
    ) -> FsResult<MetadataHashValue> {
        let base = self.directory(&base)?;
        let view = self.staged()?;
        match view.object_at(base, &path, follows(flags)) {
            // C libraries ask for it while they list a folder, so it must not end at an escaped name.
            Err(Errno::ILSEQ) => Ok(stat::hash_of_name(&path)),
            object => Ok(stat::hash(object?)),
        }
    }

    fn get_flags(&mut self, descriptor: Descriptor) -> FsResult<DescriptorFlags> {
        let how = match self.table.get(&descriptor)? {
            Node::Directory(_) => return Ok(DescriptorFlags::READ),
            Node::File(open) => open.how(),
        };
        let read = if how.read { DescriptorFlags::READ } else { DescriptorFlags::empty() };
        let write = if how.write { DescriptorFlags::WRITE } else { DescriptorFlags::empty() };
        Ok(read | write)
    }

    fn get_type(&mut self, descriptor: Descriptor) -> FsResult<DescriptorType> {
        Ok(match self.table.get(&descriptor)? {
            Node::Directory(_) => DescriptorType::Directory,
            Node::File(_) => DescriptorType::RegularFile,
        })
    }

    fn is_same_object(&mut self, a: Descriptor, b: Descriptor) -> wasmtime::Result<bool> {
        match (self.object(&a), self.object(&b)) {
            (Ok(a), Ok(b)) => Ok(a == b),
            _ => Ok(false),
        }
    }

    fn read_directory(&mut self, directory: Descriptor) -> FsResult<Resource<Directory>> {
        let id = self.directory(&directory)?;
        let version = self.staged()?.scope_version();
        let entries = self.staged()?.list(id)?;
        let shown = entries
            .iter()
            .map(|(file, kind)| DirectoryEntry { type_: stat::kind_of(*kind), name: name::escape(file) });
        let entries: Vec<_> = shown.collect();
        let entries = entries.into_iter();
        Ok(self.table.push(Directory { folder: id, version, entries })?)
    }

    fn create_directory_at(&mut self, base: Descriptor, path: String) -> FsResult<()> {
        let base = self.directory(&base)?;
        Ok(self.staged()?.create_directory(base, &path)?)
    }

    fn readlink_at(&mut self, base: Descriptor, path: String) -> FsResult<String> {
        let base = self.directory(&base)?;
        Ok(self.staged()?.read_link(base, &path)?)
    }

    fn rename_at(&mut self, base: Descriptor, from: String, to_base: Descriptor, to: String) -> FsResult<()> {
        let (base, to_base) = (self.directory(&base)?, self.directory(&to_base)?);
        Ok(self.staged()?.rename(base, &from, to_base, &to)?)
    }

    fn unlink_file_at(&mut self, base: Descriptor, path: String) -> FsResult<()> {
        let base = self.directory(&base)?;
        Ok(self.staged()?.unlink(base, &path)?)
    }

    fn remove_directory_at(&mut self, base: Descriptor, path: String) -> FsResult<()> {
        let base = self.directory(&base)?;
        Ok(self.staged()?.remove_directory(base, &path)?)
    }

    fn link_at(
        &mut self,
        base: Descriptor,
        flags: PathFlags,
        old: String,
        new_base: Descriptor,
        new: String,
    ) -> FsResult<()> {
        if follows(flags) {
            return Err(ErrorCode::Invalid.into());
        }
        let (base, new_base) = (self.directory(&base)?, self.directory(&new_base)?);
        Ok(self.staged()?.link(base, &old, new_base, &new)?)
    }

    fn symlink_at(&mut self, base: Descriptor, target: String, path: String) -> FsResult<()> {
        let base = self.directory(&base)?;
        Ok(self.staged()?.symlink(base, &target, &path)?)
    }

    /// What a call writes is made durable with its commit, not before.
    fn sync(&mut self, descriptor: Descriptor) -> FsResult<()> {
        self.table.get(&descriptor)?;
        Ok(())
    }

    fn sync_data(&mut self, descriptor: Descriptor) -> FsResult<()> {
        self.sync(descriptor)
    }

    fn advise(&mut self, descriptor: Descriptor, _: u64, _: u64, _: Advice) -> FsResult<()> {
        self.table.get(&descriptor)?.file()?;
        Ok(())
    }

    fn drop(&mut self, descriptor: Descriptor) -> wasmtime::Result<()> {
        self.table.delete(descriptor)?;
        Ok(())
    }
}
