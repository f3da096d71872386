//! Operating system errors as WASI names them.

use super::bindings::types::ErrorCode;
use rustix::io::Errno;
use std::io;
use wasmtime::component::ResourceTableError;

pub(crate) type FsResult<T> = Result<T, FsError>;

/// What a file operation ends with: a code for the guest, or the end of the guest.
#[derive(Debug)]
pub enum FsError {
    /// For the guest to handle.
    Code(ErrorCode),
    /// A handle that does not exist: the guest is broken.
    Trap(wasmtime::Error),
}

impl From<ErrorCode> for FsError {
    fn from(code: ErrorCode) -> Self {
        Self::Code(code)
    }
}

impl From<ResourceTableError> for FsError {
    fn from(error: ResourceTableError) -> Self {
        Self::Trap(error.into())
    }
}

impl From<io::Error> for FsError {
    fn from(error: io::Error) -> Self {
        Self::Code(code_of(&error))
    }
}

impl FsError {
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Code(ErrorCode::NoEntry))
    }
}

/// The WASI code of an error, finer than wasmtime-wasi's own mapping.
pub(crate) fn code_of(error: &io::Error) -> ErrorCode {
    let Some(errno) = error.raw_os_error().map(Errno::from_raw_os_error) else {
        return code_without_errno(error);
    };
    match errno {
        Errno::ACCESS => ErrorCode::Access,
        Errno::PERM => ErrorCode::NotPermitted,
        Errno::NOENT => ErrorCode::NoEntry,
        Errno::EXIST => ErrorCode::Exist,
        Errno::NOTDIR => ErrorCode::NotDirectory,
        Errno::ISDIR => ErrorCode::IsDirectory,
        Errno::NOTEMPTY => ErrorCode::NotEmpty,
        Errno::INVAL => ErrorCode::Invalid,
        Errno::LOOP => ErrorCode::Loop,
        Errno::NAMETOOLONG => ErrorCode::NameTooLong,
        Errno::NOSPC => ErrorCode::InsufficientSpace,
        Errno::DQUOT => ErrorCode::Quota,
        Errno::FBIG => ErrorCode::FileTooLarge,
        Errno::ROFS => ErrorCode::ReadOnly,
        Errno::XDEV => ErrorCode::CrossDevice,
        Errno::TXTBSY => ErrorCode::TextFileBusy,
        Errno::BUSY => ErrorCode::Busy,
        Errno::INTR => ErrorCode::Interrupted,
        Errno::MLINK => ErrorCode::TooManyLinks,
        Errno::NOMEM => ErrorCode::InsufficientMemory,
        Errno::OVERFLOW => ErrorCode::Overflow,
        Errno::SPIPE => ErrorCode::InvalidSeek,
        Errno::BADF => ErrorCode::BadDescriptor,
        Errno::OPNOTSUPP | Errno::NOSYS => ErrorCode::Unsupported,
        Errno::NXIO | Errno::NODEV => ErrorCode::NoSuchDevice,
        _ => ErrorCode::Io,
    }
}

/// cap-std's own errors: a path that leaves its tree is a permission error without an errno.
fn code_without_errno(error: &io::Error) -> ErrorCode {
    match error.kind() {
        io::ErrorKind::PermissionDenied => ErrorCode::NotPermitted,
        io::ErrorKind::NotFound => ErrorCode::NoEntry,
        io::ErrorKind::AlreadyExists => ErrorCode::Exist,
        io::ErrorKind::InvalidInput => ErrorCode::Invalid,
        _ => ErrorCode::Io,
    }
}
