//! What a person allows the tasks of a schedule to do while nobody is there to be asked.

use crate::{Error, Orchestrator, Result};
use cowork_domain::policy::AllowedKind;
use cowork_domain::schedule::{STANDING_DAYS, StandingApproval, check_standing};
use cowork_domain::{ScheduleId, StandingApprovalId};

/// The longest time for which something is allowed, in days.
const MAX_DAYS: u32 = 366;
/// What one schedule holds at most.
const MAX_STANDING: usize = 100;
/// Who gives by an API that has no authentication yet, and is this machine's alone.
const GIVER: &str = "local";

/// What a person wants to allow.
#[derive(Debug, Clone)]
pub struct NewStandingApproval {
    /// What.
    pub kind: AllowedKind,
    /// For how many days. None: [`STANDING_DAYS`].
    pub days: Option<u32>,
}

impl Orchestrator {
    /// Allows the tasks of a schedule a kind of changes without a question. It counts at once, for tasks at work too.
    pub async fn give_standing_approval(
        &self,
        schedule: ScheduleId,
        new: NewStandingApproval,
    ) -> Result<StandingApproval> {
        let before = self.schedule(schedule).await?.standing_approvals;
        let mut given = self.check_standing(schedule, &[new])?;
        if before.len() >= MAX_STANDING {
            let problem = format!("are {MAX_STANDING} already; make a new schedule");
            return Err(Error::Invalid { field: "standing_approvals", problem });
        }
        let given = given.pop().ok_or(Error::NoSchedule(schedule))?;
        let mut unit = self.core.store.begin().await?;
        unit.schedule(schedule).await?.ok_or(Error::NoSchedule(schedule))?;
        unit.insert_standing_approval(&given).await?;
        unit.commit().await?;
        Ok(given)
    }

    /// Takes it back. What was done by it stays done; calls that are not final yet are judged again.
    pub async fn revoke_standing_approval(&self, schedule: ScheduleId, id: StandingApprovalId) -> Result<()> {
        let mut unit = self.core.store.begin().await?;
        if !unit.revoke_standing_approval(schedule, id, self.core.clock.now()).await? {
            return Err(Error::NoStandingApproval(id));
        }
        Ok(unit.commit().await?)
    }

    pub(crate) fn check_standing(
        &self,
        schedule_id: ScheduleId,
        all: &[NewStandingApproval],
    ) -> Result<Vec<StandingApproval>> {
        let given_at = self.core.clock.now();
        let check = |new: &NewStandingApproval| {
            check_standing(&new.kind)?;
            let days = new.days.unwrap_or(STANDING_DAYS);
            if self.core.tools.find(&new.kind.tool).is_err() {
                let problem = format!("{:?} is none of the tools here", new.kind.tool);
                return Err(Error::Invalid { field: "tool", problem });
            }
            if days == 0 || days > MAX_DAYS {
                let problem = format!("are {days}; allowed are 1 to {MAX_DAYS}");
                return Err(Error::Invalid { field: "days", problem });
            }
            Ok(StandingApproval {
                id: StandingApprovalId::new(),
                schedule_id,
                kind: new.kind.clone(),
                given_by: GIVER.to_owned(),
                given_at,
                expires_at: given_at + chrono::Duration::days(days.into()),
                revoked_at: None,
            })
        };
        if all.len() > MAX_STANDING {
            let problem = format!("are {}; allowed are {MAX_STANDING}", all.len());
            return Err(Error::Invalid { field: "standing_approvals", problem });
        }
        all.iter().map(check).collect()
    }
}
