//! What a person has allowed all tasks of a schedule: it lets changes pass, and is written down where it did.

use super::AgentLoop;
use super::outcome::Outcome;
use crate::Result;
use cowork_domain::call::Call;
use cowork_domain::change_set::ChangeSet;
use cowork_domain::event::EventKind;
use cowork_domain::policy::effect_of;
use cowork_domain::schedule::StandingApproval;
use cowork_store::Unit;

impl AgentLoop {
    /// Those that count now for a change of this call.
    pub(super) async fn standing(&self, call: &Call, set: &ChangeSet) -> Result<Vec<StandingApproval>> {
        let now = self.core.clock.now();
        let mut given = self.core.store.standing_approvals_for(self.task.id).await?;
        given.retain(|given| {
            set.changes().iter().any(|change| given.covers(&call.tool, effect_of(change), change, now))
        });
        Ok(given)
    }

    /// Whether one of them does not count any more.
    pub(super) async fn has_ended(&self, used: &[StandingApproval]) -> Result<bool> {
        if used.is_empty() {
            return Ok(false);
        }
        let now = self.core.clock.now();
        let given = self.core.store.standing_approvals_for(self.task.id).await?;
        let counts =
            |used: &StandingApproval| given.iter().any(|given| given.id == used.id && given.counts_at(now));
        Ok(!used.iter().all(counts))
    }

    /// Tells that they decided, with the call's result.
    pub(super) async fn record_standing(
        &self,
        unit: &mut Unit,
        call: &Call,
        outcome: &Outcome,
    ) -> Result<()> {
        for given in &outcome.standing {
            let event = EventKind::StandingApprovalUsed {
                call_id: call.id,
                tool: call.tool.clone(),
                approval_id: given.id,
                allows: given.kind.to_string(),
            };
            unit.insert_event(self.task.id, &event, self.core.clock.now()).await?;
        }
        Ok(())
    }
}
