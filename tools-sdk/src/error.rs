//! Why a call did nothing.

use std::fmt;
use std::io;
use std::path::Path;

use crate::bindings::exports::cowork::tool::tools as wit;

/// Why a call did nothing. The text is read by a model: a sentence in lower case that says what is wrong and what
/// would mend it. The host undoes whatever the call had changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The arguments contradict each other, or ask for what cannot be.
    InvalidArguments(String),
    /// The host refused something that the call needed.
    Denied(String),
    /// The arguments were right and it did not work: no such file, a broken PDF.
    Failed(String),
}

impl Error {
    /// An [`Error::InvalidArguments`].
    pub fn invalid(message: impl fmt::Display) -> Self {
        Error::InvalidArguments(message.to_string())
    }

    /// An [`Error::Denied`].
    pub fn denied(message: impl fmt::Display) -> Self {
        Error::Denied(message.to_string())
    }

    /// An [`Error::Failed`].
    pub fn failed(message: impl fmt::Display) -> Self {
        Error::Failed(message.to_string())
    }

    /// The sentence for the model, without the kind.
    pub fn message(&self) -> &str {
        match self {
            Error::InvalidArguments(message) | Error::Denied(message) | Error::Failed(message) => message,
        }
    }

    /// The same error about one thing: its name goes before the message.
    pub fn about(self, subject: impl fmt::Display) -> Self {
        let with = |message| format!("{subject}: {message}");
        match self {
            Error::InvalidArguments(message) => Error::InvalidArguments(with(message)),
            Error::Denied(message) => Error::Denied(with(message)),
            Error::Failed(message) => Error::Failed(with(message)),
        }
    }

    pub(crate) fn into_wit(self) -> wit::Error {
        match self {
            Error::InvalidArguments(message) => wit::Error::InvalidArguments(message),
            Error::Denied(message) => wit::Error::Denied(message),
            Error::Failed(message) => wit::Error::Failed(message),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Error::InvalidArguments(_) => "invalid arguments",
            Error::Denied(_) => "denied",
            Error::Failed(_) => "failed",
        };
        write!(f, "{kind}: {}", self.message())
    }
}

impl std::error::Error for Error {}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Error::Denied(reason(&error))
            }
            _ => Error::Failed(reason(&error)),
        }
    }
}

/// Names the file that an operation failed on.
///
/// ```
/// use cowork_tool::{Error, OnPath};
/// fn size(path: &str) -> Result<u64, Error> {
///     Ok(std::fs::metadata(path).on_path(path)?.len())
/// }
/// assert_eq!(size("/nowhere/a.pdf").unwrap_err(), Error::failed("nowhere/a.pdf: no such file or folder"));
/// ```
pub trait OnPath<T> {
    /// Puts the path, relative to the coworkspace, before the message.
    fn on_path(self, path: impl AsRef<Path>) -> Result<T, Error>;
}

impl<T, E: Into<Error>> OnPath<T> for Result<T, E> {
    fn on_path(self, path: impl AsRef<Path>) -> Result<T, Error> {
        self.map_err(|error| error.into().about(crate::relative(path)))
    }
}

fn reason(error: &io::Error) -> String {
    use io::ErrorKind as Kind;
    let text = match error.kind() {
        Kind::NotFound => "no such file or folder",
        Kind::AlreadyExists => "exists already",
        Kind::IsADirectory => "is a folder",
        Kind::NotADirectory => "a part of the path is a file, not a folder",
        Kind::DirectoryNotEmpty => "the folder is not empty",
        Kind::PermissionDenied => "the host does not permit it",
        Kind::ReadOnlyFilesystem => "it is read-only here",
        _ => return plain(&error.to_string()),
    };
    text.to_owned()
}

/// The system's own words, without its error number and in lower case.
fn plain(text: &str) -> String {
    let text = text.split(" (os error").next().unwrap_or(text);
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: io::ErrorKind, expected: Error) {
        let result: Result<(), _> = Err(io::Error::from(kind));
        assert_eq!(result.on_path("/files/a.txt").unwrap_err(), expected);
    }

    #[test]
    fn the_kind_of_an_io_error_is_kept() {
        check(io::ErrorKind::PermissionDenied, Error::denied("files/a.txt: the host does not permit it"));
        check(io::ErrorKind::ReadOnlyFilesystem, Error::denied("files/a.txt: it is read-only here"));
        check(io::ErrorKind::AlreadyExists, Error::failed("files/a.txt: exists already"));
        check(io::ErrorKind::StorageFull, Error::failed("files/a.txt: no storage space"));
    }
}
