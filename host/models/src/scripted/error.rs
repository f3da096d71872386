//! What is wrong with a script.

use crate::Label;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// What is wrong with a script, or what it lacks. Parts and answers are counted from 1.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// The file cannot be read.
    #[error("cannot read the script {}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The text is not TOML, or not of a script's form.
    #[error("{script}: not a script")]
    Format {
        /// The script.
        script: String,
        /// Where and why.
        #[source]
        source: toml::de::Error,
    },
    /// A part does not say what it is for, or says it twice.
    #[error("{script}, part {part}: give either `for` or `agent`")]
    Purpose {
        /// The script.
        script: String,
        /// The part's number.
        part: usize,
    },
    /// A part's `agent` is no regular expression.
    #[error("{script}, part {part}: `agent` is not a regular expression")]
    Pattern {
        /// The script.
        script: String,
        /// The part's number.
        part: usize,
        /// Why.
        #[source]
        source: regex::Error,
    },
    /// An answer says nothing.
    #[error("{place}: give `text` or `calls` or both")]
    Empty {
        /// The answer.
        place: Place,
    },
    /// A template has an error in its syntax, or cannot be rendered with what the tools gave.
    #[error("{place}: cannot render `{field}`")]
    Template {
        /// The answer.
        place: Place,
        /// `text` or `calls`.
        field: &'static str,
        /// Where and why.
        #[source]
        source: minijinja::Error,
    },
    /// `calls` was rendered to something else than a list of calls.
    #[error("{place}: `calls` gave no list of calls: {rendered}")]
    Calls {
        /// The answer.
        place: Place,
        /// What it gave, at most 500 characters.
        rendered: String,
        /// Why it cannot be read.
        #[source]
        source: serde_json::Error,
    },
    /// No part is for this label.
    #[error("{script}: no part is for `{label}` (asked for turn {turn})")]
    NoPart {
        /// The script.
        script: String,
        /// What the request was for.
        label: Label,
        /// The turn that was asked for, from 1.
        turn: usize,
    },
    /// The part has fewer answers than turns.
    #[error("{script}, part {part}: has {answers} answer(s), but `{label}` asks for turn {turn}")]
    NoAnswer {
        /// The script.
        script: String,
        /// The part's number.
        part: usize,
        /// How many answers it has.
        answers: usize,
        /// What the request was for.
        label: Label,
        /// The turn that was asked for, from 1.
        turn: usize,
    },
}

impl ScriptError {
    /// What a person can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Read { .. } => "check the path of the script",
            Self::NoPart { .. } | Self::NoAnswer { .. } => {
                "a script answers only the conversation that it was written for: extend it, or connect a model"
            }
            _ => "correct the script",
        }
    }
}

/// An answer of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The script.
    pub script: String,
    /// The part's number, from 1.
    pub part: usize,
    /// What the part is for.
    pub purpose: String,
    /// The answer's number in the part, from 1.
    pub answer: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, part {} ({}), answer {}", self.script, self.part, self.purpose, self.answer)
    }
}
