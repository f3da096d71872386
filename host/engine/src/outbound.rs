//! Requests of a call that change something on other hosts: judged before they leave, written down, sent once.

use crate::core::Core;
use async_trait::async_trait;
use cowork_domain::outbound::{LedgerEntry, LedgerStatus, OutboundRequest, RecordedAnswer};
use cowork_domain::policy::{Circumstances, Effect, Verdict, judge};
use cowork_domain::{CallId, PermissionMode, Task};
use cowork_sandbox::{Admission, Outbound};
use std::sync::Arc;
use std::time::Duration;

/// What one call of a task sends.
pub(crate) struct CallOutbound {
    core: Arc<Core>,
    call: CallId,
    mode: PermissionMode,
    /// The person's words, in lower case: hosts that they name are meant.
    outcome: String,
    tainted: bool,
    /// What earlier runs of the call sent.
    ledger: Vec<LedgerEntry>,
}

impl CallOutbound {
    pub(crate) async fn open(
        core: &Arc<Core>,
        task: &Task,
        call: CallId,
        tainted: bool,
    ) -> crate::Result<Self> {
        let ledger = core.store.ledger(call).await?;
        let (mode, outcome) = (task.permission_mode, task.outcome.to_lowercase());
        Ok(Self { core: Arc::clone(core), call, mode, outcome, tainted, ledger })
    }

    /// What earlier runs of the call read from the clock.
    pub(crate) fn clock(&self) -> Vec<Duration> {
        self.ledger.iter().map(|entry| entry.clock.clone()).max_by_key(Vec::len).unwrap_or_default()
    }

    fn judge(&self, request: &OutboundRequest, grant: Option<Verdict>) -> Verdict {
        let named = names(&self.outcome, &request.url);
        let under = Circumstances { mode: self.mode, grant, remembered: false, tainted: self.tainted };
        judge(Effect::HttpWrite { named }, under)
    }

    async fn put(
        &self,
        request: &OutboundRequest,
        status: LedgerStatus,
        clock: &[Duration],
    ) -> Result<(), String> {
        let put = self.core.store.put_ledger(self.call, request, status, clock).await;
        put.map_err(|error| {
            tracing::error!(call.id = %self.call, error = &error as &dyn std::error::Error, "the ledger is not written");
            "the host cannot write its ledger; nothing was sent".to_owned()
        })
    }

    async fn ask(
        &self,
        request: &OutboundRequest,
        reason: Option<&str>,
        clock: &[Duration],
    ) -> Result<Admission, String> {
        let request = OutboundRequest { reason: reason.map(str::to_owned), ..request.clone() };
        self.put(&request, LedgerStatus::Asked, clock).await?;
        Ok(Admission::Ask(request.reason))
    }
}

#[async_trait]
impl Outbound for CallOutbound {
    async fn admit(
        &self,
        request: &OutboundRequest,
        grant: Option<Verdict>,
        clock: &[Duration],
    ) -> Result<Admission, String> {
        let before = self.ledger.iter().find(|entry| entry.request.number == request.number);
        let same = before.is_some_and(|entry| entry.request.hash == request.hash);
        match (before.map(|entry| entry.status), same) {
            (Some(LedgerStatus::Confirmed), true) => {
                let answer = before.and_then(|entry| entry.answer.clone());
                return Ok(answer.map_or(Admission::Ask(None), Admission::Replay));
            }
            (Some(LedgerStatus::Sent), true) => {
                let reason = "it was sent before, and whether it arrived is not known";
                return self.ask(request, Some(reason), clock).await;
            }
            (Some(LedgerStatus::Sent | LedgerStatus::Confirmed), false) => {
                let reason = "an earlier run of the same call sent something else here";
                return self.ask(request, Some(reason), clock).await;
            }
            // Approved in the meantime.
            (Some(LedgerStatus::Intended), true) => {}
            (Some(LedgerStatus::Asked | LedgerStatus::Intended) | None, _) => {
                match self.judge(request, grant) {
                    Verdict::Allow => {}
                    Verdict::Ask => return self.ask(request, None, clock).await,
                    Verdict::Deny => {
                        return Ok(Admission::Deny("the policy of this host does not permit it".to_owned()));
                    }
                }
            }
        }
        self.put(request, LedgerStatus::Sent, clock).await?;
        Ok(Admission::Send)
    }

    async fn confirm(&self, request: &OutboundRequest, answer: &RecordedAnswer) -> Result<(), String> {
        let kept = self.core.store.confirm_ledger(self.call, request.number, answer).await;
        kept.map_err(|error| {
            tracing::error!(call.id = %self.call, error = &error as &dyn std::error::Error, "an answer is not kept");
            "the host cannot write its ledger; the request was answered".to_owned()
        })
    }

    fn secret(&self, name: &str) -> Option<String> {
        self.core.secrets.get(name)
    }
}

/// Whether the person's words, in lower case, name the host of a URL: as a whole, not as a part of another name.
fn names(words: &str, url: &str) -> bool {
    let Ok(url) = url::Url::parse(url) else { return false };
    let Some(host) = url.host_str() else { return false };
    let of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    words.split(|c: char| !of_name(c)).map(|word| word.trim_matches('.')).any(|word| word == host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_named_as_a_whole() {
        let words = "update https://api.example.com/v1, please. not [that].";
        assert!(names(words, "https://api.example.com/x"));
        for other in
            ["https://example.com/", "https://ple.com/", "https://e.com/", "https://[::1]/", "no url"]
        {
            assert!(!names(words, other), "{other}");
        }
    }
}
