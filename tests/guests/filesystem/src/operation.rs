//! One operation, and what it gives.

use cowork_tool::{Deserialize, JsonSchema};
use std::collections::BTreeMap;
use wasip2::clocks::monotonic_clock::subscribe_duration;
use wasip2::clocks::wall_clock::Datetime;
use wasip2::filesystem::preopens::get_directories;
use wasip2::filesystem::types::{
    Descriptor, DescriptorFlags, DescriptorStat, DescriptorType, ErrorCode, NewTimestamp, OpenFlags,
    PathFlags,
};
use wasip2::io::streams::StreamError;

/// Times before this were set; later ones are the present, which differs from run to run.
const SET: u64 = 1_500_000_000;

#[derive(Deserialize, JsonSchema)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Operation {
    Open {
        slot: u8,
        path: String,
        how: How,
    },
    Close {
        slot: u8,
    },
    Read {
        slot: u8,
        offset: u64,
        length: u64,
    },
    ReadStream {
        slot: u8,
        offset: u64,
        length: u64,
    },
    Write {
        slot: u8,
        offset: u64,
        text: String,
    },
    WriteStream {
        slot: u8,
        offset: u64,
        text: String,
    },
    Append {
        slot: u8,
        text: String,
    },
    SetSize {
        slot: u8,
        size: u64,
    },
    SetTimes {
        slot: u8,
        seconds: u64,
    },
    SetTimesAt {
        path: String,
        follow: bool,
        seconds: u64,
    },
    Stat {
        slot: u8,
    },
    StatAt {
        path: String,
        follow: bool,
    },
    List {
        path: String,
    },
    MakeDir {
        path: String,
    },
    RemoveDir {
        path: String,
    },
    Unlink {
        path: String,
    },
    Rename {
        from: String,
        to: String,
    },
    Link {
        from: String,
        to: String,
    },
    Symlink {
        target: String,
        path: String,
    },
    ReadLink {
        path: String,
    },
    Same {
        a: String,
        b: String,
    },
    /// Beneath a folder that is open.
    ReadBeneath {
        slot: u8,
        path: String,
    },
    WriteBeneath {
        slot: u8,
        path: String,
        text: String,
    },
    Pause {
        milliseconds: u64,
    },
}

#[derive(Deserialize, JsonSchema, Clone, Copy)]
pub struct How {
    follow: bool,
    create: bool,
    exclusive: bool,
    truncate: bool,
    directory: bool,
    write: bool,
}

pub struct World {
    base: Descriptor,
    open: BTreeMap<u8, Descriptor>,
}

/// Where a file may not be written, some hosts refuse the stream and others the first write.
const NOT_WRITTEN: &str = "not written";

type Given = Result<String, ErrorCode>;

impl World {
    pub fn open(base: &str) -> Option<Self> {
        let (root, _) = get_directories().into_iter().next()?;
        let base =
            root.open_at(PathFlags::empty(), base, OpenFlags::DIRECTORY, DescriptorFlags::READ).ok()?;
        Some(Self { base, open: BTreeMap::new() })
    }

    pub fn carry_out(&mut self, operation: Operation) -> String {
        match self.attempt(operation) {
            Ok(given) => format!("ok {given}").trim_end().to_owned(),
            Err(code) => format!("error {}", code.name()),
        }
    }

    fn attempt(&mut self, operation: Operation) -> Given {
        let base = &self.base;
        match operation {
            Operation::Open { slot, path, how } => {
                let opened = base.open_at(follow(how.follow), &path, how.open(), how.flags())?;
                let kind = kind(opened.get_type()?);
                self.open.insert(slot, opened);
                Ok(kind.to_owned())
            }
            Operation::Close { slot } => Ok(format!("{}", self.open.remove(&slot).is_some())),
            Operation::Read { slot, offset, length } => {
                let (bytes, end) = self.file(slot)?.read(length, offset)?;
                Ok(format!("{:?} {end}", String::from_utf8_lossy(&bytes)))
            }
            Operation::ReadStream { slot, offset, length } => {
                let stream = self.file(slot)?.read_via_stream(offset)?;
                Ok(match stream.blocking_read(length) {
                    Ok(bytes) => format!("{:?}", String::from_utf8_lossy(&bytes)),
                    Err(StreamError::Closed) => "end".to_owned(),
                    Err(StreamError::LastOperationFailed(_)) => "failed".to_owned(),
                })
            }
            Operation::Write { slot, offset, text } => {
                Ok(self.file(slot)?.write(text.as_bytes(), offset)?.to_string())
            }
            Operation::WriteStream { slot, offset, text } => {
                Ok(match self.file(slot)?.write_via_stream(offset) {
                    Ok(stream) => written(stream.blocking_write_and_flush(text.as_bytes())),
                    Err(_) => NOT_WRITTEN.to_owned(),
                })
            }
            Operation::Append { slot, text } => Ok(match self.file(slot)?.append_via_stream() {
                Ok(stream) => written(stream.blocking_write_and_flush(text.as_bytes())),
                Err(_) => NOT_WRITTEN.to_owned(),
            }),
            Operation::SetSize { slot, size } => none(self.file(slot)?.set_size(size)),
            Operation::SetTimes { slot, seconds } => {
                none(self.file(slot)?.set_times(NewTimestamp::NoChange, time(seconds)))
            }
            Operation::SetTimesAt { path, follow: through, seconds } => {
                none(base.set_times_at(follow(through), &path, NewTimestamp::NoChange, time(seconds)))
            }
            Operation::Stat { slot } => Ok(shown(&self.file(slot)?.stat()?)),
            Operation::StatAt { path, follow: through } => Ok(shown(&base.stat_at(follow(through), &path)?)),
            Operation::List { path } => self.list(&path),
            Operation::MakeDir { path } => none(base.create_directory_at(&path)),
            Operation::RemoveDir { path } => none(base.remove_directory_at(&path)),
            Operation::Unlink { path } => none(base.unlink_file_at(&path)),
            Operation::Rename { from, to } => none(base.rename_at(&from, base, &to)),
            Operation::Link { from, to } => none(base.link_at(PathFlags::empty(), &from, base, &to)),
            Operation::Symlink { target, path } => none(base.symlink_at(&target, &path)),
            Operation::ReadLink { path } => base.readlink_at(&path),
            Operation::Same { a, b } => {
                let look = |path: &str| {
                    base.open_at(PathFlags::SYMLINK_FOLLOW, path, OpenFlags::empty(), DescriptorFlags::READ)
                };
                let (a, b) = (look(&a)?, look(&b)?);
                let hash =
                    |descriptor: &Descriptor| descriptor.metadata_hash().map(|hash| (hash.lower, hash.upper));
                let same = a.is_same_object(&b);
                Ok(format!("{same} {}", same == (hash(&a)? == hash(&b)?)))
            }
            Operation::ReadBeneath { slot, path } => {
                let flags = PathFlags::SYMLINK_FOLLOW;
                let file =
                    self.file(slot)?.open_at(flags, &path, OpenFlags::empty(), DescriptorFlags::READ)?;
                let (bytes, _) = file.read(1000, 0)?;
                Ok(format!("{:?}", String::from_utf8_lossy(&bytes)))
            }
            Operation::WriteBeneath { slot, path, text } => {
                let flags = PathFlags::SYMLINK_FOLLOW;
                let file =
                    self.file(slot)?.open_at(flags, &path, OpenFlags::CREATE, DescriptorFlags::WRITE)?;
                Ok(file.write(text.as_bytes(), 0)?.to_string())
            }
            Operation::Pause { milliseconds } => {
                subscribe_duration(milliseconds * 1_000_000).block();
                Ok(String::new())
            }
        }
    }

    fn file(&self, slot: u8) -> Result<&Descriptor, ErrorCode> {
        self.open.get(&slot).ok_or(ErrorCode::BadDescriptor)
    }

    fn list(&self, path: &str) -> Given {
        let flags = DescriptorFlags::READ;
        let folder = self.base.open_at(PathFlags::SYMLINK_FOLLOW, path, OpenFlags::DIRECTORY, flags)?;
        let entries = folder.read_directory()?;
        let mut names = Vec::new();
        while let Some(entry) = entries.read_directory_entry()? {
            names.push(format!("{} {}", entry.name, kind(entry.type_)));
        }
        names.sort();
        Ok(names.join(", "))
    }
}

impl How {
    fn open(self) -> OpenFlags {
        let flags = [
            (self.create, OpenFlags::CREATE),
            (self.exclusive, OpenFlags::EXCLUSIVE),
            (self.truncate, OpenFlags::TRUNCATE),
            (self.directory, OpenFlags::DIRECTORY),
        ];
        flags.into_iter().filter(|(wanted, _)| *wanted).fold(OpenFlags::empty(), |all, (_, flag)| all | flag)
    }

    fn flags(self) -> DescriptorFlags {
        let write = if self.write { DescriptorFlags::WRITE } else { DescriptorFlags::empty() };
        DescriptorFlags::READ | write
    }
}

fn follow(through: bool) -> PathFlags {
    if through { PathFlags::SYMLINK_FOLLOW } else { PathFlags::empty() }
}

fn time(seconds: u64) -> NewTimestamp {
    NewTimestamp::Timestamp(Datetime { seconds, nanoseconds: 0 })
}

fn none(given: Result<(), ErrorCode>) -> Given {
    given.map(|()| String::new())
}

fn written(given: Result<(), StreamError>) -> String {
    if given.is_ok() { "written" } else { NOT_WRITTEN }.to_owned()
}

fn kind(kind: DescriptorType) -> &'static str {
    match kind {
        DescriptorType::RegularFile => "file",
        DescriptorType::Directory => "folder",
        DescriptorType::SymbolicLink => "link",
        _ => "other",
    }
}

/// Size and number of links of a folder are the file system's own affair.
fn shown(stat: &DescriptorStat) -> String {
    let kind = kind(stat.type_);
    let time = match &stat.data_modification_timestamp {
        Some(time) if time.seconds < SET => time.seconds.to_string(),
        _ => "now".to_owned(),
    };
    match stat.type_ {
        DescriptorType::Directory => format!("{kind} {time}"),
        _ => format!("{kind} {time} size {} links {}", stat.size, stat.link_count),
    }
}
