//! Paths inside a coworkspace, as the API, the CLI and the host's own code use them.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A relative path without `.`, `..`, empty parts or NUL: `files/2026/a b.pdf`.
///
/// It names a place; whether a symbolic link leads out of the coworkspace is decided where the file is opened.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CoworkspacePath(String);

/// Why a text is not a path in a coworkspace.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidPath {
    /// Nothing was given.
    #[error("the path is empty")]
    Empty,
    /// It starts with `/`.
    #[error("{0:?} is absolute: paths are relative to the coworkspace")]
    Absolute(String),
    /// It has a `..`, `.` or empty part.
    #[error("{0:?} has a part that is empty, \".\" or \"..\"")]
    Part(String),
    /// It has a NUL character.
    #[error("the path contains a NUL character")]
    Nul,
    /// A part or the whole is longer than file systems take.
    #[error("the path is too long: {len} bytes; a name may have 255, a path 4096")]
    TooLong {
        /// Length of the part or of the whole, in bytes.
        len: usize,
    },
    /// It names what belongs to the host.
    #[error("{0:?} belongs to the host and is not accessible")]
    Reserved(String),
}

impl CoworkspacePath {
    /// The host's own folder: staging, undo. Hidden from guests and from the API.
    pub const HOST_FOLDER: &'static str = ".cowork";

    /// The text, parts joined by `/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CoworkspacePath {
    type Err = InvalidPath;
    fn from_str(text: &str) -> Result<Self, InvalidPath> {
        if text.is_empty() {
            return Err(InvalidPath::Empty);
        }
        if text.contains('\0') {
            return Err(InvalidPath::Nul);
        }
        let longest = text.split('/').map(str::len).max().unwrap_or(0);
        if text.len() > 4096 || longest > 255 {
            return Err(InvalidPath::TooLong { len: if text.len() > 4096 { text.len() } else { longest } });
        }
        if text.starts_with('/') {
            return Err(InvalidPath::Absolute(text.to_owned()));
        }
        if text.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(InvalidPath::Part(text.to_owned()));
        }
        if text.split('/').next() == Some(Self::HOST_FOLDER) {
            return Err(InvalidPath::Reserved(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for CoworkspacePath {
    type Error = InvalidPath;
    fn try_from(text: String) -> Result<Self, InvalidPath> {
        text.parse()
    }
}

impl From<CoworkspacePath> for String {
    fn from(path: CoworkspacePath) -> Self {
        path.0
    }
}

impl fmt::Display for CoworkspacePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_relative_paths_of_any_script() {
        for good in
            ["files/a.pdf", "output", "files/領収書 (1).html", ".instructions.md", "files/a\\b", "files/..."]
        {
            assert_eq!(good.parse::<CoworkspacePath>().expect(good).as_str(), good);
        }
    }

    #[test]
    fn refuses_what_leads_elsewhere_or_nowhere() {
        let long_name = format!("files/{}", "x".repeat(256));
        let ten_megabytes = "x".repeat(10 << 20);
        let bad =
            ["", "/", "/etc/passwd", "..", "../x", "files/../../x", "files//x", "files/", "./x", "files/./x"];
        for bad in bad.into_iter().chain(["a\0b", ".cowork", ".cowork/x", &long_name, &ten_megabytes]) {
            assert!(bad.parse::<CoworkspacePath>().is_err(), "{:.80}", bad);
        }
    }

    #[test]
    fn a_ten_megabyte_name_makes_a_short_error() {
        let error = "x".repeat(10 << 20).parse::<CoworkspacePath>().expect_err("too long");
        assert_eq!(
            error.to_string(),
            "the path is too long: 10485760 bytes; a name may have 255, a path 4096"
        );
    }
}
