//! One request over `wasi:http`.

use std::collections::BTreeMap;
use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{Fields, IncomingResponse, Method, OutgoingBody, OutgoingRequest, Scheme};
use wasip2::io::streams::StreamError;

/// An answer.
pub struct Sent {
    pub status: u16,
    pub location: Option<String>,
    pub body: String,
}

pub fn send(method: &str, url: &str, headers: &BTreeMap<String, String>, body: &str) -> Result<Sent, String> {
    let (scheme, rest) = url.split_once("://").ok_or("no URL")?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let fields = Fields::new();
    for (name, value) in headers {
        fields.append(name, value.as_bytes()).map_err(|error| format!("header: {error}"))?;
    }
    let request = OutgoingRequest::new(fields);
    let wrong = |()| "no request";
    request.set_method(&method_of(method)).map_err(wrong)?;
    let scheme = if scheme == "http" { Scheme::Http } else { Scheme::Https };
    request.set_scheme(Some(&scheme)).map_err(wrong)?;
    request.set_authority(Some(authority)).map_err(wrong)?;
    request.set_path_with_query(Some(if path.is_empty() { "/" } else { path })).map_err(wrong)?;
    let outgoing = request.body().map_err(wrong)?;
    let answer = handle(request, None).map_err(|code| format!("{code:?}"))?;
    if !body.is_empty() {
        let stream = outgoing.write().map_err(wrong)?;
        for piece in body.as_bytes().chunks(4096) {
            stream.blocking_write_and_flush(piece).map_err(|error| format!("body: {error:?}"))?;
        }
        drop(stream);
    }
    OutgoingBody::finish(outgoing, None).map_err(|code| format!("{code:?}"))?;
    answer.subscribe().block();
    let answer = answer.get().ok_or("no answer")?.map_err(wrong)?.map_err(|code| format!("{code:?}"))?;
    receive(&answer)
}

fn receive(answer: &IncomingResponse) -> Result<Sent, String> {
    let header = |name: &str| answer.headers().get(name).into_iter().next();
    let location = header("location").map(|value| String::from_utf8_lossy(&value).into_owned());
    let body = answer.consume().map_err(|()| "no body")?;
    let stream = body.stream().map_err(|()| "no stream")?;
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(1 << 16) {
            Ok(piece) => bytes.extend(piece),
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(error)) => return Err(error.to_debug_string()),
        }
    }
    Ok(Sent { status: answer.status(), location, body: String::from_utf8_lossy(&bytes).into_owned() })
}

fn method_of(method: &str) -> Method {
    match method {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        other => Method::Other(other.to_owned()),
    }
}
