//! The name of a coworkspace in URLs and on disk.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Lower case letters, digits and inner single dashes, 1 to 64 characters: `downloads-organizer`.
///
/// Narrow on purpose: a slug is a folder name on every file system, a URL segment without escapes, and cannot be
/// `.` or `..`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

/// Why a text is not a slug.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{text:?} is not a slug: use 1 to 64 lower case letters, digits and single dashes between them")]
pub struct InvalidSlug {
    text: String,
}

impl Slug {
    /// The longest slug, in bytes.
    pub const MAX_LEN: usize = 64;

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Makes a slug of a name that people chose: "My Downloads (2026)" gives `my-downloads-2026`.
    pub fn from_name(name: &str) -> Result<Self, InvalidSlug> {
        let mut slug = String::new();
        for c in name.chars().flat_map(char::to_lowercase) {
            if c.is_ascii_alphanumeric() {
                slug.push(c);
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
        slug.truncate(Self::MAX_LEN);
        slug.trim_end_matches('-').parse().map_err(|_: InvalidSlug| InvalidSlug { text: short(name) })
    }
}

impl FromStr for Slug {
    type Err = InvalidSlug;
    fn from_str(text: &str) -> Result<Self, InvalidSlug> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let good = text.len() <= Self::MAX_LEN
            && text.split('-').all(|part| !part.is_empty() && part.chars().all(plain));
        if good { Ok(Self(text.to_owned())) } else { Err(InvalidSlug { text: short(text) }) }
    }
}

impl TryFrom<String> for Slug {
    type Error = InvalidSlug;
    fn try_from(text: String) -> Result<Self, InvalidSlug> {
        text.parse()
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn short(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_is_a_folder_name_everywhere() {
        for good in ["a", "downloads-organizer", "2026", &"x".repeat(64)] {
            assert_eq!(good.parse::<Slug>().expect(good).as_str(), good);
        }
    }

    #[test]
    fn refuses_everything_else() {
        let long = "x".repeat(65);
        for bad in ["", "-", "a-", "-a", "a--b", "A", "a b", "a/b", "..", ".", "a\0", "café", "a.b", &long] {
            assert!(bad.parse::<Slug>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn is_made_from_names() {
        assert_eq!(Slug::from_name("My Downloads (2026)").expect("slug").as_str(), "my-downloads-2026");
        assert!(Slug::from_name("領収書").is_err());
    }
}
