//! Talks to a host's API.

mod plans;
mod schedules;
mod steer;

use anyhow::Context as _;
use clap::Args;
use cowork_domain::agent::Agent;
use cowork_domain::agent_message::AgentMessage;
use cowork_domain::approval::{Approval, Decision};
use cowork_domain::budget::{ModelRequest, TaskBudget};
use cowork_domain::capability::{GrantEntry, GrantEvent, Powers};
use cowork_domain::change_set::{CallChanges, UndoReport};
use cowork_domain::coworkspace::{Coworkspace, Entry};
use cowork_domain::event::Event;
use cowork_domain::memory::{FoundMemory, Memory};
use cowork_domain::progress::TaskProgress;
use cowork_domain::{ApprovalId, Plan, Task, TaskId, Timestamp};
use eventsource_stream::Eventsource as _;
use futures::{Stream, StreamExt as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Method, RequestBuilder, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// What stays as it is in a path.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_').remove(b'~');

#[derive(Args, Clone)]
pub(crate) struct ServerOptions {
    /// The host to talk to.
    #[arg(long, env = "COWORK_URL", default_value = "http://127.0.0.1:7420")]
    url: String,
}

impl ServerOptions {
    pub(crate) fn client(&self) -> anyhow::Result<Client> {
        Client::new(&self.url)
    }
}

/// A host's API.
#[derive(Clone)]
pub(crate) struct Client {
    url: String,
    http: reqwest::Client,
}

/// What the host answered instead of doing what it was asked.
#[derive(Debug, Deserialize, thiserror::Error)]
#[error("{detail}")]
pub(crate) struct ApiProblem {
    code: String,
    detail: String,
    pub(crate) hint: Option<String>,
}

impl ApiProblem {
    /// Somebody else was quicker.
    pub(crate) fn is_answered_elsewhere(error: &anyhow::Error) -> bool {
        let code = error.downcast_ref::<Self>().map(|problem| problem.code.as_str());
        matches!(code, Some("wrong_state" | "no_such_approval"))
    }
}

/// Nobody answers there.
#[derive(Debug, thiserror::Error)]
#[error("no host answers at {url}")]
pub(crate) struct NoServer {
    url: String,
    #[source]
    source: reqwest::Error,
}

impl NoServer {
    pub(crate) fn hint(&self) -> &'static str {
        "start one with `cowork serve`, or name another with --url"
    }
}

#[derive(Deserialize)]
pub(crate) struct Listing {
    pub(crate) entries: Vec<Entry>,
    pub(crate) truncated: bool,
}

impl Client {
    pub(crate) fn new(url: &str) -> anyhow::Result<Self> {
        // A proxy has no business between a program and its own machine.
        let http = reqwest::Client::builder().no_proxy().build().context("cannot set up HTTP")?;
        Ok(Self { url: url.trim_end_matches('/').to_owned(), http })
    }

    pub(crate) async fn create_coworkspace(&self, body: &Value) -> anyhow::Result<Coworkspace> {
        self.post("/api/coworkspaces", body).await
    }

    pub(crate) async fn coworkspaces(&self) -> anyhow::Result<Vec<Coworkspace>> {
        self.get("/api/coworkspaces").await
    }

    pub(crate) async fn files(&self, slug: &str, path: &str, recursive: bool) -> anyhow::Result<Listing> {
        self.get(&format!("{}?recursive={recursive}", file_path(slug, path))).await
    }

    pub(crate) async fn upload(
        &self,
        slug: &str,
        path: &str,
        content: Vec<u8>,
        modified: Option<Timestamp>,
    ) -> anyhow::Result<()> {
        let mut request = self.request(Method::PUT, &file_path(slug, path)).body(content);
        if let Some(modified) = modified {
            request = request.header("last-modified", modified.to_rfc2822());
        }
        self.send(request).await.map(drop)
    }

    pub(crate) async fn download(&self, slug: &str, path: &str) -> anyhow::Result<Vec<u8>> {
        let response = self.send(self.request(Method::GET, &file_path(slug, path))).await?;
        Ok(response.bytes().await.context("the download ended early")?.to_vec())
    }

    /// What fits a query best, or without one the newest.
    pub(crate) async fn memories(
        &self,
        slug: &str,
        query: &str,
        limit: u32,
    ) -> anyhow::Result<Vec<FoundMemory>> {
        let request = self.request(Method::GET, &file_path(slug, "memory"));
        read(self.send(request.query(&[("q", query), ("limit", &limit.to_string())])).await?).await
    }

    pub(crate) async fn memory(&self, slug: &str, key: &str) -> anyhow::Result<Memory> {
        self.get(&file_path(slug, &format!("memory/{key}"))).await
    }

    pub(crate) async fn add_memory(&self, slug: &str, body: &Value) -> anyhow::Result<Memory> {
        self.post(&file_path(slug, "memory"), body).await
    }

    pub(crate) async fn forget_memory(&self, slug: &str, key: &str) -> anyhow::Result<()> {
        self.send(self.request(Method::DELETE, &file_path(slug, &format!("memory/{key}")))).await.map(drop)
    }

    pub(crate) async fn create_task(&self, body: &Value) -> anyhow::Result<Task> {
        self.post("/api/cowork/tasks", body).await
    }

    pub(crate) async fn tasks(&self) -> anyhow::Result<Vec<Task>> {
        self.get("/api/cowork/tasks").await
    }

    pub(crate) async fn plan(&self, id: &str) -> anyhow::Result<Plan> {
        self.get(&format!("/api/cowork/tasks/{id}/plan")).await
    }

    pub(crate) async fn progress(&self, id: &str) -> anyhow::Result<TaskProgress> {
        self.get(&format!("/api/cowork/tasks/{id}/progress")).await
    }

    pub(crate) async fn start(&self, id: &str) -> anyhow::Result<Task> {
        self.post(&format!("/api/cowork/tasks/{id}/start"), &json!({})).await
    }

    /// `pause`, `resume` or `cancel`.
    pub(crate) async fn steer(&self, id: &str, action: &str) -> anyhow::Result<Task> {
        self.post(&format!("/api/cowork/tasks/{id}/{action}"), &json!({})).await
    }

    pub(crate) async fn costs(&self, id: &str) -> anyhow::Result<Vec<ModelRequest>> {
        self.get(&format!("/api/cowork/tasks/{id}/costs")).await
    }

    pub(crate) async fn add_budget(&self, id: &str, more: &TaskBudget) -> anyhow::Result<TaskBudget> {
        self.post(&format!("/api/cowork/tasks/{id}/budget"), &json!(more)).await
    }

    pub(crate) async fn approvals(&self, id: &str) -> anyhow::Result<Vec<Approval>> {
        self.get(&format!("/api/cowork/tasks/{id}/approvals")).await
    }

    pub(crate) async fn answer(&self, approval: &Approval, decision: &Decision) -> anyhow::Result<()> {
        let path = format!("/api/cowork/tasks/{}/approvals/{}", approval.task_id, approval.id);
        self.send(self.request(Method::POST, &path).json(decision)).await.map(drop)
    }

    /// Answers all open questions of a task that may be answered so; how many.
    pub(crate) async fn answer_all(&self, id: TaskId, decision: &Decision) -> anyhow::Result<u64> {
        let body = serde_json::to_value(decision).context("an answer is JSON")?;
        let answered: Value = self.post(&format!("/api/cowork/tasks/{id}/approvals"), &body).await?;
        Ok(answered["answered"].as_u64().unwrap_or_default())
    }

    pub(crate) async fn agents(&self, id: TaskId) -> anyhow::Result<Vec<Agent>> {
        self.get(&format!("/api/cowork/tasks/{id}/agents")).await
    }

    pub(crate) async fn messages(&self, id: TaskId) -> anyhow::Result<Vec<AgentMessage>> {
        self.get(&format!("/api/cowork/tasks/{id}/messages")).await
    }

    pub(crate) async fn all_approvals(&self) -> anyhow::Result<Vec<Approval>> {
        self.get("/api/cowork/approvals").await
    }

    pub(crate) async fn answer_by_id(&self, id: ApprovalId, decision: &Decision) -> anyhow::Result<()> {
        let path = format!("/api/cowork/approvals/{id}");
        self.send(self.request(Method::POST, &path).json(decision)).await.map(drop)
    }

    pub(crate) async fn grants(&self) -> anyhow::Result<Vec<GrantEntry>> {
        self.get("/api/cowork/grants").await
    }

    pub(crate) async fn grant_log(&self, plugin: Option<&str>) -> anyhow::Result<Vec<GrantEvent>> {
        let request = self.request(Method::GET, "/api/cowork/grants/log");
        Ok(self
            .send(request.query(&plugin.map(|plugin| ("plugin", plugin)).as_slice()))
            .await?
            .json()
            .await?)
    }

    /// Grants, or with the `/revoke` route revokes; without powers all that are asked for, or had.
    pub(crate) async fn change_grant(
        &self,
        plugin: &str,
        route: &str,
        powers: Option<&Powers>,
    ) -> anyhow::Result<GrantEntry> {
        let body = powers.map_or(json!({}), |powers| json!({ "powers": powers }));
        self.post(&format!("/api/cowork/grants/{}{route}", encoded(plugin)), &body).await
    }

    pub(crate) async fn explain(&self, tool: &str, query: &[(&str, &str)]) -> anyhow::Result<Value> {
        let path = format!("/api/cowork/tools/{}/explain", encoded(tool));
        Ok(self.send(self.request(Method::GET, &path).query(query)).await?.json().await?)
    }

    pub(crate) async fn changes(&self, id: TaskId) -> anyhow::Result<Vec<CallChanges>> {
        self.get(&format!("/api/cowork/tasks/{id}/changes")).await
    }

    pub(crate) async fn undo(&self, id: TaskId, wish: &Value) -> anyhow::Result<UndoReport> {
        self.post(&format!("/api/cowork/tasks/{id}/undo"), wish).await
    }

    /// The events of a task after the one numbered `after`, until the task is over.
    pub(crate) async fn events(
        &self,
        id: &str,
        after: i64,
    ) -> anyhow::Result<impl Stream<Item = anyhow::Result<Event>> + Unpin + use<>> {
        let path = format!("/api/cowork/tasks/{id}/events?after={after}");
        let response = self.send(self.request(Method::GET, &path)).await?;
        let events = response.bytes_stream().eventsource();
        Ok(events
            .map(|event| Ok(serde_json::from_str(&event.context("the event stream was cut")?.data)?))
            .boxed())
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        read(self.send(self.request(Method::GET, path)).await?).await
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> anyhow::Result<T> {
        read(self.send(self.request(Method::POST, path).json(body)).await?).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    async fn send(&self, request: RequestBuilder) -> anyhow::Result<Response> {
        let response = request.send().await.map_err(|source| NoServer { url: self.url.clone(), source })?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        match response.json::<ApiProblem>().await {
            Ok(problem) => Err(problem.into()),
            Err(error) => Err(error).with_context(|| format!("the host answered with status {status}")),
        }
    }
}

async fn read<T: DeserializeOwned>(response: Response) -> anyhow::Result<T> {
    response.json().await.context("the host's answer is not understood; is it of another version?")
}

fn encoded(part: &str) -> impl std::fmt::Display + '_ {
    utf8_percent_encode(part, NON_ALPHANUMERIC)
}

fn file_path(slug: &str, path: &str) -> String {
    format!("/api/coworkspaces/{}/{}", utf8_percent_encode(slug, PATH), utf8_percent_encode(path, PATH))
}
