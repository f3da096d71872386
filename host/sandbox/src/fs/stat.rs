//! Metadata as WASI shows it.

use super::bindings::types::{DescriptorStat, DescriptorType, MetadataHashValue};
use cap_std::fs::{FileType, FileTypeExt as _, Metadata, MetadataExt as _};
use wasmtime_wasi::p2::bindings::clocks::wall_clock::Datetime;

pub(super) fn describe(meta: &Metadata) -> DescriptorStat {
    DescriptorStat {
        type_: kind_of(meta.file_type()),
        link_count: meta.nlink(),
        size: meta.len(),
        data_access_timestamp: datetime(meta.atime(), meta.atime_nsec()),
        data_modification_timestamp: datetime(meta.mtime(), meta.mtime_nsec()),
        status_change_timestamp: datetime(meta.ctime(), meta.ctime_nsec()),
    }
}

pub(super) fn kind_of(kind: FileType) -> DescriptorType {
    if kind.is_file() {
        DescriptorType::RegularFile
    } else if kind.is_dir() {
        DescriptorType::Directory
    } else if kind.is_symlink() {
        DescriptorType::SymbolicLink
    } else if kind.is_fifo() {
        DescriptorType::Fifo
    } else if kind.is_socket() {
        DescriptorType::Socket
    } else if kind.is_block_device() {
        DescriptorType::BlockDevice
    } else if kind.is_char_device() {
        DescriptorType::CharacterDevice
    } else {
        DescriptorType::Unknown
    }
}

/// Tells files apart without telling the machine's inode numbers.
pub(super) fn hash(meta: &Metadata) -> MetadataHashValue {
    let mut hasher = blake3::Hasher::new();
    for part in [meta.dev(), meta.ino(), meta.len(), meta.mtime() as u64, meta.mtime_nsec() as u64] {
        hasher.update(&part.to_le_bytes());
    }
    let (lower, upper) = halves(hasher.finalize().as_bytes());
    MetadataHashValue { lower, upper }
}

fn halves(bytes: &[u8; 32]) -> (u64, u64) {
    let word =
        |at: usize| bytes[at..at + 8].iter().rev().fold(0, |word, byte| (word << 8) | u64::from(*byte));
    (word(0), word(8))
}

/// None for times before 1970, which WASI 0.2 cannot say.
fn datetime(seconds: i64, nanoseconds: i64) -> Option<Datetime> {
    Some(Datetime { seconds: u64::try_from(seconds).ok()?, nanoseconds: u32::try_from(nanoseconds).ok()? })
}
