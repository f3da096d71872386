//! Sending a request that has passed the gate.

use super::body::{RequestBody, ResponseBody, collect};
use super::cache::{Answer, Key};
use super::failure::explain;
use super::gate::{Gate, Passed};
use ::http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, HeaderName, HeaderValue, IF_RANGE, RANGE,
};
use ::http::{Method, Response, StatusCode};
use bytes::Bytes;
use cowork_domain::outbound::RecordedAnswer;
use http_body::Body as _;
use http_body_util::{BodyDataStream, BodyExt as _, Full};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use url::Url;
use wasmtime_wasi_http::{Error, RequestOptions, Result, WasiBody};

/// What a request that changes something may hold, and its answer: both are kept.
const KEPT: u64 = 8 << 20;

/// Judges a request, before anything of it is sent.
pub(super) fn pass(parts: &::http::request::Parts, gate: &Gate) -> Result<Passed> {
    let url = Url::parse(&parts.uri.to_string()).map_err(|error| {
        tracing::info!(%error, "a guest's request has no URL that is one");
        Error::HttpRequestUriInvalid
    })?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::HttpRequestUriInvalid);
    }
    // Another spelling of a method is another method to some servers.
    let is_plain = parts.method.as_str().bytes().all(|byte| byte.is_ascii_uppercase());
    if !is_plain || parts.method == Method::CONNECT || parts.method == Method::TRACE {
        return Err(Error::HttpRequestMethodInvalid);
    }
    let passed = gate.pass(parts.method.as_str(), url)?;
    if gate.dry {
        return Err(Error::InternalError(Some("it would be sent; nothing is, in a trial".to_owned())));
    }
    Ok(passed)
}

/// Sends a request that has passed.
pub(super) async fn send(
    parts: ::http::request::Parts,
    body: WasiBody,
    options: RequestOptions,
    gate: Arc<Gate>,
    passed: Passed,
) -> Result<Response<WasiBody>> {
    let outgoing = Outgoing { wait: gate.wait, options, gate, passed };
    match outgoing.passed.is_write {
        true => outgoing.write(parts, body).await,
        false => outgoing.read(parts, body).await,
    }
}

struct Outgoing {
    gate: Arc<Gate>,
    passed: Passed,
    options: RequestOptions,
    wait: Duration,
}

impl Outgoing {
    /// A request that only asks goes out and comes in piece by piece.
    async fn read(self, parts: ::http::request::Parts, body: WasiBody) -> Result<Response<WasiBody>> {
        let mut request = self.request(&parts)?;
        if !has_no_body(&parts.method) && !body.is_end_stream() {
            let body = BodyDataStream::new(RequestBody::new(body, Arc::clone(&self.gate)));
            *request.body_mut() = Some(reqwest::Body::wrap_stream(body));
        }
        let key = Key::of(&self.gate.plugin, &request).filter(|_| self.passed.secrets.is_empty());
        let kept = key.as_ref().and_then(|key| self.gate.client.cache.get(key));
        if let Some(kept) = &kept {
            kept.ask(&mut request);
        }
        let gate = Arc::clone(&self.gate);
        let (parts, body) = self.answer(request).await?.into_parts();
        match (parts.status, key, kept) {
            (StatusCode::NOT_MODIFIED, _, Some(kept)) => {
                // It is a stranger's word however it came.
                gate.count(&gate.traffic.received, kept.body.len() as u64)?;
                Ok(unchanged(kept))
            }
            (StatusCode::OK, Some(key), _) => {
                let body = gate.client.cache.keep(key, &parts.headers, body);
                Ok(Response::from_parts(parts, body))
            }
            (_, _, _) => Ok(Response::from_parts(parts, body)),
        }
    }

    /// One that changes something is judged with all of it, and its answer is kept before the guest sees it.
    async fn write(self, parts: ::http::request::Parts, body: WasiBody) -> Result<Response<WasiBody>> {
        // Counted as it comes: what is kept here is not the guest's own memory.
        let body = match parts.method {
            Method::GET | Method::HEAD => Bytes::new(),
            _ => collect(RequestBody::new(body, Arc::clone(&self.gate)).boxed_unsync(), KEPT).await?,
        };
        let (asked, recorded) = self.gate.pass_write(&self.passed, &parts, &body).await?;
        if let Some(recorded) = recorded {
            // It was received, whichever run it was: what it says is still a stranger's.
            self.gate.count(&self.gate.traffic.received, recorded.body.len() as u64)?;
            return replay(recorded);
        }
        // Between asking and sending the grant may have been taken.
        self.gate.still_granted(&parts.method, &self.passed)?;
        let mut request = self.request(&parts)?;
        *request.body_mut() = Some(body.into());
        let gate = Arc::clone(&self.gate);
        let (parts, body) = self.answer(request).await?.into_parts();
        let body = collect(body, KEPT).await?;
        let text = |(name, value): (&HeaderName, &HeaderValue)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        };
        let headers = parts.headers.iter().filter_map(text).collect();
        let recorded = RecordedAnswer { status: parts.status.as_u16(), headers, body: body.to_vec() };
        gate.outbound.confirm(&asked, &recorded).await.map_err(|why| Error::InternalError(Some(why)))?;
        Ok(Response::from_parts(parts, whole(body)))
    }

    fn request(&self, parts: &::http::request::Parts) -> Result<reqwest::Request> {
        let mut request = reqwest::Request::new(parts.method.clone(), self.passed.url.clone());
        *request.headers_mut() = parts.headers.clone();
        if has_no_body(&parts.method) {
            request.headers_mut().remove(CONTENT_LENGTH);
        }
        if !self.passed.secrets.is_empty() {
            // An echo must come whole and as it is, so that a secret in it is found.
            for name in [RANGE, IF_RANGE, ACCEPT_ENCODING] {
                request.headers_mut().remove(name);
            }
            request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        for (rule, secret) in &self.passed.secrets {
            let unusable = |error: &dyn std::fmt::Display| {
                tracing::error!(secret = rule.name, %error, "a secret does not fit into a header");
                Error::HttpProtocolError
            };
            let name = HeaderName::from_bytes(rule.header.as_bytes()).map_err(|error| unusable(&error))?;
            let value = HeaderValue::from_str(&format!("{}{secret}", rule.prefix));
            let mut value = value.map_err(|error| unusable(&error))?;
            value.set_sensitive(true);
            request.headers_mut().insert(name, value);
        }
        Ok(request)
    }

    async fn answer(self, request: reqwest::Request) -> Result<Response<WasiBody>> {
        let wait = |asked: Option<Duration>| asked.unwrap_or(self.wait).min(self.wait);
        let head = *request.method() == Method::HEAD;
        let method = request.method().clone();
        let first_byte = wait(self.options.connect_timeout) + wait(self.options.first_byte_timeout);
        self.gate.traffic.requests.fetch_add(1, Ordering::Relaxed);
        let client = self.gate.client.of(self.passed.private).map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "there is no HTTP client");
            Error::InternalError(Some("the host cannot send requests".to_owned()))
        })?;
        let sent = tokio::time::timeout(first_byte, client.execute(request)).await;
        let answer = sent.map_err(|_| Error::ConnectionReadTimeout)?.map_err(explain)?;
        let (mut parts, inner) = Response::<reqwest::Body>::from(answer).into_parts();
        let length = parts.headers.get(CONTENT_LENGTH).and_then(|n| n.to_str().ok()?.parse::<u64>().ok());
        let has_body = !head && !matches!(parts.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        if let (true, Some(length)) = (has_body, length) {
            self.gate.foresee(length)?;
        }
        let secrets = self.gate.secrets();
        redact_headers(&mut parts.headers, &secrets);
        if !secrets.is_empty() {
            // What takes a secret's place may have another length.
            parts.headers.remove(CONTENT_LENGTH);
        }
        let encoded = parts.headers.get(CONTENT_ENCODING).is_some_and(|coding| coding != "identity");
        if !self.passed.secrets.is_empty() && encoded {
            return Err(Error::HttpResponseContentCoding(None));
        }
        let wait = wait(self.options.between_bytes_timeout);
        let body = ResponseBody::new(inner, wait, self.gate, (method, self.passed), &secrets);
        Ok(Response::from_parts(parts, body.boxed_unsync()))
    }
}

/// A body of a GET is read by some servers as the next request, so there is none.
fn has_no_body(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

fn redact_headers(headers: &mut ::http::HeaderMap, secrets: &[String]) {
    for value in headers.values_mut() {
        let echoes = |secret: &String| {
            value.as_bytes().windows(secret.len().max(1)).any(|window| window == secret.as_bytes())
        };
        if secrets.iter().any(echoes) {
            *value = HeaderValue::from_static("[secret]");
        }
    }
}

fn unchanged(kept: Answer) -> Response<WasiBody> {
    let mut response = Response::new(whole(kept.body));
    *response.headers_mut() = kept.headers;
    response
}

fn replay(recorded: RecordedAnswer) -> Result<Response<WasiBody>> {
    let mut response = Response::builder().status(recorded.status);
    for (name, value) in &recorded.headers {
        response = response.header(name, value);
    }
    response.body(whole(recorded.body.into())).map_err(|_| Error::HttpProtocolError)
}

fn whole(body: Bytes) -> WasiBody {
    Full::new(body).map_err(|never| match never {}).boxed_unsync()
}
