//! Refuses requests that a web page sends through a name of its own (DNS rebinding): on loopback, only this machine's
//! own names are meant.

use crate::error::ApiError;
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;

pub(crate) async fn only_local_names(request: Request, next: Next) -> Result<Response, ApiError> {
    if !is_local(request.headers()) || !is_same_origin(request.headers()) {
        return Err(ApiError::forbidden(
            "the API answers only requests to and from this machine's loopback names",
        ));
    }
    Ok(next.run(request).await)
}

fn is_local(headers: &HeaderMap) -> bool {
    text(headers, header::HOST).is_none_or(is_loopback)
}

/// Browsers name the page that a request comes from; programs do not.
fn is_same_origin(headers: &HeaderMap) -> bool {
    text(headers, header::ORIGIN)
        .is_none_or(|origin| origin.split_once("://").is_some_and(|(_, host)| is_loopback(host)))
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).map(|value| value.to_str().unwrap_or_default())
}

fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.chars().all(|c| c.is_ascii_digit()) && !name.is_empty() => name,
        _ => host,
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_are_local() {
        for good in ["localhost", "localhost:7420", "127.0.0.1:7420", "[::1]:7420", "[::1]", "127.0.0.2"] {
            assert!(is_loopback(good), "{good}");
        }
        for bad in [
            "example.com",
            "example.com:7420",
            "localhost.example.com",
            "10.0.0.1",
            "",
            "127.0.0.1.example.com",
        ] {
            assert!(!is_loopback(bad), "{bad}");
        }
    }
}
