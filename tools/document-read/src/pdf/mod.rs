//! The text of a PDF, line by line.
//!
//! A PDF has no lines: it places pieces of text on a page. `content` follows the drawing operators and says where
//! each piece is, `font` turns its bytes into characters and tells how wide they are, `lines` puts pieces together.

mod content;
mod font;
mod lines;
mod matrix;

#[cfg(test)]
mod tests;

use cowork_tool::Error;
use lopdf::{LoadOptions, Object};

use crate::Document;

/// Of one stream, in bytes: far more than a page of text needs, and too little for a bomb to do harm.
pub(crate) const LARGEST_STREAM: usize = 64 * 1024 * 1024;
const MOST_PAGES: usize = 5_000;

/// The text of all pages, with an empty line between two. A page that is broken is said to be, and the others
/// are read.
pub(crate) fn read(bytes: &[u8]) -> Result<Document, Error> {
    let options = LoadOptions { max_decompressed_size: Some(LARGEST_STREAM), ..LoadOptions::default() };
    let document =
        lopdf::Document::load_mem_with_options(bytes, options).map_err(|error| load_error(&error))?;
    if document.is_encrypted() {
        return Err(Error::failed("the PDF is protected by a password"));
    }
    let pages = document.get_pages();
    if pages.is_empty() {
        return Err(Error::failed("the PDF is broken: it has no pages"));
    }
    let texts = pages.iter().take(MOST_PAGES).map(|(number, page)| {
        content::read_page(&document, *page)
            .map(|pieces| lines::join(&pieces))
            .unwrap_or_else(|error| format!("(page {number} cannot be read: {error})"))
    });
    let text = texts.collect::<Vec<_>>().join("\n\n");
    Ok(Document { title: title(&document), pages: Some(pages.len()), text: text.trim().to_owned() })
}

fn load_error(error: &lopdf::Error) -> Error {
    match error {
        lopdf::Error::InvalidPassword => Error::failed("the PDF is protected by a password"),
        other => Error::failed(format!("the PDF is broken: {other}")),
    }
}

fn title(document: &lopdf::Document) -> Option<String> {
    let info = document.trailer.get_deref(b"Info", document).and_then(Object::as_dict).ok()?;
    let title = info.get_deref(b"Title", document).and_then(lopdf::decode_text_string).ok()?;
    let title = title.trim();
    (!title.is_empty()).then(|| title.to_owned())
}
