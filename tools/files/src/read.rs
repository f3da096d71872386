//! `file_read`: a text file, or a part of it.

use std::fs::File;
use std::io::{self, Read as _, Seek, SeekFrom};

use cowork_tool::{Deserialize, Error, JsonSchema, OnPath, Output, Serialize, media, relative};

/// Arguments of [`file_read`].
#[derive(Deserialize, JsonSchema)]
pub struct FileRead {
    /// The file, such as `files/notes.txt`.
    pub path: String,
    /// Where to begin, in bytes. Default 0.
    pub offset: Option<u64>,
    /// How many bytes to read at most. Default 65536.
    #[schemars(range(min = 4, max = 4_194_304))]
    pub limit: Option<u64>,
}

/// Which part of the file was read.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
pub struct Read {
    path: String,
    /// Of the whole file, in bytes.
    size: u64,
    /// Of the first byte that was returned.
    offset: u64,
    /// In bytes.
    returned: u64,
    /// Whether nothing follows.
    end: bool,
    /// The part itself.
    text: String,
}

const DEFAULT_LIMIT: u64 = 64 * 1024;
const LARGEST_LIMIT: u64 = 4 * 1024 * 1024;
/// A limit below the longest character could not get past it.
const LONGEST_CHARACTER: u64 = 4;

/// Reads a text file, or a part of it, without splitting a character.
pub fn file_read(args: FileRead) -> Result<Output, Error> {
    let path = relative(&args.path);
    let limit = args.limit.unwrap_or(DEFAULT_LIMIT).clamp(LONGEST_CHARACTER, LARGEST_LIMIT);
    let mut file = open_text(&args.path)?;
    let size = file.metadata().on_path(&path)?.len();
    let offset = args.offset.unwrap_or(0).min(size);
    let bytes = read_part(&mut file, offset, limit).on_path(&path)?;
    let (skipped, text) = whole_characters(&bytes, offset + bytes.len() as u64 >= size);
    let offset = offset + skipped as u64;
    let (returned, text) = (text.len() as u64, String::from_utf8_lossy(text).into_owned());
    let next = offset + returned;
    let mut output = Output::text(text.clone());
    let part = Read { path, size, offset, returned, end: next >= size, text };
    if !part.end {
        output = output.and_text(format!("(bytes {offset} to {next} of {size}; go on with offset {next})"));
    }
    output.structured(part)
}

fn open_text(path: &str) -> Result<File, Error> {
    if std::fs::metadata(path).on_path(path)?.is_dir() {
        return Err(Error::failed("is a folder; use file_list").about(relative(path)));
    }
    let mut file = File::open(path).on_path(path)?;
    let head = read_part(&mut file, 0, media::HEAD as u64).on_path(path)?;
    match media::of(path, &head) {
        text if media::is_text(text) => Ok(file),
        other => Err(Error::failed(format!("is not text ({other}); use file_info or document_read"))
            .about(relative(path))),
    }
}

fn read_part(file: &mut File, offset: u64, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(offset))?;
    file.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Leaves out a character whose beginning is before the part, and one whose end is after it. Returns how many
/// bytes the first of them takes, and the rest.
fn whole_characters(bytes: &[u8], at_end: bool) -> (usize, &[u8]) {
    let is_inside = |&&byte: &&u8| byte & 0b1100_0000 == 0b1000_0000;
    let skipped = bytes.iter().take(3).take_while(is_inside).count();
    let rest = &bytes[skipped..];
    match std::str::from_utf8(rest) {
        // Without a length the error is an end that came too soon, not a wrong byte.
        Err(error) if error.error_len().is_none() && !at_end => (skipped, &rest[..error.valid_up_to()]),
        Err(_) if skipped > 0 => (0, bytes),
        _ => (skipped, rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(content: &[u8], offset: u64, limit: u64) -> Result<Output, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        std::fs::write(&path, content).unwrap();
        let path = path.to_string_lossy().into_owned();
        file_read(FileRead { path, offset: Some(offset), limit: Some(limit) })
    }

    fn check(content: &str, offset: u64, limit: u64, text: &str, next: u64) {
        let output = read(content.as_bytes(), offset, limit).unwrap();
        let part = output.as_json();
        assert_eq!(output.as_text().lines().next().unwrap_or(""), text);
        assert_eq!(part["offset"].as_u64().unwrap() + part["returned"].as_u64().unwrap(), next);
        assert_eq!(part["end"], json!(next == content.len() as u64));
    }

    #[test]
    fn characters_stay_whole() {
        check("abcdef", 0, 100, "abcdef", 6);
        check("abcdef", 2, 4, "cdef", 6);
        check("abcdef", 9, 4, "", 6);
        check("abcé", 0, 4, "abc", 3);
        check("abcé", 3, 4, "é", 5);
        check("éabcdef", 1, 4, "abc", 5);
        check("𝄞𝄞", 0, 1, "𝄞", 4);
        check("", 0, 100, "", 0);
    }

    #[test]
    fn what_is_not_text_is_refused() {
        let error = read(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 0, 100).unwrap_err();
        assert!(
            error.message().ends_with("is not text (image/png); use file_info or document_read"),
            "{error}"
        );
    }
}
