//! Firings: each is dealt with once, in the transaction that makes its task, whoever deals with it and how often ever.

use crate::orchestrator::NewTask;
use crate::{Error, Orchestrator, Result};
use cowork_coworkspaces::reached;
use cowork_domain::event::EventKind;
use cowork_domain::schedule::{Fire, FireId, FireStatus, FiredBy, MAX_RUNS, OverlapPolicy, Schedule};
use cowork_domain::{ScheduleId, TaskId, Timestamp};
use cowork_store::Unit;

impl Orchestrator {
    /// Deals with everything whose time has come, and gives the tasks that began. What cannot be dealt with is logged and
    /// comes again; it holds up no other schedule.
    pub async fn fire_due(&self) -> Result<Vec<TaskId>> {
        let mut begun = Vec::new();
        for id in self.core.store.due_schedules(self.core.clock.now()).await? {
            match self.fire(id).await {
                Ok(tasks) => begun.extend(tasks),
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(schedule.id = %id, error, "the schedule is to fire and does not");
                }
            }
        }
        Ok(begun)
    }

    /// Fires a schedule now, because a person wants it, paused or not.
    pub async fn trigger_schedule(&self, id: ScheduleId) -> Result<Fire> {
        let now = self.core.clock.now();
        let mut unit = self.core.store.begin().await?;
        let schedule = unit.schedule(id).await?.ok_or(Error::NoSchedule(id))?;
        let begun = self.deal_with(&mut unit, &schedule, now, FiredBy::Person).await?;
        let fire = unit.fire(&FireId::new(id, now, FiredBy::Person)).await?.ok_or(Error::NoSchedule(id))?;
        if fire.status == FireStatus::Skipped {
            return Err(Error::ScheduleBusy);
        }
        self.commit_fires(unit, begun.into_iter().collect()).await?;
        Ok(fire)
    }

    async fn fire(&self, id: ScheduleId) -> Result<Vec<TaskId>> {
        let now = self.core.clock.now();
        let mut unit = self.core.store.begin().await?;
        // Somebody else may have been quicker.
        let Some(mut schedule) = unit.schedule(id).await?.filter(|schedule| schedule.paused_at.is_none())
        else {
            return Ok(Vec::new());
        };
        let mut begun = self.start_queued(&mut unit, &schedule).await?;
        if let Some(next) = schedule.next_at.filter(|next| *next <= now) {
            let due = schedule.timing.due(schedule.missed, next, now);
            if let Some(missed) = due.missed {
                let since = (missed.first < missed.last).then_some(missed.first);
                let fire = self.fire_of(&schedule, missed.last, FiredBy::Clock, FireStatus::Missed);
                unit.insert_fire(&Fire { since, ..fire }).await?;
            }
            for at in due.runs {
                begun.extend(self.deal_with(&mut unit, &schedule, at, FiredBy::Clock).await?);
            }
            schedule.next_at = schedule.timing.next_after(now);
            unit.put_schedule(&schedule).await?;
        }
        self.commit_fires(unit, begun).await
    }

    async fn commit_fires(&self, unit: Unit, begun: Vec<TaskId>) -> Result<Vec<TaskId>> {
        reached("firing");
        unit.commit().await?;
        reached("fired");
        for task in &begun {
            self.spawn_planning(*task);
        }
        Ok(begun)
    }

    /// Writes down what becomes of a firing, with its task, if it is to have one now.
    async fn deal_with(
        &self,
        unit: &mut Unit,
        schedule: &Schedule,
        at: Timestamp,
        by: FiredBy,
    ) -> Result<Option<TaskId>> {
        let status = next_status(unit, schedule).await?;
        let fire = self.fire_of(schedule, at, by, status);
        if !unit.insert_fire(&fire).await? || status != FireStatus::Started {
            return Ok(None);
        }
        Ok(Some(self.begin_task(unit, schedule, &fire).await?))
    }

    /// The first of those that wait begins, when nothing is in its way any more.
    async fn start_queued(&self, unit: &mut Unit, schedule: &Schedule) -> Result<Vec<TaskId>> {
        let mut begun = Vec::new();
        for fire in unit.queued_fires(schedule.id).await? {
            if schedule.overlap != OverlapPolicy::Allow
                && !unit.open_tasks_of_schedule(schedule.id).await?.is_empty()
            {
                break;
            }
            begun.push(self.begin_task(unit, schedule, &fire).await?);
        }
        Ok(begun)
    }

    async fn begin_task(&self, unit: &mut Unit, schedule: &Schedule, fire: &Fire) -> Result<TaskId> {
        let template = schedule.task.clone();
        let new = NewTask {
            outcome: template.outcome,
            coworkspace_slug: template.coworkspace_slug,
            permission_mode: template.permission_mode,
            auto_approve_plan: template.auto_approve_plan,
            priority: 0,
            limits: template.limits,
            budget: template.budget,
        };
        let task = self.insert_task(unit, new).await?;
        unit.start_fire(&fire.id, task.id).await?;
        let (schedule_id, scheduled_at) = (schedule.id, fire.scheduled_at);
        let event = EventKind::Scheduled { schedule_id, fire_id: fire.id.clone(), scheduled_at };
        unit.insert_event(task.id, &event, self.core.clock.now()).await?;
        Ok(task.id)
    }

    fn fire_of(&self, schedule: &Schedule, at: Timestamp, fired_by: FiredBy, status: FireStatus) -> Fire {
        Fire {
            id: FireId::new(schedule.id, at, fired_by),
            schedule_id: schedule.id,
            scheduled_at: at,
            since: None,
            fired_by,
            status,
            task_id: None,
            created_at: self.core.clock.now(),
        }
    }
}

/// What becomes of a firing now, by what is still at work and waits.
async fn next_status(unit: &mut Unit, schedule: &Schedule) -> Result<FireStatus> {
    let waiting = unit.queued_fires(schedule.id).await?.len();
    let is_free = waiting == 0 && unit.open_tasks_of_schedule(schedule.id).await?.is_empty();
    Ok(match schedule.overlap {
        OverlapPolicy::Allow => FireStatus::Started,
        _ if is_free => FireStatus::Started,
        OverlapPolicy::Queue if waiting < MAX_RUNS => FireStatus::Queued,
        OverlapPolicy::Queue | OverlapPolicy::Skip => FireStatus::Skipped,
    })
}
