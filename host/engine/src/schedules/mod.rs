//! Outcomes that are taken on again and again: made, changed and looked at by people.

mod dry_run;
mod fire;
mod runner;
mod standing;

pub use standing::NewStandingApproval;

use crate::orchestrator::check_outcome;
use crate::{Error, Orchestrator, Result};
use cowork_domain::schedule::{
    Fire, MissedPolicy, OverlapPolicy, Schedule, ScheduleView, TaskTemplate, Timing,
};
use cowork_domain::{PermissionMode, ScheduleId, Slug};

/// How many firings to come are shown.
const SHOWN_FIRINGS: usize = 5;

/// What a person wants taken on again and again.
#[derive(Debug, Clone)]
pub struct NewSchedule {
    /// What.
    pub task: TaskTemplate,
    /// When.
    pub timing: Timing,
    /// What becomes of firings that nobody was there for.
    pub missed: MissedPolicy,
    /// What becomes of a firing while an earlier one's task is not over.
    pub overlap: OverlapPolicy,
    /// What its tasks may do without asking.
    pub standing: Vec<NewStandingApproval>,
}

/// What a person changes of a schedule. None: it stays as it is.
#[derive(Debug, Clone, Default)]
pub struct ScheduleChange {
    /// What is wanted.
    pub outcome: Option<String>,
    /// When a person is asked.
    pub permission_mode: Option<PermissionMode>,
    /// Start without a review of the plan.
    pub auto_approve_plan: Option<bool>,
    /// The five fields.
    pub cron: Option<String>,
    /// The place whose clock counts.
    pub time_zone: Option<String>,
    /// What becomes of firings that nobody was there for.
    pub missed: Option<MissedPolicy>,
    /// What becomes of a firing while an earlier one's task is not over.
    pub overlap: Option<OverlapPolicy>,
}

impl Orchestrator {
    /// Makes a schedule. It fires for the first time at the first time after now.
    pub async fn create_schedule(&self, new: NewSchedule) -> Result<ScheduleView> {
        let now = self.core.clock.now();
        self.coworkspace(&new.task.coworkspace_slug).await?;
        self.core.check_prices(&new.task.budget)?;
        let schedule = Schedule {
            id: ScheduleId::new(),
            task: TaskTemplate { outcome: check_outcome(&new.task.outcome)?, ..new.task },
            next_at: new.timing.next_after(now),
            timing: new.timing,
            missed: new.missed,
            overlap: new.overlap,
            paused_at: None,
            created_at: now,
            updated_at: now,
        };
        check_policies(&schedule)?;
        let given = self.check_standing(schedule.id, &new.standing)?;
        let mut unit = self.core.store.begin().await?;
        unit.put_schedule(&schedule).await?;
        for given in &given {
            unit.insert_standing_approval(given).await?;
        }
        unit.commit().await?;
        self.core.schedules.notify_one();
        self.view(schedule).await
    }

    /// All schedules, or those of one coworkspace.
    pub async fn schedules(&self, slug: Option<&Slug>) -> Result<Vec<ScheduleView>> {
        let mut views = Vec::new();
        for schedule in self.core.store.schedules(slug).await? {
            views.push(self.view(schedule).await?);
        }
        Ok(views)
    }

    /// A schedule by its id.
    pub async fn schedule(&self, id: ScheduleId) -> Result<ScheduleView> {
        let schedule = self.core.store.schedule(id).await?.ok_or(Error::NoSchedule(id))?;
        self.view(schedule).await
    }

    /// Changes a schedule. It counts for firings from now on.
    pub async fn change_schedule(&self, id: ScheduleId, change: ScheduleChange) -> Result<ScheduleView> {
        let outcome = change.outcome.as_deref().map(check_outcome).transpose()?;
        self.edit_schedule(id, |schedule| {
            let (task, timing) = (&mut schedule.task, &schedule.timing);
            task.outcome = outcome.unwrap_or_else(|| task.outcome.clone());
            task.permission_mode = change.permission_mode.unwrap_or(task.permission_mode);
            task.auto_approve_plan = change.auto_approve_plan.unwrap_or(task.auto_approve_plan);
            schedule.missed = change.missed.unwrap_or(schedule.missed);
            schedule.overlap = change.overlap.unwrap_or(schedule.overlap);
            if change.cron.is_some() || change.time_zone.is_some() {
                let cron = change.cron.as_deref().unwrap_or(timing.cron());
                let time_zone = change.time_zone.as_deref().unwrap_or(timing.time_zone());
                schedule.timing = Timing::new(cron, time_zone)?;
                schedule.next_at = schedule.timing.next_after(self.core.clock.now());
            }
            check_policies(schedule)
        })
        .await
    }

    /// Takes a schedule away. Its tasks stay, and ask again about what it had allowed them.
    pub async fn delete_schedule(&self, id: ScheduleId) -> Result<()> {
        let mut unit = self.core.store.begin().await?;
        if !unit.delete_schedule(id).await? {
            return Err(Error::NoSchedule(id));
        }
        Ok(unit.commit().await?)
    }

    /// Stops a schedule from firing. What waits in its queue waits on.
    pub async fn pause_schedule(&self, id: ScheduleId) -> Result<ScheduleView> {
        let now = self.core.clock.now();
        self.edit_schedule(id, |schedule| {
            schedule.paused_at.get_or_insert(now);
            Ok(())
        })
        .await
    }

    /// Lets it fire again, from the next time on: what came in between was not missed.
    pub async fn resume_schedule(&self, id: ScheduleId) -> Result<ScheduleView> {
        let now = self.core.clock.now();
        self.edit_schedule(id, |schedule| {
            if schedule.paused_at.take().is_some() {
                schedule.next_at = schedule.timing.next_after(now);
            }
            Ok(())
        })
        .await
    }

    /// What became of its latest firings, newest first.
    pub async fn fires(&self, id: ScheduleId, limit: u32) -> Result<Vec<Fire>> {
        self.schedule(id).await?;
        Ok(self.core.store.fires(id, limit).await?)
    }

    pub(crate) async fn view(&self, schedule: Schedule) -> Result<ScheduleView> {
        let (store, now) = (&self.core.store, self.core.clock.now());
        let number = if schedule.paused_at.is_some() { 0 } else { SHOWN_FIRINGS };
        Ok(ScheduleView {
            next_firings: schedule.timing.upcoming(now, number),
            standing_approvals: store.standing_approvals(schedule.id).await?,
            open_tasks: store.open_tasks_of_schedule(schedule.id).await?,
            schedule,
        })
    }

    async fn edit_schedule(
        &self,
        id: ScheduleId,
        edit: impl FnOnce(&mut Schedule) -> Result<()>,
    ) -> Result<ScheduleView> {
        let mut unit = self.core.store.begin().await?;
        let mut schedule = unit.schedule(id).await?.ok_or(Error::NoSchedule(id))?;
        edit(&mut schedule)?;
        schedule.updated_at = self.core.clock.now();
        unit.put_schedule(&schedule).await?;
        unit.commit().await?;
        self.core.schedules.notify_one();
        self.view(schedule).await
    }
}

/// Catching up with each of many firings is worth nothing if each but the first is in the way of the one before.
fn check_policies(schedule: &Schedule) -> Result<()> {
    if (schedule.missed, schedule.overlap) == (MissedPolicy::RunAll, OverlapPolicy::Skip) {
        let problem = "run_all goes with overlap queue or allow: with skip all but one would be left out";
        return Err(Error::Invalid { field: "missed", problem: problem.to_owned() });
    }
    Ok(())
}
