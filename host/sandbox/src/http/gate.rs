//! What a request must pass before it leaves.

use super::address::{self, Kind};
use super::client::Client;
use super::{parts, path_of};
use crate::inputs::Readings;
use crate::{Limits, refusal};
use ::http::Method;
use async_trait::async_trait;
use bytes::Bytes;
use cowork_domain::capability::{Effective, HttpRule, SecretRule};
use cowork_domain::change_set::Hash;
use cowork_domain::outbound::{OutboundRequest, RecordedAnswer};
use cowork_domain::policy::Verdict;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use url::{Host, Url};
use wasmtime_wasi_http::Error;

/// What becomes of a request that changes something.
#[derive(Debug)]
pub enum Admission {
    /// It is sent.
    Send,
    /// It was sent by an earlier run of the same call, and this was the answer.
    Replay(RecordedAnswer),
    /// A person is to be asked first, and perhaps why again: the call ends, and runs again with the answer.
    Ask(Option<String>),
    /// It is not sent, and why.
    Deny(String),
}

/// Who decides about requests that change something, and remembers them.
#[async_trait]
pub trait Outbound: Send + Sync {
    /// Whether it may be sent. `grant` is what the call's powers say of it, `clock` what the call has read from the
    /// clock so far. When it may, it is recorded that it is about to be.
    async fn admit(
        &self,
        request: &OutboundRequest,
        grant: Option<Verdict>,
        clock: &[Duration],
    ) -> Result<Admission, String>;

    /// It was answered. Until this returns the guest sees nothing of the answer.
    async fn confirm(&self, request: &OutboundRequest, answer: &RecordedAnswer) -> Result<(), String>;

    /// The secret of this name.
    fn secret(&self, name: &str) -> Option<String>;
}

/// Where nobody can be asked.
pub(crate) struct Nobody;

#[async_trait]
impl Outbound for Nobody {
    async fn admit(
        &self,
        request: &OutboundRequest,
        _: Option<Verdict>,
        _: &[Duration],
    ) -> Result<Admission, String> {
        let OutboundRequest { method, url, .. } = request;
        Ok(Admission::Deny(format!(
            "{method} {url} is not sent: a person would be asked, and nobody is here"
        )))
    }

    async fn confirm(&self, _: &OutboundRequest, _: &RecordedAnswer) -> Result<(), String> {
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
    pub(crate) wait: Duration,
    pub(crate) traffic: Traffic,
    readings: Readings,
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
    Asks(OutboundRequest),
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
    /// Of the powers that it was judged by.
    pub(crate) version: u64,
    /// Its place among the writing requests of the call.
    number: u32,
    grant: Option<Verdict>,
}

impl Gate {
    pub(crate) fn new(
        plugin: &str,
        powers: Effective,
        client: &Client,
        outbound: Arc<dyn Outbound>,
        limits: &Limits,
        readings: Readings,
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
            readings,
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
        if matches!(self.stopped(), Some(Stopped::Asks(_) | Stopped::TooMuch)) {
            // The call runs again with the answer, or ends; nothing more leaves before.
            return Err(Error::HttpRequestDenied);
        }
        let version = self.powers.version();
        let path = path_of(&url).ok_or(Error::HttpRequestUriInvalid)?;
        let Some(parts) = parts(&url, &path) else { return Err(Error::HttpRequestUriInvalid) };
        let ruling = self.powers.http(method, &parts);
        let shown = without_query(&url);
        if ruling.is_denied() {
            let grant = format!("cowork grant {} --http '{method} {}'", self.plugin, grantable(&url));
            let refused = refusal::of(&ruling, &self.plugin, &grant);
            return Err(self.deny(format!("{method} {shown} is {refused}")));
        }
        let private = self.powers.http_is(method, &parts, |rule| rule.private);
        if let (false, Some(kind)) = (private, kind_of_host(&url)) {
            return Err(self.deny(format!("{shown} is not sent: its host is {}", kind.words())));
        }
        let asks = |rule: &HttpRule| rule.query;
        let only_asks = matches!(method, "GET" | "HEAD") || self.powers.http_is(method, &parts, asks);
        let is_write = !only_asks || ruling.verdict == Some(Verdict::Ask);
        let number = if is_write { self.writes.fetch_add(1, Ordering::Relaxed) } else { 0 };
        let secrets = self.powers.secrets(&parts).into_iter();
        let secrets =
            secrets.filter_map(|rule| self.outbound.secret(&rule.name).map(|secret| (rule, secret)));
        Ok(Passed {
            is_write,
            private,
            secrets: secrets.collect(),
            version,
            number,
            grant: ruling.verdict,
            url,
        })
    }

    /// Judges a request that changes something, with all of it.
    pub(crate) async fn pass_write(
        &self,
        passed: &Passed,
        parts: &::http::request::Parts,
        body: &Bytes,
    ) -> Result<(OutboundRequest, Option<RecordedAnswer>), Error> {
        let request = OutboundRequest {
            number: passed.number,
            method: parts.method.to_string(),
            url: passed.url.to_string(),
            size: body.len() as u64,
            shown: beginning(body),
            hash: hash(parts, &passed.url, body),
            reason: None,
        };
        match self.outbound.admit(&request, passed.grant, &self.readings.so_far()).await {
            Ok(Admission::Send) => Ok((request, None)),
            Ok(Admission::Replay(answer)) => Ok((request, Some(answer))),
            Ok(Admission::Ask(reason)) => {
                self.stop(Stopped::Asks(OutboundRequest { reason, ..request }));
                Err(Error::HttpRequestDenied)
            }
            Ok(Admission::Deny(why)) => Err(self.deny(why)),
            Err(why) => Err(Error::InternalError(Some(why))),
        }
    }

    /// Counts bytes that are sent or received. Past the limit nothing more is.
    pub(crate) fn count(&self, counter: &AtomicU64, bytes: u64) -> Result<(), Error> {
        let add = |count: u64| Some(count.saturating_add(bytes));
        let _ = counter.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
        self.foresee(0)
    }

    /// Whether so many bytes more are within the limit.
    pub(crate) fn foresee(&self, bytes: u64) -> Result<(), Error> {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let all =
            count(&self.traffic.sent).saturating_add(count(&self.traffic.received)).saturating_add(bytes);
        if all <= self.limit {
            return Ok(());
        }
        self.stop(Stopped::TooMuch);
        Err(Error::HttpResponseBodySize(Some(all)))
    }

    /// A grant that was taken since a request passed ends what is open too.
    pub(crate) fn still_granted(&self, method: &Method, passed: &Passed) -> Result<(), Error> {
        if self.powers.version() == passed.version {
            return Ok(());
        }
        let url = &passed.url;
        let path = path_of(url).unwrap_or_default();
        let holds = parts(url, &path).is_some_and(|parts| {
            let same_secrets =
                passed.secrets.iter().all(|(rule, _)| self.powers.secrets(&parts).contains(rule));
            let same_reach =
                !passed.private || self.powers.http_is(method.as_str(), &parts, |rule| rule.private);
            !self.powers.http(method.as_str(), &parts).is_denied() && same_secrets && same_reach
        });
        if holds { Ok(()) } else { Err(self.deny(format!("{} is not granted any more", without_query(url)))) }
    }

    /// Every secret that the plugin may have sent, to be taken out of what comes back.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let rules = self.powers.all_secrets();
        rules.iter().filter_map(|rule| self.outbound.secret(&rule.name)).collect()
    }

    pub(crate) fn deny(&self, why: String) -> Error {
        self.stop(Stopped::Denied(why));
        Error::HttpRequestDenied
    }

    fn stop(&self, why: Stopped) {
        let mut stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        // The first question stops the call and outweighs whatever else came of it. After a refusal a tool may try
        // something else: the last one is why it gave up.
        let is_open = matches!(*stopped, None | Some(Stopped::Denied(_)));
        let asks = |stopped: &Stopped| matches!(stopped, Stopped::Asks(_));
        if is_open || (asks(&why) && !stopped.as_ref().is_some_and(asks)) {
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

/// The URL as it may stand in a command that an administrator copies: what a guest could hide there is left out.
fn grantable(url: &Url) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '~' | '/' | '-');
    let path = if url.path().chars().all(plain) { url.path() } else { "/" };
    // A pattern has no empty end.
    let all = if path.ends_with('/') { "**" } else { "" };
    format!("{}{path}{all}", url.origin().ascii_serialization())
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
