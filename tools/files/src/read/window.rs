//! Parts of a text of any length, as UTF-8, without holding more of it than is asked for.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use cowork_tool::text::{self, Encoding};
use memchr::memchr_iter;

/// Read at once while looking for lines.
const PIECE: usize = 128 * 1024;

/// A file as a text. Places in it are bytes of the UTF-8, which for most files are those of the file.
pub(super) struct Window {
    file: File,
    size: u64,
    encoding: &'static Encoding,
}

/// Where a line begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Line {
    /// Counted from 1.
    pub number: u64,
    pub offset: u64,
}

impl Window {
    pub(super) fn new(file: File, size: u64, encoding: &'static Encoding) -> Self {
        Self { file, size, encoding }
    }

    /// At most `limit` bytes, and whether the text ends there. An offset after the end is the end.
    pub(super) fn read(&mut self, offset: u64, limit: u64) -> io::Result<(u64, Vec<u8>, bool)> {
        let (offset, mut reader) = self.reader_at(offset)?;
        let mut bytes = Vec::new();
        // One more tells whether anything follows.
        Read::by_ref(&mut reader).take(limit + 1).read_to_end(&mut bytes)?;
        let end = bytes.len() as u64 <= limit;
        bytes.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok((offset, bytes, end))
    }

    fn reader_at(&mut self, offset: u64) -> io::Result<(u64, Box<dyn Read + '_>)> {
        if self.encoding.name() == "UTF-8" {
            let offset = offset.min(self.size);
            self.file.seek(SeekFrom::Start(offset))?;
            let reader: Box<dyn Read + '_> = Box::new(&self.file);
            return Ok((offset, reader));
        }
        self.file.rewind()?;
        let mut reader = text::reader(&self.file, self.encoding);
        let skipped = io::copy(&mut Read::by_ref(&mut reader).take(offset), &mut io::sink())?;
        let reader: Box<dyn Read + '_> = Box::new(reader);
        Ok((skipped, reader))
    }

    /// Where a line begins, counted from 1 or, if negative, from the end. The last line where there are not so many.
    pub(super) fn find_line(&mut self, number: i64) -> io::Result<Line> {
        let (from_start, from_end) = match number {
            0.. => (number.max(1).unsigned_abs(), None),
            _ => (u64::MAX, Some(usize::try_from(number.unsigned_abs()).unwrap_or(usize::MAX))),
        };
        let mut line = Line { number: 1, offset: 0 };
        let mut last = VecDeque::from([line]);
        let keep = from_end.map_or(1, |count| count.min(MOST_FROM_END));
        let (_, mut reader) = self.reader_at(0)?;
        let mut piece = vec![0; PIECE];
        let mut before = 0;
        while line.number < from_start {
            let length = reader.read(&mut piece)?;
            if length == 0 {
                break;
            }
            for at in memchr_iter(b'\n', &piece[..length]) {
                line = Line { number: line.number + 1, offset: before + at as u64 + 1 };
                if last.len() == keep + 1 {
                    last.pop_front();
                }
                last.push_back(line);
                if line.number == from_start {
                    break;
                }
            }
            before += length as u64;
        }
        // What follows the last end of a line is a line only if it is anything.
        if line.number < from_start && line.offset == before && last.len() > 1 {
            last.pop_back();
        } else if last.len() > keep {
            last.pop_front();
        }
        let found = if from_end.is_some() { last.front() } else { last.back() };
        Ok(found.copied().unwrap_or(line))
    }
}

/// Lines from the end whose beginnings are remembered.
const MOST_FROM_END: usize = 100_000;
