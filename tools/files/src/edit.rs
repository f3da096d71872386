//! `file_edit`: some texts in a file by others, all or none.

mod find;
mod nearest;
mod replace;

use std::fs;

use cowork_tool::text::{self, Encoding};
use cowork_tool::{Deserialize, Error, JsonSchema, OnPath, Output, Serialize, media, relative};
use similar::TextDiff;

use replace::replace;

/// Arguments of [`file_edit`].
#[derive(Deserialize, JsonSchema)]
pub struct FileEdit {
    /// The file.
    pub path: String,
    /// Made in this order, each in what those before it left.
    #[schemars(length(min = 1, max = 100))]
    pub edits: Vec<Edit>,
}

/// One replacement.
#[derive(Deserialize, JsonSchema)]
pub struct Edit {
    /// The text to replace, with enough around it to occur once.
    #[schemars(length(min = 1))]
    pub old: String,
    /// The text in its place; empty to remove it.
    pub new: String,
    /// Replace it wherever it occurs. Default false.
    #[serde(default)]
    pub all: bool,
}

/// What was changed.
#[derive(Serialize, JsonSchema)]
pub struct Edited {
    path: String,
    /// Of the whole file now, in bytes.
    size: u64,
    /// One for each edit.
    edits: Vec<Made>,
    /// What has changed, as a unified diff; only its beginning if it is long.
    diff: String,
}

#[derive(Debug, PartialEq, Serialize, JsonSchema)]
struct Made {
    /// Where it was, counted from 1: the first place.
    line: usize,
    /// At how many places.
    count: usize,
    /// It was not there to the letter: white space or quotes differed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    fuzzy: bool,
}

const LARGEST_FILE: u64 = 16 * 1024 * 1024;
/// Of the diff that is returned, in bytes.
const LONGEST_DIFF: usize = 8 * 1024;
/// Changes that are compared: the time grows with their square.
const MOST_PLACES: usize = 500;

/// Makes all edits, or none.
pub fn file_edit(args: FileEdit) -> Result<Output, Error> {
    let path = relative(&args.path);
    let (before, encoding) = read(&args.path).on_path(&path)?;
    let mut after = before.clone();
    let mut made = Vec::new();
    for (number, edit) in (1..).zip(&args.edits) {
        let (text, done) = replace(&after, edit).map_err(|error| of_edit(error, number, args.edits.len()))?;
        after = text;
        made.push(done);
    }
    if after == before {
        return Err(Error::invalid("these edits change nothing").about(path));
    }
    let bytes = text::encode(&after, encoding).map_err(|c| lacks(encoding, c)).on_path(&path)?;
    fs::write(&args.path, &bytes).on_path(&path)?;
    let places = made.iter().map(|made| made.count).sum();
    let diff = diff(&before, &after, places);
    let edited = Edited { path, size: bytes.len() as u64, edits: made, diff };
    Output::text(format!("changed {} ({} bytes)\n{}", edited.path, edited.size, edited.diff))
        .structured(edited)
}

fn read(path: &str) -> Result<(String, &'static Encoding), Error> {
    let metadata = fs::metadata(path)?;
    if metadata.is_dir() {
        return Err(Error::failed("is a folder"));
    }
    if metadata.len() > LARGEST_FILE {
        return Err(Error::failed(format!(
            "has {} bytes; file_edit takes files up to {LARGEST_FILE}",
            metadata.len()
        )));
    }
    let bytes = fs::read(path)?;
    let media_type = media::of(path, &bytes);
    if !media::is_text(media_type) {
        return Err(Error::failed(format!("is not text ({media_type})")));
    }
    let encoding = text::encoding_of(&bytes, true);
    // With its byte order mark, so that it is written back.
    let (text, wrong) = encoding.decode_without_bom_handling(&bytes);
    let is_same = text::encode(&text, encoding).is_ok_and(|again| again == bytes);
    if wrong || !is_same {
        return Err(Error::failed(format!(
            "is broken text ({}), which an edit would change",
            encoding.name()
        )));
    }
    Ok((text.into_owned(), encoding))
}

fn of_edit(error: Error, number: usize, count: usize) -> Error {
    match count {
        1 => error.about("nothing was changed"),
        _ => error.about(format!("nothing was changed; edit {number}")),
    }
}

fn lacks(encoding: &'static Encoding, c: char) -> Error {
    Error::failed(format!(
        "is written in {}, which has no {c:?}; use other words, or write the file anew with file_write",
        encoding.name()
    ))
}

fn diff(before: &str, after: &str, places: usize) -> String {
    if places > MOST_PLACES {
        return format!("({places} places, too many to show)");
    }
    let diff = TextDiff::from_lines(before, after);
    let mut text = diff.unified_diff().context_radius(2).to_string();
    if text.len() > LONGEST_DIFF {
        text.truncate(text.floor_char_boundary(LONGEST_DIFF));
        text.push_str("\n(the rest of the changes is left out)");
    }
    text
}

#[cfg(test)]
#[path = "edit/tests.rs"]
mod tests;
