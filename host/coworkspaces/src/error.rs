use cowork_domain::path::InvalidPath;
use std::io;

/// Why a coworkspace could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no folder of that slug.
    #[error("there is no coworkspace {0:?}")]
    NoCoworkspace(String),
    /// There is one already.
    #[error("the coworkspace {0:?} exists already")]
    Exists(String),
    /// The path cannot be one.
    #[error(transparent)]
    Path(#[from] InvalidPath),
    /// Nothing is there.
    #[error("there is no file {0:?}")]
    NoFile(String),
    /// The path leads out of the coworkspace through a symbolic link.
    #[error("{0:?} leads out of the coworkspace")]
    Escapes(String),
    /// It is a folder, a FIFO, a device: not a file to be read.
    #[error("{0:?} is not a regular file")]
    NotAFile(String),
    /// It belongs to the host.
    #[error("{0:?} is kept by the host and cannot be written")]
    HostOwned(String),
    /// The file is larger than what was asked for allows.
    #[error("{path:?} has {size} bytes, allowed are {limit}")]
    TooLarge {
        /// The file.
        path: String,
        /// Its size, in bytes.
        size: u64,
        /// The limit, in bytes.
        limit: u64,
    },
    /// There is more than is copied.
    #[error("more than {limit} files and folders are not copied")]
    TooMany {
        /// The limit.
        limit: usize,
    },
    /// A step of a commit could not be carried out. The next start goes on with it.
    #[error("cannot carry out what the call {call} did: {step}")]
    Step {
        /// The call.
        call: cowork_domain::CallId,
        /// What was to be done.
        step: String,
        /// Why it was not.
        #[source]
        source: io::Error,
    },
    /// The disk said no.
    #[error("cannot {action} {path:?}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: String,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
}

impl Error {
    /// Gives an operating system's error its place: not found and escapes become errors of their own.
    pub(crate) fn io(action: &'static str, path: &str, source: io::Error) -> Self {
        // cap-std reports a path that leaves its tree as a permission error without an errno of its own.
        let escapes = source.kind() == io::ErrorKind::PermissionDenied && source.raw_os_error().is_none();
        match source.kind() {
            io::ErrorKind::NotFound => Self::NoFile(path.to_owned()),
            _ if escapes => Self::Escapes(path.to_owned()),
            _ => Self::Io { action, path: path.to_owned(), source },
        }
    }
}
