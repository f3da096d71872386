//! The media type of a file, by its content. With the feature `media`.
//!
//! ```
//! use cowork_tool::media;
//! assert_eq!(media::of("scan.txt", b"%PDF-1.7\n"), "application/pdf");
//! assert_eq!(media::of("notes", "Café".as_bytes()), "text/plain");
//! ```

mod text;

use std::path::Path;

/// How many bytes of a file's beginning [`of`] looks at.
pub const HEAD: usize = 16 * 1024;

/// Formats that are no texts to a reader, though their beginning may be nothing but printable characters.
const WRITTEN_IN_TEXT: [&str; 4] =
    ["application/pdf", "application/postscript", "application/rtf", "text/rtf"];

/// The media type of a file with this name and this beginning. Bytes decide; the name only tells apart what looks
/// the same, such as CSV and plain text. An empty file is `application/x-empty`, and what nobody knows is
/// `application/octet-stream`.
pub fn of(name: &str, head: &[u8]) -> &'static str {
    let head = &head[..head.len().min(HEAD)];
    if head.is_empty() {
        return "application/x-empty";
    }
    let magic = infer::get(head).map(|kind| kind.mime_type());
    // Magic numbers can be words: "BMW" begins like a picture. A format that is itself written in text stays.
    match text::of(&extension(name), head) {
        Some(text) => magic.filter(|magic| WRITTEN_IN_TEXT.contains(magic)).unwrap_or(text),
        None => magic.filter(|magic| !magic.starts_with("text/")).unwrap_or("application/octet-stream"),
    }
}

/// Whether a file with this beginning can be read as text. Quicker than [`of`], which tells texts apart too.
pub fn seems_text(head: &[u8]) -> bool {
    const FORMATS: [&[u8]; 3] = [b"%PDF-", b"%!PS", b"{\\rtf"];
    let head = &head[..head.len().min(HEAD)];
    !FORMATS.iter().any(|magic| head.starts_with(magic)) && text::is_plausible(head)
}

/// Whether a file of this media type is read as text: `text/*`, JSON, SVG, or nothing at all.
pub fn is_text(media_type: &str) -> bool {
    media_type.starts_with("text/")
        || matches!(media_type, "application/json" | "application/x-empty" | "image/svg+xml")
}

fn extension(name: &str) -> String {
    Path::new(name)
        .extension()
        .map(|extension| extension.to_string_lossy().to_lowercase())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, content: impl AsRef<[u8]>, expected: &str) {
        assert_eq!(of(name, content.as_ref()), expected, "{name}");
    }

    #[test]
    fn bytes_decide() {
        check("a.txt", b"%PDF-1.7\n", "application/pdf");
        check("a.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png");
        check("a.pdf", "plain words", "text/plain");
        check("a", b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg");
        check("a", b"PK\x03\x04\x14\0\0\0\0\0", "application/zip");
        check("a", "BMW, invoice of March", "text/plain");
        check("a", b"\x00\x01\x02", "application/octet-stream");
        check("a", "", "application/x-empty");
    }

    #[test]
    fn texts_are_told_apart() {
        check("a", "<!DOCTYPE html><html></html>", "text/html");
        check("a", "\u{feff}\n<html lang=\"de\">", "text/html");
        check("a", "<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "image/svg+xml");
        check("a", "<svg viewBox=\"0 0 1 1\"></svg>", "image/svg+xml");
        check("a", "<?xml version=\"1.0\"?><rss/>", "text/xml");
        check("a", "{\"a\": [1, 2]}", "application/json");
        check("a.json", "[1, 2", "application/json");
        check("a", "{curly} braces", "text/plain");
        check("a.csv", "name,amount\nA,1\n", "text/csv");
        check("a", "name,amount\nA,1\nB,2\n", "text/csv");
        check("a", "Dear Ada,\nthank you.\n", "text/plain");
        check("a.md", "# Title", "text/markdown");
        check("a", b"caf\xe9 in Latin-1\n", "text/plain");
        check("a", b"\xff\xfea\0,\0b\0\n\0", "text/plain");
        check("a.csv", b"\xfe\xff\0a\0,\0b\0\n", "text/csv");
    }

    #[test]
    fn what_seems_a_text_is_quickly_told() {
        for (head, expected) in [
            (&b"words\n"[..], true),
            (b"caf\xe9", true),
            (b"\xff\xfea\0b\0", true),
            (b"a\0b", false),
            (b"%PDF-1.7\n", false),
            (b"{\\rtf1 words}", false),
        ] {
            assert_eq!(seems_text(head), expected, "{head:?}");
        }
    }

    #[test]
    fn a_character_cut_at_the_end_is_still_text() {
        let mut long = "x".repeat(HEAD - 1);
        long.push('é');
        check("a", long, "text/plain");
    }
}
