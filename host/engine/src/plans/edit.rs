//! What people do with plans.

use super::{put_in_force, set_plan};
use crate::{Error, Orchestrator, Result};
use cowork_domain::plan_version::{PlanAuthor, PlanStatus, PlanVersion};
use cowork_domain::{Plan, Task, TaskId, TaskState};

impl Orchestrator {
    /// The plan of a task.
    pub async fn plan(&self, id: TaskId) -> Result<Plan> {
        self.core.task(id).await?;
        self.core.store.plan(id).await?.ok_or(Error::NoPlan)
    }

    /// All versions of a task's plan, oldest first, with those that were only proposed.
    pub async fn plan_versions(&self, id: TaskId) -> Result<Vec<PlanVersion>> {
        self.core.task(id).await?;
        Ok(self.core.store.plan_versions(id).await?)
    }

    /// One version of a task's plan.
    pub async fn plan_version(&self, id: TaskId, version: u32) -> Result<PlanVersion> {
        self.core.task(id).await?;
        self.core.store.plan_version(id, version).await?.ok_or(Error::NoPlanVersion(version))
    }

    /// What one version of a task's plan changes in another, as a unified diff; empty where that is nothing.
    pub async fn plan_diff(&self, id: TaskId, from: u32, to: u32) -> Result<String> {
        let plan = async |version| {
            let found = self.plan_version(id, version).await?;
            found.plan.ok_or(Error::NoPlanVersion(version))
        };
        Ok(plan(from).await?.diff_to(&plan(to).await?))
    }

    /// Puts a plan in force that a person wrote. Once agents are at work, what has begun must stay as it is.
    pub async fn edit_plan(&self, id: TaskId, plan: Plan) -> Result<Task> {
        let task = set_plan(&self.core, id, &plan, PlanAuthor::Person, TaskState::edit_plan).await?;
        self.go_on(&task);
        Ok(task)
    }

    /// Puts a plan in force that was proposed.
    pub async fn approve_plan(&self, id: TaskId, version: u32) -> Result<Task> {
        let mut unit = self.core.store.begin().await?;
        let task = self.core.change_state_in(&mut unit, id, TaskState::edit_plan).await?;
        let proposed = unit.plan_version(id, version).await?.ok_or(Error::NoPlanVersion(version))?;
        let (PlanStatus::Proposed, Some(plan)) = (proposed.status, &proposed.plan) else {
            return Err(Error::NotProposed { version, status: proposed.status.name() });
        };
        let now = self.core.clock.now();
        unit.decide_plan_version(id, version, PlanStatus::Accepted, None, now).await?;
        put_in_force(&self.core, &mut unit, &task, plan, version).await?;
        self.core.commit(unit, id).await?;
        self.go_on(&task);
        Ok(task)
    }

    /// Another plan may have phases that wait for nothing, where all agents wait.
    fn go_on(&self, task: &Task) {
        if matches!(task.state, TaskState::Running | TaskState::Waiting) {
            self.wake(task.id);
        }
    }

    /// Drops a plan that was proposed, or is being written.
    pub async fn drop_plan(&self, id: TaskId, version: u32) -> Result<PlanVersion> {
        let mut unit = self.core.store.begin().await?;
        let proposed = unit.plan_version(id, version).await?.ok_or(Error::NoPlanVersion(version))?;
        if !matches!(proposed.status, PlanStatus::Writing | PlanStatus::Proposed) {
            return Err(Error::NotProposed { version, status: proposed.status.name() });
        }
        let now = self.core.clock.now();
        unit.decide_plan_version(id, version, PlanStatus::Dropped, None, now).await?;
        self.core.commit(unit, id).await?;
        self.plan_version(id, version).await
    }
}
