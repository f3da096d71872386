//! Operating system errors as WASI names them.

use super::bindings::types::ErrorCode;
use rustix::io::Errno;
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

impl From<Errno> for FsError {
    fn from(errno: Errno) -> Self {
        Self::Code(code(errno))
    }
}

/// The WASI code of an error, finer than wasmtime-wasi's own mapping.
pub(crate) fn code(errno: Errno) -> ErrorCode {
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
        Errno::ILSEQ => ErrorCode::IllegalByteSequence,
        _ => ErrorCode::Io,
    }
}
