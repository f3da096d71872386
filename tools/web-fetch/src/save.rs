//! Files that were fetched.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use cowork_tool::{Error, OnPath, relative};

use crate::{Page, content};

/// Where files go for which nobody names a place.
const FOLDER: &str = "files/downloads";
/// Of a name, in characters.
const LONGEST_NAME: usize = 100;
/// Names that are tried before giving up.
const MOST_TRIES: usize = 1000;

/// Saves what was fetched, at a place that is free.
pub(crate) fn save(file: content::File, to: Option<&str>) -> Result<Page, Error> {
    let content::File { fetched, media_type } = file;
    let path = match to {
        Some(path) => path.to_owned(),
        None => free(&name(fetched.name.as_deref(), fetched.url.path(), &media_type))?,
    };
    if let Some(parent) = Path::new(&path).parent().filter(|parent| !parent.as_os_str().is_empty()) {
        fs::create_dir_all(parent).on_path(parent)?;
    }
    let mut out = File::create_new(&path).on_path(&path)?;
    out.write_all(&fetched.body).on_path(&path)?;
    let (url, size) = (fetched.url.to_string(), fetched.body.len());
    Ok(Page { url, media_type, saved: Some(relative(&path)), size, ..Page::default() })
}

/// A plain name, by what the site calls it or by its address, with an ending that fits.
fn name(given: Option<&str>, path: &str, media_type: &str) -> String {
    let last = given.unwrap_or(path).rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or("page");
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ');
    let plain: String = last.chars().map(|c| if is_plain(c) { c } else { '_' }).take(LONGEST_NAME).collect();
    let plain = plain.trim_matches(['.', ' ']).to_owned();
    let plain = if plain.is_empty() { "page".to_owned() } else { plain };
    let ending = match media_type {
        "application/pdf" => ".pdf",
        "image/png" => ".png",
        "image/jpeg" => ".jpg",
        "application/zip" => ".zip",
        _ => "",
    };
    if Path::new(&plain).extension().is_some() { plain } else { plain + ending }
}

fn free(name: &str) -> Result<String, Error> {
    let (stem, ending) = match name.rfind('.') {
        Some(at) if at > 0 => name.split_at(at),
        _ => (name, ""),
    };
    let tries = (2..MOST_TRIES).map(|number| format!("{FOLDER}/{stem}-{number}{ending}"));
    let mut tries = std::iter::once(format!("{FOLDER}/{name}")).chain(tries);
    tries
        .find(|path| fs::symlink_metadata(path).is_err())
        .ok_or_else(|| Error::failed(format!("{FOLDER} is full of files with this name; give `save_to`")))
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn names_are_plain_and_have_an_ending() {
        assert_eq!(name(None, "/docs/report.pdf", "application/pdf"), "report.pdf");
        assert_eq!(name(None, "/docs/42", "application/pdf"), "42.pdf");
        assert_eq!(name(Some("../../Rechnung März.pdf"), "/x", "application/pdf"), "Rechnung März.pdf");
        assert_eq!(name(Some("..\\.hidden"), "/x", "image/png"), "hidden.png");
        assert_eq!(name(None, "/", "application/octet-stream"), "page");
        assert_eq!(name(Some("a:b|c?.zip"), "/", "application/zip"), "a_b_c_.zip");
    }
}
