//! A guest that sends requests, as a plugin with `wasi:http` does, and says what came of them.

#![expect(clippy::disallowed_methods, reason = "the clock of a call is what is asked for")]

mod request;

use cowork_tool::{Deserialize, Error, JsonSchema};
use request::{Sent, send};
use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

cowork_tool::export!(
    fetch { description: "Sends one request, and again as often as asked for.", annotations: [open_world] },
    follow { description: "Follows redirects, as HTTP libraries do.", annotations: [open_world] },
    post_then_write { description: "Sends requests one after the other, then writes the answers to a file." },
    clock_and_random { description: "Tells the time and draws a number.", annotations: [read_only] },
);

#[derive(Deserialize, JsonSchema)]
struct Fetch {
    method: String,
    url: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// How often. 1 if it is not given.
    #[serde(default = "once")]
    times: u32,
}

#[derive(Deserialize, JsonSchema)]
struct Follow {
    url: String,
}

#[derive(Deserialize, JsonSchema)]
struct PostThenWrite {
    urls: Vec<String>,
    path: String,
    /// The time goes into the body.
    #[serde(default)]
    stamp: bool,
}

#[derive(Deserialize, JsonSchema)]
struct Nothing {}

fn once() -> u32 {
    1
}

fn fetch(args: Fetch) -> Result<String, Error> {
    let mut said = String::new();
    for _ in 0..args.times {
        said = shown(send(&args.method, &args.url, &args.headers, &args.body));
    }
    Ok(said)
}

fn follow(args: Follow) -> Result<String, Error> {
    let mut url = args.url;
    for _ in 0..5 {
        match send("GET", &url, &BTreeMap::new(), "") {
            Ok(Sent { location: Some(next), .. }) => url = next,
            other => return Ok(shown(other)),
        }
    }
    Err(Error::failed("it goes round in circles"))
}

fn post_then_write(args: PostThenWrite) -> Result<String, Error> {
    let mut answers = String::new();
    for url in &args.urls {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let body = if args.stamp { format!("at {}", since.as_nanos()) } else { "hello".to_owned() };
        answers.push_str(&shown(send("POST", url, &BTreeMap::new(), &body)));
        answers.push('\n');
    }
    std::fs::write(&args.path, &answers)?;
    Ok(answers)
}

fn clock_and_random(_: Nothing) -> Result<String, Error> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(format!("{} {}", since.as_nanos(), wasip2::random::random::get_random_u64()))
}

fn shown(sent: Result<Sent, String>) -> String {
    match sent {
        Ok(sent) => format!("{} {}", sent.status, sent.body),
        Err(error) => error,
    }
}
