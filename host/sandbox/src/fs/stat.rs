//! Metadata as WASI shows it, and times as guests set them.

use super::bindings::types::{DescriptorStat, DescriptorType, ErrorCode, MetadataHashValue, NewTimestamp};
use super::error::FsResult;
use cap_std::time::SystemClock;
use cowork_coworkspaces::staged::{Metadata, Times};
use rustix::fs::FileType;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use wasmtime_wasi::p2::bindings::clocks::wall_clock::Datetime;

pub(super) fn describe(meta: &Metadata) -> DescriptorStat {
    DescriptorStat {
        type_: kind_of(meta.kind),
        link_count: meta.links,
        size: meta.size,
        data_access_timestamp: datetime(meta.accessed),
        data_modification_timestamp: datetime(meta.modified),
        status_change_timestamp: datetime(meta.changed),
    }
}

pub(super) fn kind_of(kind: FileType) -> DescriptorType {
    match kind {
        FileType::RegularFile => DescriptorType::RegularFile,
        FileType::Directory => DescriptorType::Directory,
        FileType::Symlink => DescriptorType::SymbolicLink,
        FileType::Fifo => DescriptorType::Fifo,
        FileType::Socket => DescriptorType::Socket,
        FileType::BlockDevice => DescriptorType::BlockDevice,
        FileType::CharacterDevice => DescriptorType::CharacterDevice,
        FileType::Unknown => DescriptorType::Unknown,
    }
}

/// Tells objects apart without telling the machine's inode numbers. It stays the same when the object is written or
/// renamed: C libraries show it as the inode.
pub(super) fn hash((one, other): (u64, u64)) -> MetadataHashValue {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&one.to_le_bytes()).update(&other.to_le_bytes());
    halves(hasher.finalize().as_bytes())
}

pub(super) fn hash_of_name(name: &str) -> MetadataHashValue {
    halves(blake3::hash(name.as_bytes()).as_bytes())
}

fn halves(bytes: &[u8; 32]) -> MetadataHashValue {
    let word =
        |at: usize| bytes[at..at + 8].iter().rev().fold(0, |word, byte| (word << 8) | u64::from(*byte));
    MetadataHashValue { lower: word(0), upper: word(8) }
}

/// None for times before 1970, which WASI 0.2 cannot say.
fn datetime(time: SystemTime) -> Option<Datetime> {
    let since = time.duration_since(UNIX_EPOCH).ok()?;
    Some(Datetime { seconds: since.as_secs(), nanoseconds: since.subsec_nanos() })
}

pub(super) fn times(accessed: NewTimestamp, modified: NewTimestamp) -> FsResult<Times> {
    Ok(Times { accessed: time(accessed)?, modified: time(modified)? })
}

fn time(time: NewTimestamp) -> FsResult<Option<SystemTime>> {
    match time {
        NewTimestamp::NoChange => Ok(None),
        NewTimestamp::Now => Ok(Some(SystemClock::new(cap_std::ambient_authority()).now().into_std())),
        NewTimestamp::Timestamp(time) => {
            let since = Duration::new(time.seconds, time.nanoseconds.min(999_999_999));
            Ok(Some(UNIX_EPOCH.checked_add(since).ok_or(ErrorCode::Overflow)?))
        }
    }
}
