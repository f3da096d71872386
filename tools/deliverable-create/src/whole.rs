//! Whether a file is whole, as far as its two ends tell: one that was cut off is not handed over.

use std::fs::File;
use std::io::{Read as _, Result, Seek as _, SeekFrom};

/// The comment at the end of an archive may be so long.
const TAIL: u64 = (64 << 10) + 22;
/// JSON that is read whole, in bytes.
const MAX_JSON: u64 = 16 << 20;

/// What is wrong with a file of this name, in words: "is cut off".
pub fn trouble(path: &str, size: u64) -> Result<Option<&'static str>> {
    let extension =
        path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map(|(_, extension)| extension);
    Ok(match extension.unwrap_or_default().to_lowercase().as_str() {
        "pdf" if !ends_with(path, size, b"%%EOF")? => Some("is no whole PDF: its end is missing"),
        "zip" | "xlsx" | "docx" | "pptx" | "odt" | "ods" | "epub"
            if !ends_with(path, size, b"PK\x05\x06")? =>
        {
            Some("is no whole document: its table of contents is missing")
        }
        "json" if size <= MAX_JSON && !is_json(path)? => Some("is no JSON"),
        _ => None,
    })
}

/// Whether these bytes are near the end of a file.
fn ends_with(path: &str, size: u64, end: &[u8]) -> Result<bool> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(size.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    file.take(TAIL).read_to_end(&mut tail)?;
    Ok(tail.windows(end.len()).any(|window| window == end))
}

fn is_json(path: &str) -> Result<bool> {
    let bytes = std::fs::read(path)?;
    Ok(serde_json::from_slice::<serde::de::IgnoredAny>(&bytes).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, content: &[u8], expected: Option<&str>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        assert_eq!(trouble(path.to_str().unwrap(), content.len() as u64).unwrap(), expected, "{name}");
    }

    #[test]
    fn a_whole_file_is_handed_over() {
        check("a.pdf", b"%PDF-1.7\n...\n%%EOF\n", None);
        check("a.xlsx", b"PK\x03\x04 entries PK\x05\x06 and the end", None);
        check("a.json", br#"{"a": [1]}"#, None);
        check("a.md", b"# Cut", None);
    }

    #[test]
    fn one_that_was_cut_off_is_not() {
        check("a.PDF", b"%PDF-1.7\n...", Some("is no whole PDF: its end is missing"));
        let cut = [b"PK\x03\x04".as_slice(), &[0; 100_000]].concat();
        check("a.xlsx", &cut, Some("is no whole document: its table of contents is missing"));
        check("a.json", br#"{"a": [1"#, Some("is no JSON"));
    }
}
