//! The one way out of the sandbox: every request of every guest passes the gate here.

mod address;
mod body;
mod cache;
mod client;
mod failure;
mod gate;
mod send;

pub use client::Client;
pub use gate::{Admission, Outbound};

pub(crate) use gate::{Gate, Nobody, Stopped};

use cowork_domain::capability::{Effective, Ruling, UrlParts};
use std::sync::Arc;
use url::Url;
use wasmtime_wasi_http::{
    DEFAULT_FORBIDDEN_HEADERS, Error, ForbiddenHeaderFilter, RequestOptions, Result, WasiBody, WasiHttpCtx,
    WasiHttpHooks,
};

type Io = Box<dyn Future<Output = Result<()>> + Send>;
type Sending = Box<dyn Future<Output = Result<(::http::Response<WasiBody>, Io)>> + Send>;

/// Headers by which some servers take a request for another one than was judged.
const OVERRIDES: [&str; 5] =
    ["x-http-method", "x-http-method-override", "x-method-override", "x-original-url", "x-rewrite-url"];

/// What one call has of HTTP.
pub(crate) struct Http {
    pub(crate) ctx: WasiHttpCtx,
    pub(crate) hooks: Hooks,
}

/// None while tools are listed: then there is no way out.
pub(crate) struct Hooks {
    gate: Option<Arc<Gate>>,
}

impl Http {
    pub(crate) fn new(gate: Option<Arc<Gate>>) -> Self {
        Self { ctx: WasiHttpCtx::new(), hooks: Hooks { gate } }
    }

    pub(crate) fn gate(&self) -> Option<&Arc<Gate>> {
        self.hooks.gate.as_ref()
    }
}

impl WasiHttpHooks for Hooks {
    fn forbidden_header_filter(&mut self) -> ForbiddenHeaderFilter {
        Arc::new(|name| DEFAULT_FORBIDDEN_HEADERS.contains(name) || OVERRIDES.contains(&name.as_str()))
    }

    /// It is set from the URL that passed the gate.
    fn set_host_header(&mut self) -> bool {
        false
    }

    fn send_request(
        &mut self,
        request: ::http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<()>> + Send>,
    ) -> Sending {
        let Some(gate) = self.gate.clone() else {
            return Box::new(std::future::ready(Err(Error::HttpRequestDenied)));
        };
        // Judged and numbered now, in the order in which the guest sends: another run of it does the same.
        let (parts, body) = request.into_parts();
        let passed = send::pass(&parts, &gate);
        Box::new(async move {
            let sent = send::send(parts, body, options.unwrap_or_default(), gate, passed?).await;
            sent.map(|response| (response, Box::new(async { Ok(()) }) as Io))
        })
    }
}

/// What powers say of a request, or why it is none.
pub fn rule_http(powers: &Effective, method: &str, url: &str) -> std::result::Result<Ruling, String> {
    let url = Url::parse(url).map_err(|error| format!("is no URL: {error}"))?;
    let path = path_of(&url).ok_or("has a path that servers read in different ways")?;
    let parts = parts(&url, &path).ok_or("is no URL of a host")?;
    Ok(powers.http(method, &parts))
}

fn parts<'a>(url: &'a Url, path: &'a str) -> Option<UrlParts<'a>> {
    let (host, port) = (url.host_str()?, url.port_or_known_default()?);
    Some(UrlParts { scheme: url.scheme(), host, port, path })
}

/// The path as servers decode it, which is what rules speak of. None where they would not agree on what it names.
fn path_of(url: &Url) -> Option<String> {
    let decoded = percent_encoding::percent_decode_str(url.path()).decode_utf8().ok()?;
    let inner = decoded.strip_prefix('/')?;
    let dots = |part: &str| matches!(part.split(';').next(), Some("." | ".."));
    let mut parts = inner.split('/').peekable();
    while let Some(part) = parts.next() {
        let is_last = parts.peek().is_none();
        if dots(part) || part.contains(['\\', '\0']) || (part.is_empty() && !is_last) {
            return None;
        }
    }
    Some(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(url: &str) -> Option<String> {
        path_of(&Url::parse(url).expect("a URL"))
    }

    #[test]
    fn rules_speak_of_the_path_that_servers_see() {
        assert_eq!(path("https://h/v1/%61dmin/x").as_deref(), Some("/v1/admin/x"));
        assert_eq!(path("https://h").as_deref(), Some("/"));
        assert_eq!(path("https://h/a/").as_deref(), Some("/a/"));
        assert_eq!(path("https://h/a/%2e%2e/b").as_deref(), Some("/b"));
        for odd in [
            "/v1/..%2fadmin",
            "/v1/..;/admin",
            "//v1/x",
            "/v1//x",
            "/v1/%5c..%5cx",
            "/v1/%2e%2e%2fx",
            "/a%00b",
        ] {
            assert_eq!(path(&format!("https://h{odd}")), None, "{odd}");
        }
    }
}
