//! A file system with one file, `slow.txt`: who reads it waits in the operating system, where nothing interrupts them, until
//! a line comes on standard input. It is gone when standard input ends. Says `mounted`, and `asked` at each read.

use fuser::{
    Config, Errno, FileAttr, FileHandle, FileType, Filesystem, Generation, INodeNo, LockOwner, MountOption,
    OpenFlags, ReplyAttr, ReplyData, ReplyEntry, Request,
};
use std::ffi::OsStr;
use std::io::{Read as _, stdin};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

const CONTENT: &[u8] = b"far away";

fn main() -> ExitCode {
    let gate = Arc::new(Mutex::new(()));
    let closed = gate.lock();
    let at = std::env::args().nth(1).unwrap_or_default();
    let mut config = Config::default();
    config.mount_options = vec![MountOption::RO, MountOption::FSName("slow-disk".to_owned())];
    let session = match fuser::spawn_mount(SlowFile(Arc::clone(&gate)), at, &config) {
        Ok(session) => session,
        Err(error) => {
            eprintln!("it cannot be mounted: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("mounted");
    let _ = stdin().read_line(&mut String::new());
    drop(closed);
    let _ = stdin().read_to_end(&mut Vec::new());
    match session.umount_and_join() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Reading waits until the mutex is free.
struct SlowFile(Arc<Mutex<()>>);

impl SlowFile {
    fn attributes(ino: INodeNo) -> FileAttr {
        let is_folder = ino == INodeNo::ROOT;
        FileAttr {
            ino,
            size: CONTENT.len() as u64,
            blocks: 1,
            atime: UNIX_EPOCH,
            mtime: UNIX_EPOCH,
            ctime: UNIX_EPOCH,
            crtime: UNIX_EPOCH,
            kind: if is_folder { FileType::Directory } else { FileType::RegularFile },
            perm: if is_folder { 0o755 } else { 0o644 },
            nlink: 1,
            uid: 0,
            gid: 0,
            rdev: 0,
            flags: 0,
            blksize: 512,
        }
    }
}

impl Filesystem for SlowFile {
    fn lookup(&self, _: &Request, _: INodeNo, name: &OsStr, reply: ReplyEntry) {
        match name.to_str() {
            Some("slow.txt") => reply.entry(&Duration::ZERO, &Self::attributes(INodeNo(2)), Generation(0)),
            _ => reply.error(Errno::ENOENT),
        }
    }

    fn getattr(&self, _: &Request, ino: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        reply.attr(&Duration::ZERO, &Self::attributes(ino));
    }

    fn read(
        &self,
        _: &Request,
        _: INodeNo,
        _: FileHandle,
        offset: u64,
        _: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        println!("asked");
        drop(self.0.lock());
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(CONTENT.len());
        reply.data(&CONTENT[from..]);
    }
}
