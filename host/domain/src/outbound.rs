//! Requests that change something on other hosts: what a person is asked about, and what is remembered of them.

use crate::change_set::Hash;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A request that changes something on another host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboundRequest {
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
    /// Why it is asked about although it may have been sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// An answer as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedAnswer {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: Vec<(String, String)>,
    /// Its body, whole.
    pub body: Vec<u8>,
}

/// How far a request is. A request that is found sent by a later run of its call is unknown: it may have arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LedgerStatus {
    /// A person is asked about it.
    Asked,
    /// It may be sent.
    Intended,
    /// It is on its way.
    Sent,
    /// It was answered.
    Confirmed,
}

impl LedgerStatus {
    /// As the database names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Intended => "intended",
            Self::Sent => "sent",
            Self::Confirmed => "confirmed",
        }
    }
}

/// One line of a call's ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    /// The request.
    pub request: OutboundRequest,
    /// How far it is.
    pub status: LedgerStatus,
    /// The answer, once there is one.
    pub answer: Option<RecordedAnswer>,
    /// What the call had read from the clock before it, since 1970: a later run reads the same.
    pub clock: Vec<Duration>,
}
