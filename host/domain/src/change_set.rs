//! What a call would do to files, exact to the byte: this is what is approved, committed and undone.

use crate::CallId;
use crate::coworkspace::EntryKind;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Every change of a call, sorted by path.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChangeSet {
    changes: Vec<Change>,
}

/// What becomes of one path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Change {
    /// Relative to the coworkspace: where it is afterwards, or was, if it is deleted. A name that is not UTF-8 is
    /// escaped.
    pub path: String,
    /// What happens.
    #[serde(flatten)]
    pub kind: ChangeKind,
    /// What it is.
    pub entry: EntryKind,
    /// The content before. None: there was none, or it is no file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Content>,
    /// The content after. None: there is none, or it is no file, or it stays the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Content>,
    /// The type of the content after, or before where it is deleted; by the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Whether the content that is changed or moved was made by the same task.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own: bool,
}

/// Kinds of changes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum ChangeKind {
    /// There was nothing at this path.
    Created,
    /// The content at this path is another one.
    Modified,
    /// It was elsewhere.
    Moved {
        /// Where.
        from: String,
    },
    /// There is nothing at this path any more.
    Deleted,
    /// Only times.
    Touched,
}

/// The content of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Content {
    /// In bytes.
    pub size: u64,
    /// BLAKE3 of the bytes.
    pub hash: Hash,
}

/// A BLAKE3 hash, as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

/// Where a recorded change set stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeSetStatus {
    /// It waits for a person.
    Held,
    /// It is final: done, or to be done by the next start at the latest.
    Committed,
    /// A person or the policy said no; nothing of it is left but this record.
    Denied,
    /// It was taken back, by a change set of its own.
    Undone,
}

/// What one call did, or would do, to files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallChanges {
    /// The call.
    pub call_id: CallId,
    /// Its tool. None: a person undid a call.
    pub tool: Option<String>,
    /// Its turn.
    pub turn: Option<u32>,
    /// Where it stands.
    pub status: ChangeSetStatus,
    /// The call that this one undoes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<CallId>,
    /// It takes back the calls after this turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rewinds_to: Option<u32>,
    /// What it replaced is kept no longer: it cannot be undone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub purged: bool,
    /// The changes.
    pub changes: ChangeSet,
}

/// What became of a wish to undo.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoReport {
    /// What was done, or would be, newest call first.
    pub undone: Vec<CallChanges>,
    /// The first call that cannot be undone. Nothing from it on was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_at: Option<CallId>,
    /// What has changed since that call and is in the way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<String>,
}

impl ChangeSetStatus {
    /// As the database names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Committed => "committed",
            Self::Denied => "denied",
            Self::Undone => "undone",
        }
    }
}

/// How many changes there are of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Files, folders and links that are new.
    pub created: usize,
    /// Files with other content.
    pub modified: usize,
    /// What has another place.
    pub moved: usize,
    /// What is gone.
    pub deleted: usize,
    /// What has other times.
    pub touched: usize,
}

impl ChangeSet {
    /// Takes the changes in any order.
    pub fn new(mut changes: Vec<Change>) -> Self {
        changes.sort();
        Self { changes }
    }

    /// The changes, sorted by path.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The changes, to be taken apart.
    pub fn into_changes(self) -> Vec<Change> {
        self.changes
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The same for the same changes, on every machine and in every version. An approval binds it.
    pub fn content_hash(&self) -> Hash {
        let mut hasher = blake3::Hasher::new();
        for change in &self.changes {
            let text = |hasher: &mut blake3::Hasher, text: &str| {
                hasher.update(&(text.len() as u64).to_le_bytes());
                hasher.update(text.as_bytes());
            };
            let (kind, from) = match &change.kind {
                ChangeKind::Created => ("created", ""),
                ChangeKind::Modified => ("modified", ""),
                ChangeKind::Moved { from } => ("moved", from.as_str()),
                ChangeKind::Deleted => ("deleted", ""),
                ChangeKind::Touched => ("touched", ""),
            };
            text(&mut hasher, &change.path);
            text(&mut hasher, kind);
            text(&mut hasher, from);
            for content in [&change.before, &change.after] {
                match content {
                    Some(content) => hasher.update(&content.size.to_le_bytes()).update(&content.hash.0),
                    None => hasher.update(&[u8::MAX; 8]),
                };
            }
        }
        Hash(*hasher.finalize().as_bytes())
    }

    /// How many there are of each kind.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for change in &self.changes {
            let count = match change.kind {
                ChangeKind::Created => &mut counts.created,
                ChangeKind::Modified => &mut counts.modified,
                ChangeKind::Moved { .. } => &mut counts.moved,
                ChangeKind::Deleted => &mut counts.deleted,
                ChangeKind::Touched => &mut counts.touched,
            };
            *count += 1;
        }
        counts
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.created += other.created;
        self.modified += other.modified;
        self.moved += other.moved;
        self.deleted += other.deleted;
        self.touched += other.touched;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = [
            (self.created, "created"),
            (self.modified, "modified"),
            (self.moved, "moved"),
            (self.deleted, "deleted"),
            (self.touched, "touched"),
        ];
        let mut said = all.iter().filter(|(count, _)| *count > 0).peekable();
        if said.peek().is_none() {
            return f.write_str("nothing changed");
        }
        for (number, (count, what)) in said.enumerate() {
            let comma = if number > 0 { ", " } else { "" };
            write!(f, "{comma}{count} {what}")?;
        }
        Ok(())
    }
}

impl Hash {
    /// Of bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// From a hasher that has seen everything.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        blake3::Hash::from_bytes(self.0).fmt(f)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Hash {
    type Err = blake3::HexError;
    fn from_str(text: &str) -> Result<Self, blake3::HexError> {
        blake3::Hash::from_hex(text).map(|hash| Self(*hash.as_bytes()))
    }
}

impl Serialize for Hash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(path: &str, kind: ChangeKind) -> Change {
        Change {
            path: path.to_owned(),
            kind,
            entry: EntryKind::File,
            before: None,
            after: Some(Content { size: 1, hash: Hash::of(b"x") }),
            media_type: None,
            own: false,
        }
    }

    #[test]
    fn the_hash_is_of_the_changes_and_not_of_their_order() {
        let (a, b) = (change("a", ChangeKind::Created), change("b", ChangeKind::Modified));
        let one = ChangeSet::new(vec![a.clone(), b.clone()]);
        assert_eq!(one.content_hash(), ChangeSet::new(vec![b.clone(), a.clone()]).content_hash());
        let other = change("b", ChangeKind::Moved { from: "c".to_owned() });
        assert_ne!(one.content_hash(), ChangeSet::new(vec![a, other]).content_hash());
    }

    #[test]
    fn the_hash_never_changes_from_version_to_version() {
        let set = ChangeSet::new(vec![change("a", ChangeKind::Created)]);
        insta::assert_snapshot!(set.content_hash(), @"05357057faa2ee8608a09ff5caeb6fcbaa21db2bb368a9e9057a19ec9492eb47");
    }

    #[test]
    fn a_change_set_is_json_and_comes_back() {
        let set = ChangeSet::new(vec![change("a", ChangeKind::Moved { from: "b".to_owned() })]);
        let json = serde_json::to_string(&set).expect("JSON");
        assert_eq!(serde_json::from_str::<ChangeSet>(&json).expect("a change set"), set);
    }

    #[test]
    fn counts_are_said_in_words() {
        let set = ChangeSet::new(vec![change("a", ChangeKind::Created), change("b", ChangeKind::Deleted)]);
        assert_eq!(set.counts().to_string(), "1 created, 1 deleted");
        assert_eq!(Counts::default().to_string(), "nothing changed");
    }
}
