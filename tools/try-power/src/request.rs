//! One request over `wasi:http`.

use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{ErrorCode, Fields, Method, OutgoingRequest, Scheme};

/// Sends it as far as it goes, and says what came of it.
pub fn try_request(method: &str, url: &str) -> String {
    match send(method, url) {
        Ok(status) => format!("it was answered with {status}"),
        Err(error) => error,
    }
}

fn send(method: &str, url: &str) -> Result<u16, String> {
    let (scheme, rest) = url.split_once("://").ok_or("it is no URL")?;
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    };
    let request = OutgoingRequest::new(Fields::new());
    let refused = |part: &'static str| move |()| format!("its {part} is wrong");
    request.set_method(&method_of(method)).map_err(refused("method"))?;
    request.set_scheme(Some(&scheme_of(scheme))).map_err(refused("scheme"))?;
    request.set_authority(Some(authority)).map_err(refused("host"))?;
    request.set_path_with_query(Some(path)).map_err(refused("path"))?;
    let answer = handle(request, None).map_err(|code| words(&code))?;
    answer.subscribe().block();
    let answer = answer.get().ok_or("there is no answer")?.map_err(|()| "there is no answer")?;
    Ok(answer.map_err(|code| words(&code))?.status())
}

fn words(code: &ErrorCode) -> String {
    match code {
        ErrorCode::HttpRequestDenied => "the host does not permit it".to_owned(),
        ErrorCode::InternalError(Some(text)) => text.clone(),
        other => format!("{other:?}"),
    }
}

fn method_of(method: &str) -> Method {
    match method.to_ascii_uppercase().as_str() {
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

fn scheme_of(scheme: &str) -> Scheme {
    match scheme {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        other => Scheme::Other(other.to_owned()),
    }
}
