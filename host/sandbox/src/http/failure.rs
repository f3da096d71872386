//! What a guest is told when sending fails.

use http_body_util::LengthLimitError;
use std::error::Error as StdError;
use std::io::{self, ErrorKind};
use wasmtime_wasi_http::Error;

pub(super) fn explain(error: reqwest::Error) -> Error {
    let (mut cause, mut kind) = (error.source(), None);
    while let Some(inner) = cause {
        if inner.is::<LengthLimitError>() {
            return Error::HttpRequestBodySize(None);
        }
        if inner.is::<Error>() {
            return Error::HttpProtocolError;
        }
        kind = kind.or_else(|| io_kind(inner));
        cause = inner.source();
    }
    match kind {
        // The words name the host, which the guest knows, and the address, which it may not reach.
        _ if error.is_dns() => Error::DestinationIpProhibited,
        _ if error.is_timeout() && error.is_connect() => Error::ConnectionTimeout,
        _ if error.is_timeout() => Error::ConnectionReadTimeout,
        Some(ErrorKind::InvalidData) if error.is_connect() => Error::TlsProtocolError,
        Some(ErrorKind::ConnectionRefused) => Error::ConnectionRefused,
        _ if error.is_connect() => Error::DestinationUnavailable,
        Some(ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => Error::ConnectionTerminated,
        Some(ErrorKind::UnexpectedEof) => Error::HttpResponseIncomplete,
        _ => Error::InternalError(Some(error.without_url().to_string())),
    }
}

/// The innermost kind: TLS wraps an error of the system in another one.
fn io_kind(error: &(dyn StdError + 'static)) -> Option<ErrorKind> {
    let error = error.downcast_ref::<io::Error>()?;
    error.get_ref().and_then(|inner| io_kind(inner)).or(Some(error.kind()))
}
