//! One request over `wasi:http`.

use crate::bindings::wasi::http::outgoing_handler::handle;
use crate::bindings::wasi::http::types::{Fields, OutgoingBody, OutgoingRequest, Scheme};
use alloc::format;
use alloc::string::String;

/// What the server says of a URL, once it does.
pub fn status_of(url: &str) -> Result<String, &'static str> {
    let (scheme, rest) = url.split_once("://").ok_or("no URL")?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let request = OutgoingRequest::new(Fields::new());
    let wrong = |()| "no request";
    let scheme = if scheme == "http" { Scheme::Http } else { Scheme::Https };
    request.set_scheme(Some(&scheme)).map_err(wrong)?;
    request.set_authority(Some(authority)).map_err(wrong)?;
    request.set_path_with_query(Some(path)).map_err(wrong)?;
    let body = request.body().map_err(wrong)?;
    let answer = handle(request, None).map_err(|_| "refused")?;
    OutgoingBody::finish(body, None).map_err(|_| "no end")?;
    answer.subscribe().block();
    let answer = answer.get().ok_or("no answer")?.map_err(wrong)?.map_err(|_| "it went wrong")?;
    Ok(format!("{}", answer.status()))
}
