//! Facts that outlive a task: Markdown files in `.memory/`, which people may read and write too. The file is the
//! authority.

use crate::{CoworkspacePath, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where memories lie.
pub const FOLDER: &str = ".memory";
/// The longest title, in characters.
pub const MAX_TITLE: usize = 200;
/// The longest text, in bytes.
pub const MAX_TEXT: usize = 64 << 10;
/// Tags of one memory.
pub const MAX_TAGS: usize = 16;
/// The longest name of a file that is made of a title, in bytes, without its ending.
const MAX_KEY: usize = 80;
const ENDING: &str = ".md";
const FENCE: &str = "---";

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// Its name: that of its file in `.memory/`, without `.md`.
    pub key: String,
    /// What it is about, in a line.
    pub title: String,
    /// Words under which it is found.
    pub tags: Vec<String>,
    /// When it was stored.
    pub time: Option<Timestamp>,
    /// Who stored it; nobody where a person just wrote the file.
    pub who: Option<String>,
    /// It was stored by a context that had read text of strangers.
    pub tainted: bool,
    /// The fact, in Markdown.
    pub text: String,
}

/// A memory that fits what was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoundMemory {
    /// The memory; its text may be cut.
    #[serde(flatten)]
    pub memory: Memory,
    /// The part of it that fits best.
    pub snippet: String,
    /// How well it fits beside the one that fits best, which has 1. 0 where nothing was asked for.
    pub score: f64,
    /// Its text was cut: the file has the rest.
    pub truncated: bool,
}

/// Why something cannot be remembered.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidMemory {
    /// The title is empty, too long or of several lines.
    #[error("a title has 1 to {MAX_TITLE} characters on one line, a letter or digit among them")]
    Title,
    /// There is no text, or too much.
    #[error("a memory has 1 to {MAX_TEXT} bytes of text; this one has {0}")]
    Text(usize),
    /// Too many or empty tags.
    #[error("a memory has at most {MAX_TAGS} tags of 1 to 40 characters")]
    Tags,
}

/// What stands above the text.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Front {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    time: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    who: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    tainted: bool,
    /// What people wrote there besides.
    #[serde(flatten)]
    more: BTreeMap<String, serde_norway::Value>,
}

impl Memory {
    /// A new fact, under the name that its title gives it.
    pub fn new(title: &str, tags: Vec<String>, text: &str) -> Result<Self, InvalidMemory> {
        let (title, text) = (title.trim(), text.trim());
        let key = key_of(title).filter(|_| title.chars().count() <= MAX_TITLE && !title.contains('\n'));
        let key = key.ok_or(InvalidMemory::Title)?;
        if text.is_empty() || text.len() > MAX_TEXT {
            return Err(InvalidMemory::Text(text.len()));
        }
        let fits = |tag: &String| !tag.trim().is_empty() && tag.chars().count() <= 40;
        if tags.len() > MAX_TAGS || !tags.iter().all(fits) {
            return Err(InvalidMemory::Tags);
        }
        let (title, text) = (title.to_owned(), text.to_owned());
        Ok(Self { key, title, tags, time: None, who: None, tainted: false, text })
    }

    /// Reads a file. Whatever is in it is a memory: where there is nothing above the text, or nothing that can be read,
    /// the name of the file is its title.
    pub fn from_markdown(key: &str, markdown: &str) -> Self {
        let (front, text) = split(markdown);
        let heading = || text.lines().find_map(|line| line.strip_prefix("# ")).map(str::to_owned);
        let title = front.title.filter(|title| !title.trim().is_empty()).or_else(heading);
        Self {
            key: key.to_owned(),
            title: title.unwrap_or_else(|| key.to_owned()),
            tags: front.tags,
            time: front.time,
            who: front.who,
            tainted: front.tainted,
            text: text.trim().to_owned(),
        }
    }

    /// The file. What people wrote above the text of the file before, and is none of ours, stays.
    pub fn to_markdown(&self, before: Option<&str>) -> String {
        let more = before.map(|before| split(before).0.more).unwrap_or_default();
        let front = Front {
            title: Some(self.title.clone()),
            tags: self.tags.clone(),
            time: self.time,
            who: self.who.clone(),
            tainted: self.tainted,
            more,
        };
        // Strings, lists and times of ours, and what was read as YAML before: it can always be written.
        let yaml = serde_norway::to_string(&front).unwrap_or_default();
        format!("{FENCE}\n{}\n{FENCE}\n\n{}\n", yaml.trim(), self.text)
    }
}

/// The name that a title gives its file. None: it has neither letter nor digit.
pub fn key_of(title: &str) -> Option<String> {
    let mut key = String::new();
    for c in title.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            key.push(c);
        } else if !key.is_empty() && !key.ends_with('-') {
            key.push('-');
        }
        if key.len() >= MAX_KEY {
            break;
        }
    }
    let key = key.trim_end_matches('-');
    (!key.is_empty()).then(|| key.to_owned())
}

/// The file of a name. None: no file can have it.
pub fn path_of(key: &str) -> Option<CoworkspacePath> {
    format!("{FOLDER}/{key}{ENDING}").parse().ok()
}

/// The name of the memory in a file. None: the file is none.
pub fn key_in(path: &str) -> Option<&str> {
    path.strip_prefix(FOLDER)?.strip_prefix('/')?.strip_suffix(ENDING)
}

/// Whether a place is that of memories, which only the host and people write.
pub fn holds(path: &str) -> bool {
    path.strip_prefix(FOLDER).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The words of a query, without what a search could take for something else.
pub fn words(query: &str) -> Vec<String> {
    const MOST: usize = 32;
    let words = query.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut seen = std::collections::BTreeSet::new();
    words.map(str::to_lowercase).filter(|word| seen.insert(word.clone())).take(MOST).collect()
}

fn split(markdown: &str) -> (Front, &str) {
    let markdown = markdown.trim_start_matches('\u{feff}');
    let none = || (Front::default(), markdown);
    let Some(rest) =
        markdown.strip_prefix(FENCE).and_then(|rest| rest.trim_start_matches('\r').strip_prefix('\n'))
    else {
        return none();
    };
    let mut at = 0;
    for line in rest.split_inclusive('\n') {
        if line.trim_end() == FENCE {
            return match serde_norway::from_str(&rest[..at]) {
                Ok(front) => (front, &rest[at + line.len()..]),
                Err(_) => none(),
            };
        }
        at += line.len();
    }
    none()
}

#[cfg(test)]
#[path = "memory_tests.rs"]
mod tests;
