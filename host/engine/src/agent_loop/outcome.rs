//! What a call gave and would do, before it is final.

use crate::Result;
use crate::core::Core;
use cowork_coworkspaces::Changes;
use cowork_domain::call::{CallStatus, HostEffect, Usage, WaitsFor};
use cowork_domain::change_set::{ChangeKind, ChangeSet, Hash};
use cowork_domain::outbound::OutboundRequest;
use cowork_domain::schedule::StandingApproval;
use cowork_domain::{Taint, TaskId, change_set};
use cowork_sandbox::Finished;
use cowork_store::MadeFile;
use serde::{Deserialize, Serialize};

/// What a call gave. With a held change set it is kept in the database, so that an answer may come at any time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Outcome {
    pub(super) status: CallStatus,
    /// What the model reads.
    pub(super) text: String,
    pub(super) effects: Vec<HostEffect>,
    /// What the call used.
    #[serde(default)]
    pub(super) usage: Option<Usage>,
    /// The powers by which it ran. Under others it runs again.
    #[serde(default)]
    pub(super) powers: Option<Hash>,
    /// What of strangers came to it.
    #[serde(default)]
    pub(super) taint: Option<Taint>,
    /// A request that it would send and that a person is to be asked about: then it did nothing else.
    #[serde(default)]
    pub(super) request: Option<OutboundRequest>,
    /// What let its changes pass without a question. A call that waits for a person has none.
    #[serde(skip)]
    pub(super) standing: Vec<StandingApproval>,
    /// What it would do to files. Kept beside.
    #[serde(skip)]
    pub(super) changes: Changes,
}

impl Outcome {
    pub(super) fn not_done(status: CallStatus, text: String) -> Self {
        Self {
            status,
            text,
            effects: Vec::new(),
            usage: None,
            powers: None,
            taint: None,
            request: None,
            standing: Vec::new(),
            changes: Changes::default(),
        }
    }

    pub(super) fn done(finished: Finished, text: String) -> Self {
        Self {
            status: CallStatus::Completed,
            text,
            effects: finished.effects,
            usage: None,
            powers: None,
            taint: None,
            request: None,
            standing: Vec::new(),
            changes: finished.changes,
        }
    }

    /// It waits for an answer about a request. Nothing of it stays: it runs again with the answer.
    pub(super) fn asks(request: OutboundRequest) -> Self {
        Self { request: Some(request), ..Self::not_done(CallStatus::Denied, String::new()) }
    }

    /// What an answer binds: the request that is asked about, or the changes.
    pub(super) fn content_hash(&self) -> Hash {
        self.request.as_ref().map_or_else(|| self.changes.set.content_hash(), |request| request.hash)
    }

    /// What its result comes from, where it comes later.
    pub(super) fn waits_for(&self) -> Option<WaitsFor> {
        self.effects.iter().find_map(HostEffect::waits_for)
    }

    /// Whether it changes anything at all.
    pub(super) fn is_empty(&self) -> bool {
        self.effects.is_empty() && self.changes.steps.is_empty()
    }

    /// Says of each change whether it is of content that the task made itself.
    pub(super) async fn mark_own(&mut self, core: &Core, task: TaskId) -> Result<()> {
        let mut changes = std::mem::take(&mut self.changes.set).into_changes();
        for change in &mut changes {
            if let Some(identity) = self.changes.origins.get(&change.path) {
                change.own = core.store.is_made_by(task, made_file(identity)).await?;
            }
        }
        self.changes.set = ChangeSet::new(changes);
        Ok(())
    }

    /// The files whose content is the task's own from now on: what it made, and what it made of its own.
    pub(super) fn made_files(&self) -> impl Iterator<Item = MadeFile> {
        let own = |change: &&change_set::Change| change.own || change.kind == ChangeKind::Created;
        let changes = self.changes.set.changes().iter().filter(own);
        changes.filter_map(|change| self.changes.made.get(&change.path)).map(made_file)
    }
}

fn made_file(identity: &cowork_coworkspaces::staged::Identity) -> MadeFile {
    MadeFile { dev: identity.dev, ino: identity.ino, size: identity.size, modified: identity.modified }
}
