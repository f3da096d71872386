//! What a file is at a glance, without parsing it: its size, its hash, and whether it begins as its name promises.

use crate::{Error, Folder};
use cowork_domain::CoworkspacePath;
use cowork_domain::change_set::{Content, Hash};
use std::io::{ErrorKind, Read as _};

/// How much of a file's beginning is looked at.
const HEAD: usize = 8 << 10;

/// What is at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Its size and hash.
    pub content: Content,
    /// What is wrong with it, in words: "is empty".
    pub trouble: Option<String>,
}

/// Looks at a file. None: there is none.
pub fn look(folder: &Folder, path: &CoworkspacePath) -> Result<Option<Look>, Error> {
    let mut file = match folder.open_file(path) {
        Ok((file, _)) => file,
        Err(Error::NoFile(_) | Error::NotAFile(_) | Error::Escapes(_)) => return Ok(None),
        Err(Error::Io { source, .. }) if source.kind() == ErrorKind::NotADirectory => return Ok(None),
        Err(error) => return Err(error),
    };
    let failed = |source| Error::io("read", path.as_str(), source);
    let (mut hasher, mut head, mut size) = (blake3::Hasher::new(), Vec::new(), 0);
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = file.read(&mut buffer).map_err(failed)?;
        if read == 0 {
            break;
        }
        size += read as u64;
        hasher.update(&buffer[..read]);
        let room = HEAD.saturating_sub(head.len()).min(read);
        head.extend_from_slice(&buffer[..room]);
    }
    let content = Content { size, hash: Hash::from_bytes(*hasher.finalize().as_bytes()) };
    Ok(Some(Look { content, trouble: trouble(path.as_str(), &head) }))
}

/// What is wrong with a file of this name that begins so.
fn trouble(name: &str, head: &[u8]) -> Option<String> {
    if head.is_empty() {
        return Some("is empty".to_owned());
    }
    let extension = name.rsplit('/').next()?.rsplit_once('.')?.1.to_lowercase();
    let found = infer::get(head).map(|kind| kind.extension());
    let promised = promised(&extension);
    if promised.is_empty() {
        let stranger = is_text(&extension).then_some(found?).filter(|found| BINARY.contains(found))?;
        return Some(format!("is named .{extension} and begins as a file of type {stranger}"));
    }
    if found.is_some_and(|found| promised.contains(&found)) {
        return None;
    }
    let begins = found.map_or("no file of that type".to_owned(), |found| format!("a file of type {found}"));
    Some(format!("is named .{extension} and begins as {begins}"))
}

/// Types whose signature is no text by chance.
const BINARY: [&str; 9] = ["pdf", "png", "jpg", "gif", "zip", "gz", "xlsx", "docx", "pptx"];

/// The types that a file of this extension begins as; none where nothing can be said. Documents that are archives are
/// told from others by what is in them, which is not looked at.
fn promised(extension: &str) -> &'static [&'static str] {
    match extension {
        "pdf" => &["pdf"],
        "png" => &["png"],
        "jpg" | "jpeg" => &["jpg"],
        "gif" => &["gif"],
        "webp" => &["webp"],
        "gz" | "tgz" => &["gz"],
        "zip" => &["zip", "docx", "xlsx", "pptx", "odt", "ods", "odp", "epub"],
        "xlsx" => &["xlsx", "zip"],
        "docx" => &["docx", "zip"],
        "pptx" => &["pptx", "zip"],
        "odt" => &["odt", "zip"],
        "ods" => &["ods", "zip"],
        "epub" => &["epub", "zip"],
        _ => &[],
    }
}

fn is_text(extension: &str) -> bool {
    matches!(
        extension,
        "txt" | "md" | "csv" | "tsv" | "json" | "html" | "htm" | "xml" | "svg" | "yaml" | "ics"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, head: &[u8], expected: Option<&str>) {
        assert_eq!(trouble(name, head).as_deref(), expected, "{name}");
    }

    #[test]
    fn a_file_is_what_its_name_promises() {
        check("output/a.pdf", b"%PDF-1.7\n", None);
        check("output/a.xlsx", b"PK\x03\x04\x14\0\0\0\0\0 and so on", None);
        check("output/a.JPEG", b"\xff\xd8\xff\xe0\0\x10JFIF", None);
        check("output/a.txt", b"BMW, invoice of March", None);
        check("output/a.md", b"# Title", None);
        check("output/a.unknown", b"\0\x01", None);
        check("output/no extension", b"anything", None);
    }

    #[test]
    fn one_that_is_not_is_told_apart() {
        check("output/a.txt", b"", Some("is empty"));
        check("output/a.pdf", b"plain words", Some("is named .pdf and begins as no file of that type"));
        check("output/a.xlsx", b"%PDF-1.7\n", Some("is named .xlsx and begins as a file of type pdf"));
        check("output/a.csv", b"%PDF-1.7\n", Some("is named .csv and begins as a file of type pdf"));
    }
}
