//! Requests to other hosts. With the feature `http`: a plugin that uses this imports `wasi:http`, and each host has to
//! be granted.

use crate::Error;

#[cfg(target_os = "wasi")]
#[path = "http/wasi.rs"]
mod sending;
#[cfg(not(target_os = "wasi"))]
#[path = "http/native.rs"]
mod sending;

use std::time::Duration;

/// A request.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Such as `GET`.
    pub method: String,
    /// Absolute, in ASCII, without a fragment.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// Empty: none.
    pub body: Vec<u8>,
    /// The most bytes to take of the answer's body.
    pub limit: u64,
    /// The longest to wait for the first byte, and between two.
    pub wait: Option<Duration>,
}

/// An answer.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// Such as 200.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// What came of the body.
    pub body: Vec<u8>,
    /// There is more than the limit.
    pub is_cut: bool,
}

impl Request {
    /// A GET that takes at most so many bytes.
    pub fn get(url: impl Into<String>, limit: u64) -> Self {
        Self { method: "GET".to_owned(), url: url.into(), limit, ..Self::default() }
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

impl Answer {
    /// The first header of a name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Sends a request and takes its answer. No redirect is followed.
///
/// # Errors
/// [`Error::Denied`] when the host does not let it pass, which ends the call unless the tool succeeds in another way;
/// [`Error::Failed`] when nobody answers.
pub fn send(request: &Request) -> Result<Answer, Error> {
    sending::send(request)
}
