//! Outside of a sandbox there is nothing that could send.

use super::{Answer, Request};
use crate::Error;

pub(super) fn send(request: &Request) -> Result<Answer, Error> {
    Err(Error::failed(format!("{} {} is sent in the sandbox only", request.method, request.url)))
}
