//! The one way out of the sandbox: every request of every guest passes the gate here.

mod address;
mod body;
mod client;
mod failure;
mod gate;
mod send;

pub use client::Client;
pub use gate::{Admission, Outbound, Recorded, Request};

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
        Arc::new(|name| DEFAULT_FORBIDDEN_HEADERS.contains(name))
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
        Box::new(async move {
            let sent = send::send(request, options.unwrap_or_default(), gate).await;
            sent.map(|response| (response, Box::new(async { Ok(()) }) as Io))
        })
    }
}

/// What powers say of a request, or why it is none.
pub fn rule_http(powers: &Effective, method: &str, url: &str) -> std::result::Result<Ruling, String> {
    let url = Url::parse(url).map_err(|error| format!("is no URL: {error}"))?;
    let parts = parts(&url).ok_or("is no URL of a host")?;
    Ok(powers.http(method, &parts))
}

fn parts(url: &Url) -> Option<UrlParts<'_>> {
    let (host, port) = (url.host_str()?, url.port_or_known_default()?);
    Some(UrlParts { scheme: url.scheme(), host, port, path: url.path() })
}
