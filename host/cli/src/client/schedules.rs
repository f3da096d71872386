use super::Client;
use cowork_domain::schedule::{DryRun, Fire, ScheduleView, StandingApproval};
use cowork_domain::{ScheduleId, StandingApprovalId, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};

impl Client {
    pub(crate) async fn create_schedule(&self, body: &Value) -> anyhow::Result<ScheduleView> {
        self.post("/api/cowork/schedules", body).await
    }

    pub(crate) async fn schedules(&self) -> anyhow::Result<Vec<ScheduleView>> {
        self.get("/api/cowork/schedules").await
    }

    pub(crate) async fn schedule(&self, id: ScheduleId) -> anyhow::Result<ScheduleView> {
        self.get(&path(id, "")).await
    }

    pub(crate) async fn change_schedule(
        &self,
        id: ScheduleId,
        change: &Value,
    ) -> anyhow::Result<ScheduleView> {
        super::read(self.send(self.request(Method::PATCH, &path(id, "")).json(change)).await?).await
    }

    pub(crate) async fn delete_schedule(&self, id: ScheduleId) -> anyhow::Result<()> {
        self.send(self.request(Method::DELETE, &path(id, ""))).await.map(drop)
    }

    /// `pause` or `resume`.
    pub(crate) async fn steer_schedule(&self, id: ScheduleId, action: &str) -> anyhow::Result<ScheduleView> {
        self.post(&path(id, &format!("/{action}")), &json!({})).await
    }

    pub(crate) async fn trigger_schedule(&self, id: ScheduleId) -> anyhow::Result<Fire> {
        self.post(&path(id, "/trigger"), &json!({})).await
    }

    pub(crate) async fn dry_run_schedule(
        &self,
        id: ScheduleId,
        at: Option<Timestamp>,
    ) -> anyhow::Result<DryRun> {
        let at = at.map(|at| ("at", at.to_rfc3339()));
        let request = self.request(Method::GET, &path(id, "/dry-run")).query(at.as_slice());
        super::read(self.send(request).await?).await
    }

    pub(crate) async fn fires(&self, id: ScheduleId) -> anyhow::Result<Vec<Fire>> {
        self.get(&path(id, "/fires")).await
    }

    pub(crate) async fn allow(&self, id: ScheduleId, body: &Value) -> anyhow::Result<StandingApproval> {
        self.post(&path(id, "/approvals"), body).await
    }

    pub(crate) async fn disallow(&self, id: ScheduleId, approval: StandingApprovalId) -> anyhow::Result<()> {
        let request = self.request(Method::DELETE, &path(id, &format!("/approvals/{approval}")));
        self.send(request).await.map(drop)
    }
}

fn path(id: ScheduleId, rest: &str) -> String {
    format!("/api/cowork/schedules/{id}{rest}")
}
