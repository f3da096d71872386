//! CSV, TSV and the like.

use crate::patient::{Patient, RowEnd};
use crate::source::extension;
use crate::{Cell, Flow};
use cowork_tool::{Error, OnPath, relative};
use csv::ByteRecord;
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use encoding_rs_io::{DecodeReaderBytes, DecodeReaderBytesBuilder};
use std::fs::File;
use std::io::{self, Read};

/// What is looked at to tell encoding and delimiter.
const HEAD: u64 = 64 * 1024;
/// What may stand between cells, the likeliest first.
const DELIMITERS: [u8; 4] = *b",;\t|";

/// What is done with each row, by its number.
pub type Each<'a> = &'a mut dyn FnMut(u32, &[Cell<'_>]) -> Result<Flow, Error>;

/// A file of rows with a delimiter between cells.
pub struct Delimited {
    path: String,
    delimiter: u8,
    encoding: &'static Encoding,
}

impl Delimited {
    /// Looks at the beginning of a file.
    ///
    /// # Errors
    /// What opening and reading it says; [`Error::Failed`] if it is no text.
    pub fn open(path: &str) -> Result<Self, Error> {
        let mut bytes = Vec::new();
        open_file(path)?.take(HEAD).read_to_end(&mut bytes).on_path(path)?;
        let is_wide = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
        if !is_wide && bytes.contains(&0) {
            return Err(Error::failed("is not a text; file_info tells what it is").about(relative(path)));
        }
        let mut delimited = Delimited { path: path.to_owned(), delimiter: b',', encoding: encoding(&bytes) };
        let mut head = Vec::new();
        delimited.decoded(&bytes[..]).read_to_end(&mut head).on_path(path)?;
        delimited.delimiter = delimiter(path, &head);
        Ok(delimited)
    }

    /// Hands out every row with its number, from 1. Blank lines are no rows.
    ///
    /// # Errors
    /// What reading says, or `each`.
    pub fn each_row(&self, each: Each<'_>) -> Result<(), Error> {
        let (mut rows, ended) = self.rows()?;
        let mut record = ByteRecord::new();
        let mut number = 0u32;
        while rows.read_byte_record(&mut record).map_err(|error| self.broken(error))? {
            ended.reached();
            number = number.saturating_add(1);
            let cells: Vec<_> = record.iter().map(|cell| Cell::text(String::from_utf8_lossy(cell))).collect();
            if each(number, &cells)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn rows(&self) -> Result<(csv::Reader<impl Read + use<>>, RowEnd), Error> {
        let (file, ended) = Patient::new(open_file(&self.path)?);
        let mut builder = csv::ReaderBuilder::new();
        builder.has_headers(false).flexible(true).delimiter(self.delimiter).buffer_capacity(128 * 1024);
        Ok((builder.from_reader(self.decoded(file)), ended))
    }

    /// As UTF-8, without a byte order mark.
    fn decoded<R: Read>(&self, bytes: R) -> DecodeReaderBytes<R, Vec<u8>> {
        let mut builder = DecodeReaderBytesBuilder::new();
        // Bytes that are UTF-8 already go through as they are.
        let other = (self.encoding != UTF_8).then_some(self.encoding);
        builder.encoding(other).utf8_passthru(true).strip_bom(true).bom_override(true).build(bytes)
    }

    fn broken(&self, error: csv::Error) -> Error {
        let message = error.to_string();
        match error.into_kind() {
            csv::ErrorKind::Io(error) => Error::from(error).about(relative(&self.path)),
            _ => Error::failed(message).about(relative(&self.path)),
        }
    }
}

/// A regular file: a folder opens too, and fails in words that help nobody.
pub(crate) fn open_file(path: &str) -> Result<File, Error> {
    let file = File::open(path).on_path(path)?;
    if file.metadata().on_path(path)?.is_dir() {
        return Err(Error::from(io::Error::from(io::ErrorKind::IsADirectory)).about(relative(path)));
    }
    Ok(file)
}

/// UTF-8 if the beginning is, else what Windows programs write in western Europe. Marks are seen later.
fn encoding(head: &[u8]) -> &'static Encoding {
    match std::str::from_utf8(head) {
        Ok(_) => UTF_8,
        // The last character may be cut.
        Err(error) if error.error_len().is_none() => UTF_8,
        Err(_) => WINDOWS_1252,
    }
}

/// The one that most often divides the first row.
fn delimiter(path: &str, head: &[u8]) -> u8 {
    if matches!(extension(path).as_str(), "tsv" | "tab") {
        return b'\t';
    }
    let mut counts = [0usize; DELIMITERS.len()];
    let mut quoted = false;
    for &byte in head {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted && counts.iter().any(|&count| count > 0) => break,
            _ if quoted => {}
            _ => {
                if let Some(index) = DELIMITERS.iter().position(|&delimiter| delimiter == byte) {
                    counts[index] += 1;
                }
            }
        }
    }
    let best = (0..DELIMITERS.len()).max_by_key(|&index| (counts[index], DELIMITERS.len() - index));
    best.map_or(b',', |index| DELIMITERS[index])
}

#[cfg(test)]
mod tests;
