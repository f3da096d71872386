//! Plans and their versions.

use super::Client;
use cowork_domain::plan_version::PlanVersion;
use cowork_domain::preflight::Preflight;
use cowork_domain::{Plan, Task, TaskId};
use reqwest::Method;
use serde_json::{Value, json};

impl Client {
    pub(crate) async fn edit_plan(&self, id: TaskId, plan: &Plan) -> anyhow::Result<Task> {
        super::read(self.send(self.request(Method::PUT, &path(id, "")).json(plan)).await?).await
    }

    pub(crate) async fn preflight(&self, id: TaskId) -> anyhow::Result<Preflight> {
        self.get(&path(id, "/preflight")).await
    }

    pub(crate) async fn plan_versions(&self, id: TaskId) -> anyhow::Result<Vec<PlanVersion>> {
        self.get(&path(id, "/versions")).await
    }

    pub(crate) async fn plan_version(&self, id: TaskId, version: u32) -> anyhow::Result<PlanVersion> {
        self.get(&path(id, &format!("/versions/{version}"))).await
    }

    pub(crate) async fn plan_diff(&self, id: TaskId, from: u32, to: u32) -> anyhow::Result<String> {
        let answer: Value = self.get(&path(id, &format!("/diff?from={from}&to={to}"))).await?;
        Ok(answer["diff"].as_str().unwrap_or_default().to_owned())
    }

    pub(crate) async fn revise_plan(&self, id: TaskId, words: &str) -> anyhow::Result<PlanVersion> {
        self.post(&path(id, "/revise"), &json!({ "words": words })).await
    }

    pub(crate) async fn approve_plan(&self, id: TaskId, version: u32) -> anyhow::Result<Task> {
        self.post(&path(id, &format!("/versions/{version}/approve")), &json!({})).await
    }

    pub(crate) async fn drop_plan(&self, id: TaskId, version: u32) -> anyhow::Result<PlanVersion> {
        self.post(&path(id, &format!("/versions/{version}/drop")), &json!({})).await
    }
}

fn path(id: TaskId, rest: &str) -> String {
    format!("/api/cowork/tasks/{id}/plan{rest}")
}
