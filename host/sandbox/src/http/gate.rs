//! What a request must pass before it leaves.

use super::address::{self, Kind};
use super::client::Client;
use super::parts;
use crate::{Limits, refusal};
use async_trait::async_trait;
use bytes::Bytes;
use cowork_domain::capability::{Effective, HttpRule, SecretRule};
use cowork_domain::change_set::Hash;
use cowork_domain::policy::{Effect, Verdict};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use url::{Host, Url};
use wasmtime_wasi_http::Error;

/// A request that changes something on another host, as a person is asked about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Its place among the writing requests of the call, from 0.
    pub number: u32,
    /// `POST`.
    pub method: String,
    /// Where to.
    pub url: String,
    /// Bytes of its body.
    pub size: u64,
    /// The beginning of its body, where it is text.
    pub shown: String,
    /// Of method, URL, headers and body: what an approval binds.
    pub hash: Hash,
}

/// What becomes of a request that changes something.
#[derive(Debug)]
pub enum Admission {
    /// It is sent.
    Send,
    /// It was sent by an earlier run of the same call, and this was the answer.
    Replay(Recorded),
    /// A person is to be asked first: the call ends, and runs again with the answer.
    Ask,
    /// It is not sent, and why.
    Deny(String),
}

/// An answer as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: Vec<(String, String)>,
    /// Its body, whole.
    pub body: Vec<u8>,
}

/// Who decides about requests that change something, and remembers them.
#[async_trait]
pub trait Outbound: Send + Sync {
    /// Whether it may be sent. `effect` and `grant` are what the policy judges. When it may, it is recorded that it is
    /// about to be.
    async fn admit(
        &self,
        request: &Request,
        effect: Effect,
        grant: Option<Verdict>,
    ) -> Result<Admission, String>;

    /// It was answered. Until this returns the guest sees nothing of the answer.
    async fn confirm(&self, request: &Request, answer: &Recorded) -> Result<(), String>;

    /// The secret of this name.
    fn secret(&self, name: &str) -> Option<String>;
}

/// Where nobody can be asked.
pub(crate) struct Nobody;

#[async_trait]
impl Outbound for Nobody {
    async fn admit(&self, request: &Request, _: Effect, _: Option<Verdict>) -> Result<Admission, String> {
        let Request { method, url, .. } = request;
        Ok(Admission::Deny(format!(
            "{method} {url} is not sent: a person would be asked, and nobody is here"
        )))
    }

    async fn confirm(&self, _: &Request, _: &Recorded) -> Result<(), String> {
        Ok(())
    }

    fn secret(&self, _: &str) -> Option<String> {
        None
    }
}

/// The gate of one call.
pub(crate) struct Gate {
    pub(crate) plugin: String,
    pub(crate) powers: Effective,
    pub(crate) client: Client,
    pub(crate) outbound: Arc<dyn Outbound>,
    pub(crate) dry: bool,
    pub(crate) limit: u64,
    pub(crate) wait: std::time::Duration,
    pub(crate) traffic: Traffic,
    writes: AtomicU32,
    stopped: Mutex<Option<Stopped>>,
}

/// What went out and came in, in bytes of bodies.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    pub(crate) sent: AtomicU64,
    pub(crate) received: AtomicU64,
    pub(crate) requests: AtomicU64,
}

/// Why the call cannot go on.
#[derive(Debug, Clone)]
pub(crate) enum Stopped {
    /// A person is to be asked.
    Asks(Request),
    /// A power is missing.
    Denied(String),
    /// Too much was sent or received.
    TooMuch,
}

/// A request that has passed.
pub(crate) struct Passed {
    pub(crate) url: Url,
    pub(crate) is_write: bool,
    pub(crate) private: bool,
    pub(crate) secrets: Vec<(SecretRule, String)>,
    grant: Option<Verdict>,
    named: bool,
}

impl Gate {
    pub(crate) fn new(
        plugin: &str,
        powers: Effective,
        client: &Client,
        outbound: Arc<dyn Outbound>,
        limits: &Limits,
        dry: bool,
    ) -> Self {
        Self {
            plugin: plugin.to_owned(),
            powers,
            client: client.clone(),
            outbound,
            dry,
            limit: limits.http,
            wait: limits.wall_time,
            traffic: Traffic::default(),
            writes: AtomicU32::new(0),
            stopped: Mutex::default(),
        }
    }

    /// Why the call cannot go on, if it cannot.
    pub(crate) fn stopped(&self) -> Option<Stopped> {
        self.stopped.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Judges where a request goes: by the rules, and by the address where the URL holds one.
    pub(crate) fn pass(&self, method: &str, url: Url) -> Result<Passed, Error> {
        let Some(parts) = parts(&url) else { return Err(Error::HttpRequestUriInvalid) };
        let ruling = self.powers.http(method, &parts);
        let shown = without_query(&url);
        if ruling.is_denied() {
            let grant = format!("cowork grant {} --http '{method} {shown}'", self.plugin);
            let refused = refusal::of(&ruling, &self.plugin, &grant);
            return Err(self.deny(format!("{method} {shown} is {refused}")));
        }
        let private = self.powers.http_is(method, &parts, |rule| rule.private);
        if let (false, Some(kind)) = (private, kind_of_host(&url)) {
            return Err(self.deny(format!("{shown} is not sent: its host is {}", kind.words())));
        }
        let asks = |rule: &HttpRule| rule.query;
        let is_write = !matches!(method, "GET" | "HEAD") && !self.powers.http_is(method, &parts, asks);
        let secrets = self.powers.secrets(&parts).into_iter();
        let secrets =
            secrets.filter_map(|rule| self.outbound.secret(&rule.name).map(|secret| (rule, secret)));
        Ok(Passed { is_write, private, secrets: secrets.collect(), grant: ruling.verdict, named: false, url })
    }

    /// Judges a request that changes something, with all of it.
    pub(crate) async fn pass_write(
        &self,
        passed: &Passed,
        parts: &::http::request::Parts,
        body: &Bytes,
    ) -> Result<(Request, Option<Recorded>), Error> {
        let request = Request {
            number: self.writes.fetch_add(1, Ordering::Relaxed),
            method: parts.method.to_string(),
            url: passed.url.to_string(),
            size: body.len() as u64,
            shown: beginning(body),
            hash: hash(parts, &passed.url, body),
        };
        let effect = Effect::HttpWrite { named: passed.named };
        match self.outbound.admit(&request, effect, passed.grant).await {
            Ok(Admission::Send) => Ok((request, None)),
            Ok(Admission::Replay(answer)) => Ok((request, Some(answer))),
            Ok(Admission::Ask) => {
                self.stop(Stopped::Asks(request));
                Err(Error::HttpRequestDenied)
            }
            Ok(Admission::Deny(why)) => Err(self.deny(why)),
            Err(why) => Err(Error::InternalError(Some(why))),
        }
    }

    /// Counts bytes that are sent or received. Past the limit nothing more is.
    pub(crate) fn count(&self, counter: &AtomicU64, bytes: u64) -> Result<(), Error> {
        counter.fetch_add(bytes, Ordering::Relaxed);
        let traffic = &self.traffic;
        let all =
            traffic.sent.load(Ordering::Relaxed).saturating_add(traffic.received.load(Ordering::Relaxed));
        if all <= self.limit {
            return Ok(());
        }
        self.stop(Stopped::TooMuch);
        Err(Error::HttpResponseBodySize(Some(all)))
    }

    /// A grant that was taken ends what is open too.
    pub(crate) fn still_granted(&self, method: &str, url: &Url) -> Result<(), Error> {
        match parts(url) {
            Some(parts) if !self.powers.http(method, &parts).is_denied() => Ok(()),
            _ => Err(self.deny(format!("{} is not granted any more", without_query(url)))),
        }
    }

    pub(crate) fn deny(&self, why: String) -> Error {
        self.stop(Stopped::Denied(why));
        Error::HttpRequestDenied
    }

    fn stop(&self, why: Stopped) {
        let mut stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        // The first that stops the call explains it; a question outweighs what came of it.
        if stopped.is_none() || matches!(why, Stopped::Asks(_)) {
            *stopped = Some(why);
        }
    }
}

/// What is wrong with the host of a URL that is an address, or a name that means this machine.
fn kind_of_host(url: &Url) -> Option<Kind> {
    let of = |address: IpAddr| Some(address::kind_of(address)).filter(|kind| *kind != Kind::Public);
    match url.host()? {
        Host::Ipv4(address) => of(address.into()),
        Host::Ipv6(address) => of(address.into()),
        Host::Domain(name) => address::is_local_name(name).then_some(Kind::Private),
    }
}

fn without_query(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    url
}

/// What a person reads of a body.
fn beginning(body: &Bytes) -> String {
    const SHOWN: usize = 2000;
    match std::str::from_utf8(body) {
        Ok(text) if text.chars().count() <= SHOWN => text.to_owned(),
        Ok(text) => text.chars().take(SHOWN).chain("…".chars()).collect(),
        Err(_) => format!("[{} bytes that are no text]", body.len()),
    }
}

fn hash(parts: &::http::request::Parts, url: &Url, body: &Bytes) -> Hash {
    let mut hasher = blake3::Hasher::new();
    let mut add = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
    };
    add(parts.method.as_str().as_bytes());
    add(url.as_str().as_bytes());
    let mut headers: Vec<_> =
        parts.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    headers.sort_unstable();
    for (name, value) in headers {
        add(name.as_bytes());
        add(value);
    }
    add(body);
    Hash::from_bytes(*hasher.finalize().as_bytes())
}
