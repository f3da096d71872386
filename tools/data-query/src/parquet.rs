//! Parquet files, row by row.

use bytes::Bytes;
use cowork_tables::{Cell, Flow};
use cowork_tool::{Error, OnPath as _, relative};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, FileReader as _, Length};
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::record::{Field, Row};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom};
use std::sync::Arc;

/// Of a table.
const MOST_COLUMNS: usize = 2000;
/// Of a group of rows, unpacked, in bytes. Its pages are held one at a time, but a page is as large as it says.
const LARGEST_GROUP: i64 = 1 << 30;

/// An open file. Lists and structs in a column are given as JSON-like text.
pub(crate) struct ParquetTable {
    path: String,
    reader: SerializedFileReader<Chunks>,
    columns: Vec<String>,
}

impl ParquetTable {
    pub(crate) fn open(path: &str) -> Result<Self, Error> {
        let file = File::open(path).on_path(path)?;
        let chunks = Chunks { length: file.metadata().on_path(path)?.len(), file: Arc::new(file) };
        let reader = SerializedFileReader::new(chunks).map_err(|error| broken(path, &error))?;
        let metadata = reader.metadata();
        if metadata.row_groups().iter().any(|group| group.total_byte_size() > LARGEST_GROUP) {
            return Err(Error::failed("has a group of rows of more than 1 GiB, which is the limit")
                .about(relative(path)));
        }
        let fields = metadata.file_metadata().schema().get_fields();
        if fields.len() > MOST_COLUMNS {
            let message = format!("has {} columns; the limit is {MOST_COLUMNS}", fields.len());
            return Err(Error::failed(message).about(relative(path)));
        }
        let columns = fields.iter().map(|field| field.name().to_owned()).collect();
        Ok(Self { path: path.to_owned(), reader, columns })
    }

    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    pub(crate) fn each_row(
        &self,
        each: &mut dyn FnMut(&[Cell<'_>]) -> Result<Flow, Error>,
    ) -> Result<(), Error> {
        let rows = self.reader.get_row_iter(None).map_err(|error| broken(&self.path, &error))?;
        for row in rows {
            let row: Row = row.map_err(|error| broken(&self.path, &error))?;
            let cells: Vec<_> = row.into_columns().into_iter().map(|(_, field)| cell(field)).collect();
            if each(&cells)?.is_break() {
                break;
            }
        }
        Ok(())
    }
}

/// Parts of a file. The library's own reader makes copies of the handle, which WASI has not.
struct Chunks {
    file: Arc<File>,
    length: u64,
}

impl Length for Chunks {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for Chunks {
    type T = BufReader<Portion>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        Ok(BufReader::new(Portion { file: Arc::clone(&self.file), at: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        let mut bytes = Vec::new();
        let found = self.get_read(start)?.take(length as u64).read_to_end(&mut bytes)?;
        if found < length {
            return Err(ParquetError::EOF(format!("{length} bytes at {start}, of which there are {found}")));
        }
        Ok(bytes.into())
    }
}

/// What is in a file from a place on, wherever others read in it.
struct Portion {
    file: Arc<File>,
    at: u64,
}

impl Read for Portion {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut file = &*self.file;
        file.seek(SeekFrom::Start(self.at))?;
        let count = file.read(buffer)?;
        self.at += count as u64;
        Ok(count)
    }
}

fn broken(path: &str, error: &ParquetError) -> Error {
    let text = error.to_string();
    let message = match text.contains("Disabled feature") {
        true => "is packed by zstd or brotli, which is not read; write it with snappy or gzip".to_owned(),
        false => format!("is not a Parquet file that can be read: {text}"),
    };
    Error::failed(message).about(relative(path))
}

fn cell(field: Field) -> Cell<'static> {
    match field {
        Field::Null => Cell::Empty,
        Field::Bool(value) => Cell::Bool(value),
        Field::Byte(number) => Cell::Integer(number.into()),
        Field::Short(number) => Cell::Integer(number.into()),
        Field::Int(number) => Cell::Integer(number.into()),
        Field::Long(number) => Cell::Integer(number),
        Field::UByte(number) => Cell::Integer(number.into()),
        Field::UShort(number) => Cell::Integer(number.into()),
        Field::UInt(number) => Cell::Integer(number.into()),
        Field::ULong(number) => i64::try_from(number).map_or(Cell::text(number.to_string()), Cell::Integer),
        Field::Float(number) => Cell::Number(number.into()),
        Field::Double(number) => Cell::Number(number),
        Field::Str(text) => Cell::text(text),
        Field::Bytes(bytes) => Cell::text(String::from_utf8_lossy(bytes.data()).into_owned()),
        Field::Decimal(_) | Field::Float16(_) => {
            let text = field.to_string();
            text.parse().map_or_else(|_| Cell::text(text), Cell::Number)
        }
        Field::Date(_) | Field::TimeMillis(_) | Field::TimeMicros(_) => Cell::Date(field.to_string()),
        // With the offset of UTC behind it, which is always the same.
        Field::TimestampMillis(_) | Field::TimestampMicros(_) => {
            let text = field.to_string();
            let (text, _) = text.split_once(" +").unwrap_or((&text, ""));
            // Parts of a second only where there are some.
            let text =
                if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text };
            Cell::Date(text.to_owned())
        }
        nested => Cell::text(nested.to_string()),
    }
}
