//! What a person approved of a call, where it is not all.

use super::AgentLoop;
use super::calls::Calls;
use super::outcome::Outcome;
use crate::Result;
use crate::blocking::blocking;
use cowork_coworkspaces::{Changes, drop_left_out};
use cowork_domain::call::{Call, HostEffect};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Paths that the model is told by name.
const NAMED: usize = 20;

impl AgentLoop {
    /// Narrows what a call gave to these paths. The model is told what was left out.
    pub(super) async fn narrow(
        &self,
        call: &Call,
        i: usize,
        paths: &BTreeSet<String>,
        calls: &mut Calls,
    ) -> Result<()> {
        let Some(outcome) = calls.outcomes.get_mut(&i) else { return Ok(()) };
        let part = outcome.changes.part(paths)?;
        let left_out = left_out(&outcome.changes, &part);
        narrow(outcome, part, &left_out);
        let (folder, id, changes) = (Arc::clone(&self.folder), call.id, outcome.changes.clone());
        Ok(blocking(move || drop_left_out(&folder, id, &changes)).await??)
    }
}

fn left_out(whole: &Changes, part: &Changes) -> Vec<String> {
    let is_in = |path: &str| part.set.changes().iter().any(|change| change.path == path);
    let all = whole.set.changes().iter().map(|change| change.path.clone());
    all.filter(|path| !is_in(path)).collect()
}

fn narrow(outcome: &mut Outcome, part: Changes, left_out: &[String]) {
    outcome.changes = part;
    // What is not there cannot be handed over.
    outcome.effects.retain(|effect| match effect {
        HostEffect::Deliver { path, .. } => !left_out.iter().any(|left| left == path.as_str()),
        HostEffect::UpdateSubtask { .. }
        | HostEffect::AskPerson { .. }
        | HostEffect::Spawn { .. }
        | HostEffect::Send { .. }
        | HostEffect::Receive { .. }
        | HostEffect::OfferTools { .. } => true,
    });
    if left_out.is_empty() {
        return;
    }
    let named = left_out.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = left_out.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let said = "The person approved a part of this call. Left out, and as they were before";
    outcome.text = format!("{}\n[{said}: {named}{more}.]", outcome.text);
}
