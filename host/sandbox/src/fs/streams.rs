//! File contents as WASI streams. Reads and writes happen in the call itself, on its own thread: nothing is in
//! flight when the guest returns.

use bytes::Bytes;
use cowork_coworkspaces::staged::OpenFile;
use rustix::io::Errno;
use wasmtime_wasi::p2::{InputStream, OutputStream, Pollable, StreamError, StreamResult};

/// The most that one read or write moves, in bytes.
pub(super) const CHUNK: usize = 1 << 20;

pub(super) struct Reader {
    pub(super) file: OpenFile,
    pub(super) position: u64,
}

pub(super) struct Writer {
    pub(super) file: OpenFile,
    pub(super) place: Place,
}

/// Where a writer's next byte goes.
pub(super) enum Place {
    At(u64),
    End,
}

#[async_trait::async_trait]
impl Pollable for Reader {
    async fn ready(&mut self) {}
}

#[async_trait::async_trait]
impl InputStream for Reader {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        let mut buffer = vec![0; size.min(CHUNK)];
        let count = self.file.read_at(&mut buffer, self.position).map_err(failed)?;
        if count == 0 && size > 0 {
            return Err(StreamError::Closed);
        }
        buffer.truncate(count);
        self.position += count as u64;
        Ok(buffer.into())
    }
}

#[async_trait::async_trait]
impl Pollable for Writer {
    async fn ready(&mut self) {}
}

#[async_trait::async_trait]
impl OutputStream for Writer {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        if bytes.len() > CHUNK {
            return Err(StreamError::trap("the guest wrote more than it was permitted"));
        }
        match &mut self.place {
            Place::End => self.file.append(&bytes).map_err(failed),
            Place::At(position) => {
                self.file.write_all_at(&bytes, *position).map_err(failed)?;
                *position += bytes.len() as u64;
                Ok(())
            }
        }
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(CHUNK)
    }
}

fn failed(errno: Errno) -> StreamError {
    StreamError::LastOperationFailed(errno.into())
}
