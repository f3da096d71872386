//! What a search has found so far.

use cowork_tool::{JsonSchema, Serialize};

/// What matched.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Found {
    pub(super) matches: Vec<Match>,
    /// Whether there are more than `limit`.
    pub(super) truncated: bool,
    /// Of a search that is truncated: `offset` for the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<usize>,
    /// Files that could not be searched, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) unreadable: Vec<String>,
    /// Entries that `.gitignore` and `.ignore` leave out; `ignored` searches them too.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) left_out: u64,
}

/// A file, or a line of one.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(super) struct Match {
    /// Relative to the coworkspace.
    pub(super) path: String,
    /// Counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<u64>,
    /// That line; only a part with the match if it is long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<String>,
    /// Lines before it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) before: Vec<String>,
    /// Lines after it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) after: Vec<String>,
    /// How many lines of the file match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) count: Option<u64>,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Match {
    pub(super) fn of_file(path: String) -> Self {
        Self { path, ..Self::default() }
    }
}

/// Bytes of all texts together; what models read at once, and more.
const MOST_BYTES: usize = 1 << 20;
/// Files that are named as unreadable.
const MOST_UNREADABLE: usize = 100;

/// The matches that are returned of all that there are.
pub(super) struct Page {
    skip: usize,
    offset: usize,
    limit: usize,
    bytes: usize,
    matches: Vec<Match>,
    truncated: bool,
    pub(super) unreadable: Vec<String>,
    pub(super) left_out: u64,
}

impl Page {
    pub(super) fn new(offset: usize, limit: usize) -> Self {
        let (matches, unreadable) = (Vec::new(), Vec::new());
        Self { skip: offset, offset, limit, bytes: 0, matches, truncated: false, unreadable, left_out: 0 }
    }

    /// Whether there is more than the page holds.
    pub(super) fn is_full(&self) -> bool {
        self.truncated
    }

    /// Whether the next match would be returned, and not only counted.
    pub(super) fn wants_text(&self) -> bool {
        self.skip == 0
    }

    /// Takes a match. False: there is no more room, and nothing more to look for.
    pub(super) fn take(&mut self, found: Match) -> bool {
        if self.skip > 0 {
            self.skip -= 1;
            return true;
        }
        self.truncated |= self.matches.len() == self.limit || self.bytes > MOST_BYTES;
        if !self.truncated {
            self.bytes += size(&found);
            self.matches.push(found);
        }
        !self.truncated
    }

    /// The match that was taken last, if it is of this file.
    pub(super) fn last_of(&mut self, path: &str) -> Option<&mut Match> {
        self.matches.last_mut().filter(|last| last.path == path)
    }

    pub(super) fn into_found(mut self) -> Found {
        if self.unreadable.len() > MOST_UNREADABLE {
            let more = self.unreadable.len() - MOST_UNREADABLE;
            self.unreadable.truncate(MOST_UNREADABLE);
            self.unreadable.push(format!("and {more} more"));
        }
        Found {
            next: self.truncated.then(|| self.offset + self.matches.len()),
            matches: self.matches,
            truncated: self.truncated,
            unreadable: self.unreadable,
            left_out: self.left_out,
        }
    }
}

fn size(found: &Match) -> usize {
    let lines = found.before.iter().chain(&found.after).chain(&found.text);
    found.path.len() + 40 + lines.map(String::len).sum::<usize>()
}
