//! A tool that reads the text of documents: PDF, HTML and plain text.

mod html;
mod pdf;

use std::fs::{self, File};
use std::io::Read;

use cowork_tool::{Deserialize, Error, JsonSchema, OnPath, Output, Serialize, media, relative};

cowork_tool::export!(document_read {
    title: "Read a document",
    description: "Reads the text of a PDF, an HTML page or a text file, line by line. A long one is read in parts, with `offset`.",
    annotations: [read_only, idempotent],
    output: Part,
});

/// Arguments of [`document_read`].
#[derive(Deserialize, JsonSchema)]
pub struct DocumentRead {
    /// The document, such as `files/invoice.pdf`.
    pub path: String,
    /// Where to begin, in characters. Default 0.
    pub offset: Option<usize>,
    /// How many characters to return at most. Default 50000.
    #[schemars(range(min = 1))]
    pub limit: Option<usize>,
}

/// A part of a document's text.
#[derive(Serialize, JsonSchema)]
pub struct Part {
    path: String,
    /// By the content, such as `application/pdf`.
    media_type: &'static str,
    /// Where the document names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// How many a PDF has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pages: Option<usize>,
    text: String,
    /// Whether nothing follows.
    end: bool,
}

/// A document as its reader understands it.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Document {
    pub(crate) title: Option<String>,
    pub(crate) pages: Option<usize>,
    pub(crate) text: String,
}

const DEFAULT_LIMIT: usize = 50_000;
/// In bytes: a document is read into memory as a whole.
const LARGEST_FILE: u64 = 64 * 1024 * 1024;

/// Reads the text of a document.
pub fn document_read(args: DocumentRead) -> Result<Output, Error> {
    let path = relative(&args.path);
    let bytes = read_file(&args.path)?;
    let media_type = media::of(&path, &bytes);
    let document = read(media_type, &bytes).map_err(|error| error.about(&path))?;
    let offset = args.offset.unwrap_or(0);
    let (text, total) = part(&document.text, offset, args.limit.unwrap_or(DEFAULT_LIMIT));
    let next = offset + text.chars().count();
    let mut output = Output::text(text);
    if document.pages.is_some() && total == 0 {
        output = output.and_text(
            "(no text was found: the pages may be pictures, such as a scan, or the file incomplete)",
        );
    } else if next < total {
        output =
            output.and_text(format!("(characters {offset} to {next} of {total}; go on with offset {next})"));
    }
    let Document { title, pages, .. } = document;
    output.structured(Part { path, media_type, title, pages, text: text.to_owned(), end: next >= total })
}

fn read_file(path: &str) -> Result<Vec<u8>, Error> {
    let metadata = fs::metadata(path).on_path(path)?;
    if metadata.is_dir() {
        return Err(Error::failed("is a folder; use file_list").about(relative(path)));
    }
    if metadata.len() > LARGEST_FILE {
        return Err(Error::failed("is larger than 64 MiB, which is the limit").about(relative(path)));
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LARGEST_FILE).read_to_end(&mut bytes)).on_path(path)?;
    Ok(bytes)
}

fn read(media_type: &str, bytes: &[u8]) -> Result<Document, Error> {
    match media_type {
        "application/pdf" => pdf::read(bytes),
        "text/html" => html::read(&decode(bytes)),
        text if media::is_text(text) => Ok(Document { text: decode(bytes), ..Document::default() }),
        other => {
            Err(Error::failed(format!("is no document that can be read ({other}); only PDF, HTML and text")))
        }
    }
}

/// Text is UTF-8, and otherwise most often Latin-1, whose bytes are the characters themselves.
fn decode(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    }
}

/// A part of a text and the length of the whole, in characters.
fn part(text: &str, offset: usize, limit: usize) -> (&str, usize) {
    let at = |count: usize| text.char_indices().nth(count).map_or(text.len(), |(index, _)| index);
    (&text[at(offset)..at(offset.saturating_add(limit))], text.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_counted_in_characters() {
        assert_eq!(part("aéb", 1, 1), ("é", 3));
        assert_eq!(part("aéb", 2, usize::MAX), ("b", 3));
        assert_eq!(part("aéb", 9, 1), ("", 3));
    }

    #[test]
    fn other_files_are_refused() {
        let error = read("image/png", b"").unwrap_err();
        assert_eq!(error.message(), "is no document that can be read (image/png); only PDF, HTML and text");
    }

    #[test]
    fn latin_1_is_text() {
        assert_eq!(read("text/plain", b"caf\xe9").unwrap().text, "café");
    }
}
