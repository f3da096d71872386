//! What is read of a file.

use cowork_tool::text::Encoding;
use cowork_tool::{Error, JsonSchema, Output, Serialize};

use super::window::Window;

/// Which part of the file was read.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
pub struct Read {
    path: String,
    /// Of the whole file, in bytes.
    size: u64,
    /// Of a text that is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
    /// The number of the first line.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    /// Of the first byte that was returned.
    offset: u64,
    /// In bytes.
    returned: u64,
    /// Whether nothing follows.
    end: bool,
    /// The line to go on with.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_line: Option<u64>,
    /// The part itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// The part itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
}

/// A part of a text.
pub(super) struct Part {
    line: Option<u64>,
    next_line: Option<u64>,
    offset: u64,
    end: bool,
    text: String,
}

/// From a byte on, whole characters.
pub(super) fn from_offset(window: &mut Window, offset: u64, limit: u64) -> Result<Part, Error> {
    let (offset, bytes, end) = window.read(offset, limit)?;
    let (skipped, text) = whole_characters(&bytes, end);
    let end = end && skipped + text.len() == bytes.len();
    let offset = offset + skipped as u64;
    Ok(Part { line: None, next_line: None, offset, end, text: String::from_utf8_lossy(text).into_owned() })
}

/// From a line on, whole lines; only a line that is longer than the limit is cut.
pub(super) fn of_lines(
    window: &mut Window,
    first: i64,
    count: Option<u64>,
    limit: u64,
) -> Result<Part, Error> {
    let found = window.find_line(first)?;
    if first > 0 && found.number < first.unsigned_abs() {
        return Err(Error::failed(format!("has {} lines, so there is no line {first}", found.number)));
    }
    let (_, bytes, mut end) = window.read(found.offset, limit)?;
    let mut kept = bytes.as_slice();
    if let Some(at) =
        newlines(kept).nth(usize::try_from(count.unwrap_or(u64::MAX).max(1) - 1).unwrap_or(usize::MAX))
    {
        end = end && at + 1 == kept.len();
        kept = &kept[..=at];
    } else if let (false, Some(at)) = (end, newlines(kept).last()) {
        kept = &kept[..=at];
    }
    let (_, text) = whole_characters(kept, end);
    let is_whole = end || text.ends_with(b"\n");
    let next_line = (!end && is_whole).then(|| found.number + newlines(text).count() as u64);
    let text = String::from_utf8_lossy(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)).into_owned();
    Ok(Part { line: Some(found.number), next_line, offset: found.offset, end, text })
}

/// Bytes, as base64.
pub(super) fn bytes(
    path: String,
    size: u64,
    media_type: &str,
    offset: u64,
    returned: u64,
    base64: String,
) -> Result<Output, Error> {
    let next = offset + returned;
    let shown = format!("bytes {offset} to {next} of {size} of {path} ({media_type}), as base64:\n{base64}");
    let (text, base64, end) = (None, Some(base64), next >= size);
    let (encoding, line, next_line) = (None, None, None);
    Output::text(shown).structured(Read {
        path,
        size,
        encoding,
        line,
        offset,
        returned,
        end,
        next_line,
        text,
        base64,
    })
}

impl Part {
    pub(super) fn into_output(
        self,
        path: String,
        size: u64,
        encoding: &'static Encoding,
    ) -> Result<Output, Error> {
        let Part { line, next_line, offset, end, text } = self;
        let returned = text.len() as u64;
        let mut output = Output::text(text.clone());
        if !end {
            output = output.and_text(match (line, next_line) {
                (Some(line), Some(next)) => {
                    format!("(lines {line} to {} of {path}; go on with line {next})", next - 1)
                }
                _ => {
                    let next = offset + returned;
                    format!("(bytes {offset} to {next} of {size}; go on with offset {next})")
                }
            });
        }
        let name = Some(encoding.name()).filter(|name| *name != "UTF-8");
        let (text, base64) = (Some(text), None);
        output.structured(Read {
            path,
            size,
            encoding: name,
            line,
            offset,
            returned,
            end,
            next_line,
            text,
            base64,
        })
    }
}

fn newlines(bytes: &[u8]) -> impl Iterator<Item = usize> {
    memchr::memchr_iter(b'\n', bytes)
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
