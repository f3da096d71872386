//! A reader that does not read on for ever within one row.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

/// Of one row, in bytes. A file without line ends would otherwise be held whole.
const LONGEST_ROW: u64 = 16 * 1024 * 1024;

/// Fails when more than 16 MiB were read since the last row ended.
pub(crate) struct Patient<R> {
    inner: R,
    since: Rc<Cell<u64>>,
}

/// Tells a [`Patient`] reader that a row has ended.
#[derive(Clone)]
pub(crate) struct RowEnd(Rc<Cell<u64>>);

impl<R: Read> Patient<R> {
    pub(crate) fn new(inner: R) -> (Self, RowEnd) {
        let since = Rc::new(Cell::new(0));
        (Self { inner, since: Rc::clone(&since) }, RowEnd(since))
    }
}

impl RowEnd {
    pub(crate) fn reached(&self) {
        self.0.set(0);
    }
}

impl<R: Read> Read for Patient<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.since.get() > LONGEST_ROW {
            return Err(io::Error::other(
                "one row is longer than 16 MiB, which is the limit; is a quote not closed?",
            ));
        }
        let read = self.inner.read(buffer)?;
        self.since.set(self.since.get() + read as u64);
        Ok(read)
    }
}
