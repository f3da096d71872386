//! What a person allows the tasks of a schedule to do while nobody is there to be asked.

use crate::change_set::Change;
use crate::policy::{AllowedKind, Effect};
use crate::{CoworkspacePath, ScheduleId, StandingApprovalId, Timestamp};
use serde::{Deserialize, Serialize};

/// How long one counts, in days, where a person does not say.
pub const STANDING_DAYS: u32 = 90;

/// A kind of changes that a person allows all tasks of one schedule, for a time. Never a deletion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingApproval {
    /// Its identifier.
    pub id: StandingApprovalId,
    /// The schedule whose tasks it counts for.
    pub schedule_id: ScheduleId,
    /// What is allowed.
    #[serde(flatten)]
    pub kind: AllowedKind,
    /// Who gave it.
    pub given_by: String,
    /// When.
    pub given_at: Timestamp,
    /// From then on it does not count.
    pub expires_at: Timestamp,
    /// When it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
}

/// Why a kind cannot be allowed for good.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unstandable {
    /// It holds an effect that is not for this.
    #[error(
        "{0:?} cannot be allowed for good: only create, modify and modify_own can; a deletion is always asked about, and so is a request that changes something"
    )]
    Effect(Effect),
    /// It allows nothing.
    #[error("no effect is named: create, modify or modify_own")]
    Nothing,
    /// The folder is none.
    #[error(
        "{0:?} is no folder of the coworkspace: it ends with a slash, as files/reports/; empty is all of it"
    )]
    Folder(String),
}

/// Whether a kind can be allowed for good.
pub fn check_standing(kind: &AllowedKind) -> Result<(), Unstandable> {
    let is_for_this = |effect: &Effect| matches!(effect, Effect::Create | Effect::Modify | Effect::ModifyOwn);
    if let Some(other) = kind.effects.iter().find(|effect| !is_for_this(effect)) {
        return Err(Unstandable::Effect(*other));
    }
    if kind.effects.is_empty() {
        return Err(Unstandable::Nothing);
    }
    let is_folder = |folder: &str| folder.parse::<CoworkspacePath>().is_ok();
    if !kind.folder.is_empty() && !kind.folder.strip_suffix('/').is_some_and(is_folder) {
        return Err(Unstandable::Folder(kind.folder.chars().take(200).collect()));
    }
    Ok(())
}

impl StandingApproval {
    /// Whether it counts at a time.
    pub fn counts_at(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.given_at <= now && now < self.expires_at
    }

    /// Whether it lets a tool make a change without a question at a time.
    pub fn covers(&self, tool: &str, effect: Effect, change: &Change, now: Timestamp) -> bool {
        // Whatever a row says: what cannot be allowed for good is not.
        self.counts_at(now) && check_standing(&self.kind).is_ok() && self.kind.covers(tool, effect, change)
    }
}

#[cfg(test)]
#[path = "standing_tests.rs"]
mod tests;
