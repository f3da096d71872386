//! `file_search`: files by their name, by the text in them, or both.

mod pattern;

use std::fs::{self, File, Metadata};
use std::io::{self, BufRead, BufReader};

use cowork_tool::{Deserialize, Error, JsonSchema, OnPath, Output, Serialize, media, relative};

use crate::walk::{Entry, Walk, absolute};
use pattern::Pattern;

/// Arguments of [`file_search`].
#[derive(Deserialize, JsonSchema)]
pub struct FileSearch {
    /// The folder to search, with everything below it, or one file. Default `files`.
    pub path: Option<String>,
    /// A glob in any case: `*.pdf` for names, `**/2026/*` for paths.
    pub name: Option<String>,
    /// A regular expression for one line; `(?i)` before it ignores case.
    pub text: Option<String>,
    /// How many matches to return at most. Default 200.
    #[schemars(range(min = 1))]
    pub limit: Option<usize>,
}

/// What matched.
#[derive(Default, Serialize, JsonSchema)]
pub struct Found {
    matches: Vec<Match>,
    /// Whether there are more than `limit`.
    truncated: bool,
    /// Files that could not be searched.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unreadable: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
struct Match {
    /// Relative to the coworkspace.
    path: String,
    /// Counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    /// That line; only its beginning if it is long.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

const DEFAULT_LIMIT: usize = 200;
/// Of a line in a match, in characters.
const LONGEST_LINE: usize = 300;

/// Searches everything below a folder. Files that are not text are skipped when searching for text.
pub fn file_search(args: FileSearch) -> Result<Output, Error> {
    let pattern = Pattern::new(args.name.as_deref(), args.text.as_deref())?;
    let limit = args.limit.unwrap_or(DEFAULT_LIMIT);
    let mut found = Found::default();
    for entry in entries(args.path.as_deref().unwrap_or("files"))? {
        if found.matches.len() > limit {
            break;
        }
        search_entry(&pattern, entry, limit, &mut found);
    }
    found.truncated = found.matches.len() > limit;
    found.matches.truncate(limit);
    Output::text(render(&found)).structured(found)
}

fn entries(path: &str) -> Result<Box<dyn Iterator<Item = Entry>>, Error> {
    let path = relative(path);
    let metadata = fs::metadata(absolute(&path)).on_path(&path)?;
    Ok(if metadata.is_dir() {
        Box::new(Walk::new(&path, true)?)
    } else {
        Box::new(std::iter::once(Entry { path, metadata: Ok(metadata) }))
    })
}

/// Adds the matches of one entry, at most one more than `limit` in all.
fn search_entry(pattern: &Pattern, entry: Entry, limit: usize, found: &mut Found) {
    if !pattern.matches_path(&entry.path) {
        return;
    }
    if !pattern.has_text() {
        found.matches.push(Match { path: entry.path, line: None, text: None });
        return;
    }
    match entry.metadata {
        Ok(metadata) if !Metadata::is_file(&metadata) => {}
        Ok(_) => {
            if search_text(pattern, &entry.path, limit, &mut found.matches).is_err() {
                found.unreadable.push(entry.path);
            }
        }
        Err(_) => found.unreadable.push(entry.path),
    }
}

fn search_text(pattern: &Pattern, path: &str, limit: usize, matches: &mut Vec<Match>) -> io::Result<()> {
    let mut reader = BufReader::with_capacity(media::HEAD, File::open(absolute(path))?);
    if !media::is_text(media::of(path, reader.fill_buf()?)) {
        return Ok(());
    }
    let mut bytes = Vec::new();
    for number in 1.. {
        bytes.clear();
        if matches.len() > limit || reader.read_until(b'\n', &mut bytes)? == 0 {
            break;
        }
        let line = String::from_utf8_lossy(&bytes);
        let line = line.trim_end_matches(['\n', '\r']);
        if pattern.matches_line(line) {
            let text = line.chars().take(LONGEST_LINE).collect();
            matches.push(Match { path: path.to_owned(), line: Some(number), text: Some(text) });
        }
    }
    Ok(())
}

fn render(found: &Found) -> String {
    let line = |found: &Match| match (&found.line, &found.text) {
        (Some(line), Some(text)) => format!("{}:{line}: {text}", found.path),
        _ => found.path.clone(),
    };
    let mut lines: Vec<_> = found.matches.iter().map(line).collect();
    if lines.is_empty() {
        lines.push("(no match)".to_owned());
    }
    if found.truncated {
        lines.push(format!("(the first {}; there are more)", found.matches.len()));
    }
    if !found.unreadable.is_empty() {
        lines.push(format!("(could not be read: {})", found.unreadable.join(", ")));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(name: Option<&str>, text: Option<&str>, limit: usize) -> (Vec<String>, bool) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("sub")).unwrap();
        fs::write(folder.path().join("sub/A.TXT"), "one\ntwo\r\nthree one\n").unwrap();
        fs::write(folder.path().join("b.md"), "one").unwrap();
        fs::write(folder.path().join("c.bin"), b"one\0one").unwrap();
        let path = Some(folder.path().to_string_lossy().into_owned());
        let [name, text] = [name, text].map(|pattern| pattern.map(str::to_owned));
        let output = file_search(FileSearch { path, name, text, limit: Some(limit) }).unwrap();
        let base = format!("{}/", relative(folder.path()));
        let lines = output.as_text().replace(&base, "").lines().map(str::to_owned).collect();
        (lines, output.as_json()["truncated"] == true)
    }

    #[test]
    fn by_name_and_by_text() {
        assert_eq!(search(Some("*.txt"), None, 9).0, ["sub/A.TXT"]);
        assert_eq!(search(Some("**/sub/*"), None, 9).0, ["sub/A.TXT"]);
        assert_eq!(search(None, Some("^one$"), 9).0, ["b.md:1: one", "sub/A.TXT:1: one"]);
        assert_eq!(search(Some("*.txt"), Some("ONE"), 9).0, ["(no match)"]);
        assert_eq!(search(Some("*.txt"), Some("two$"), 9).0, ["sub/A.TXT:2: two"]);
    }

    #[test]
    fn the_limit_is_told() {
        assert_eq!(search(None, Some("one"), 2).0.len(), 3);
        assert!(search(None, Some("one"), 2).1);
        assert!(!search(None, Some("one"), 3).1);
    }
}
