//! One request over `wasi:http`.

use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{
    ErrorCode, Fields, IncomingResponse, Method, OutgoingBody, OutgoingRequest, RequestOptions, Scheme,
};
use wasip2::io::streams::StreamError;

use super::{Answer, Request};
use crate::Error;

/// Read and written at once.
const PIECE: usize = 64 * 1024;
const WRITTEN: usize = 4096;

pub(super) fn send(request: &Request) -> Result<Answer, Error> {
    let outgoing = outgoing(request)?;
    let body = outgoing.body().map_err(|()| wrong("body"))?;
    let answer = handle(outgoing, options(request)).map_err(|code| explain(&code))?;
    if !request.body.is_empty() {
        let stream = body.write().map_err(|()| wrong("body"))?;
        for piece in request.body.chunks(WRITTEN) {
            stream
                .blocking_write_and_flush(piece)
                .map_err(|_| Error::failed("the host takes no request body"))?;
        }
        drop(stream);
    }
    OutgoingBody::finish(body, None).map_err(|code| explain(&code))?;
    answer.subscribe().block();
    let none = || Error::failed("there is no answer");
    let answer = answer.get().ok_or_else(none)?.map_err(|()| none())?;
    receive(&answer.map_err(|code| explain(&code))?, request.limit)
}

fn outgoing(request: &Request) -> Result<OutgoingRequest, Error> {
    let fields = Fields::new();
    for (name, value) in &request.headers {
        fields.append(name, value.as_bytes()).map_err(|_| wrong(&format!("header {name}")))?;
    }
    let (scheme, rest) = request.url.split_once("://").ok_or_else(|| wrong("URL"))?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    let outgoing = OutgoingRequest::new(fields);
    outgoing.set_method(&method(&request.method)).map_err(|()| wrong("method"))?;
    let scheme = if scheme == "http" { Scheme::Http } else { Scheme::Https };
    outgoing.set_scheme(Some(&scheme)).map_err(|()| wrong("scheme"))?;
    outgoing.set_authority(Some(authority)).map_err(|()| wrong("host"))?;
    outgoing.set_path_with_query(Some(&path)).map_err(|()| wrong("path"))?;
    Ok(outgoing)
}

fn options(request: &Request) -> Option<RequestOptions> {
    let wait = u64::try_from(request.wait?.as_nanos()).unwrap_or(u64::MAX);
    let options = RequestOptions::new();
    // What cannot be said here the host limits by itself.
    let _ = options.set_first_byte_timeout(Some(wait));
    let _ = options.set_between_bytes_timeout(Some(wait));
    Some(options)
}

fn receive(answer: &IncomingResponse, limit: u64) -> Result<Answer, Error> {
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let headers =
        answer.headers().entries().into_iter().map(|(name, value)| (name.to_lowercase(), text(value)));
    let headers = headers.collect();
    let broken = || Error::failed("the answer broke off");
    let body = answer.consume().map_err(|()| broken())?;
    let stream = body.stream().map_err(|()| broken())?;
    let mut bytes = Vec::new();
    let mut is_cut = false;
    loop {
        match stream.blocking_read(PIECE as u64) {
            Ok(piece) => bytes.extend(piece),
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(_)) => return Err(broken()),
        }
        if bytes.len() as u64 > limit {
            bytes.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            is_cut = true;
            break;
        }
    }
    Ok(Answer { status: answer.status(), headers, body: bytes, is_cut })
}

fn wrong(part: &str) -> Error {
    Error::invalid(format!("the {part} of the request is wrong"))
}

fn explain(code: &ErrorCode) -> Error {
    match code {
        // The host adds what is missing.
        ErrorCode::HttpRequestDenied => Error::denied("the host does not let this request pass"),
        ErrorCode::InternalError(Some(text)) => Error::failed(text),
        ErrorCode::DnsError(_) | ErrorCode::DnsTimeout | ErrorCode::DestinationNotFound => {
            Error::failed("there is no host of that name")
        }
        ErrorCode::ConnectionRefused => Error::failed("the host refuses the connection"),
        ErrorCode::ConnectionTimeout | ErrorCode::ConnectionReadTimeout | ErrorCode::HttpResponseTimeout => {
            Error::failed("the host did not answer in time; try again later")
        }
        other => Error::failed(format!("the request failed: {other:?}")),
    }
}

fn method(name: &str) -> Method {
    match name {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        "PATCH" => Method::Patch,
        "OPTIONS" => Method::Options,
        other => Method::Other(other.to_owned()),
    }
}
