//! A whole host in this process: real database, real components, real HTTP on loopback. Only the model is chosen by the
//! test.

use crate::{ForwardClock, Host};
use cowork_coworkspaces::CoworkspaceManager;
use cowork_domain::approval::Approval;
use cowork_domain::{Clock, Durability, TaskId, TaskState};
use cowork_engine::{Orchestrator, Parts, Secrets, Settings};
use cowork_model_server::{ModelServer, Reply};
use cowork_models::{HttpSettings, Model, RetryPolicy, Retrying, Scripted, Timeouts, openai::OpenAi};
use cowork_server::Server;
use cowork_store::Store;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How long a test waits for what must happen at once.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running host. It stops when this is dropped.
pub struct App {
    /// The engine behind the API.
    pub engine: Orchestrator,
    /// The database, to be looked into.
    pub store: Store,
    /// The engine's time.
    pub clock: Arc<ForwardClock>,
    url: String,
    http: reqwest::Client,
    temporary: Arc<tempfile::TempDir>,
}

impl App {
    /// A host whose model is a recorded conversation.
    pub async fn scripted(conversation: &str) -> Self {
        let model = Scripted::from_text("conversation.toml", conversation).expect("a sound conversation");
        Self::start(Arc::new(model)).await
    }

    /// A host whose model's server gives these answers, over real HTTP.
    pub async fn answering(replies: impl IntoIterator<Item = Reply>) -> (Self, ModelServer) {
        let server = ModelServer::start(replies).await.expect("a model server");
        let app = Self::start(Arc::new(over_http(&server.openai_base()))).await;
        (app, server)
    }

    /// The same with other tools and settings.
    pub async fn answering_with(
        replies: impl IntoIterator<Item = Reply>,
        host: Host,
        settings: Settings,
    ) -> (Self, ModelServer) {
        let server = ModelServer::start(replies).await.expect("a model server");
        let model = Arc::new(over_http(&server.openai_base()));
        (Self::start_in(temporary(), model, host, settings).await, server)
    }

    /// A host with any model, tools and settings.
    pub async fn with(model: Arc<dyn Model>, host: Host, settings: Settings) -> Self {
        Self::start_in(temporary(), model, host, settings).await
    }

    /// A host that asks a model's server which is there already.
    pub async fn asking(server: &ModelServer, host: Host, settings: Settings) -> Self {
        Self::start_in(temporary(), Arc::new(over_http(&server.openai_base())), host, settings).await
    }

    /// The next host over the same database and folders, with other tools and settings.
    pub async fn restarted_asking(self, server: &ModelServer, host: Host, settings: Settings) -> Self {
        self.engine.shut_down();
        let (temporary, model) = (Arc::clone(&self.temporary), Arc::new(over_http(&server.openai_base())));
        let next = Self::start_in(temporary, model, host, settings).await;
        next.engine.resume().await.expect("tasks to go on with");
        next
    }

    /// A host whose model's server is not there.
    pub async fn without_model_server() -> Self {
        let port =
            std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address");
        Self::start(Arc::new(over_http(&format!("http://{port}/v1")))).await
    }

    /// A host with any model.
    pub async fn start(model: Arc<dyn Model>) -> Self {
        Self::start_in(temporary(), model, Host::all_tools().await, Settings::default()).await
    }

    /// A second host at work on the same database and folders.
    pub async fn beside(&self, conversation: &str) -> Self {
        let model = Scripted::from_text("conversation.toml", conversation).expect("a sound conversation");
        let (temporary, host) = (Arc::clone(&self.temporary), Host::all_tools().await);
        Self::start_in(temporary, Arc::new(model), host, Settings::default()).await
    }

    /// Where the API is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The next host over the same database and folders, after this one has stopped.
    pub async fn restarted(self, server: &ModelServer) -> Self {
        self.restarted_with(server, Host::all_tools().await).await
    }

    /// The same with other tools.
    pub async fn restarted_with(self, server: &ModelServer, host: Host) -> Self {
        self.engine.shut_down();
        let (temporary, model) = (Arc::clone(&self.temporary), Arc::new(over_http(&server.openai_base())));
        let next = Self::start_in(temporary, model, host, Settings::default()).await;
        next.engine.resume().await.expect("tasks to go on with");
        next
    }

    async fn start_in(
        temporary: Arc<tempfile::TempDir>,
        model: Arc<dyn Model>,
        host: Host,
        settings: Settings,
    ) -> Self {
        let store = Store::open(&temporary.path().join("cowork.db"), Durability::default())
            .await
            .expect("a database");
        let clock = Arc::new(ForwardClock::default());
        let plugins = host.registry.plugins();
        let plugins = plugins.values().filter(|_| host.bundled);
        let bundled = plugins.map(|plugin| plugin.digest.to_hex().to_string()).collect();
        let parts = Parts {
            store: store.clone(),
            coworkspaces: CoworkspaceManager::new(temporary.path().join("coworkspaces")).expect("a folder"),
            tools: host.registry,
            sandbox: host.sandbox,
            model,
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            settings,
            bundled,
            secrets: Secrets::default(),
        };
        let engine = Orchestrator::open(parts).await.expect("an engine");
        let server = Server::bind(([127, 0, 0, 1], 0).into(), engine.clone()).await.expect("a port");
        let url = format!("http://{}", server.address().expect("an address"));
        tokio::spawn(server.run(std::future::pending()));
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { engine, store, clock, url, http, temporary }
    }

    /// A coworkspace `mine` with one file of a person.
    pub async fn with_coworkspace(self) -> Self {
        self.ok(Method::POST, "/api/coworkspaces", Some(json!({"name": "mine"}))).await;
        let put = self.http.put(format!("{}/api/coworkspaces/mine/files/a.txt", self.url)).body("hello");
        assert_eq!(put.send().await.expect("an answer").status(), StatusCode::CREATED);
        self
    }

    /// Sends a request and gives the answer, whatever it is.
    pub async fn request(&self, method: Method, path: &str, body: Option<Value>) -> Response {
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await.expect("an answer")
    }

    /// Sends a request that must succeed, and gives its JSON; `null` where there is none.
    pub async fn ok(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let response = self.request(method, path, body).await;
        let (status, text) = (response.status(), response.text().await.expect("a body"));
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Sends a request that must fail: status, code and detail of the problem.
    pub async fn problem(&self, method: Method, path: &str, body: Option<Value>) -> (u16, String, String) {
        read_problem(path, self.request(method, path, body).await).await
    }

    /// The same for a GET that a web page of this origin sends.
    pub async fn problem_from(&self, origin: &str, path: &str) -> (u16, String, String) {
        let request = self.http.get(format!("{}{path}", self.url)).header("origin", origin);
        read_problem(path, request.send().await.expect("an answer")).await
    }

    /// Creates a task in the coworkspace `mine`.
    pub async fn create_task(&self, extra: Value) -> TaskId {
        let mut body = json!({"outcome": "Tidy up", "coworkspace_slug": "mine"});
        body.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
        let task = self.ok(Method::POST, "/api/cowork/tasks", Some(body)).await;
        task["id"].as_str().expect("an id").parse().expect("an id")
    }

    /// Waits until the task is in the state of this name. Wakes by the engine's own bell, never by the clock.
    pub async fn wait_for(&self, id: TaskId, status: &str) -> TaskState {
        self.wait_within(PATIENCE, id, status).await
    }

    /// The same for a task that takes long.
    pub async fn wait_for_long(&self, id: TaskId, status: &str) -> TaskState {
        self.wait_within(PATIENCE * 10, id, status).await
    }

    async fn wait_within(&self, patience: Duration, id: TaskId, status: &str) -> TaskState {
        let wait = async {
            let mut bell = self.engine.listen(id);
            loop {
                let state = self.engine.task(id).await.expect("the task").state;
                if state.name() == status {
                    return state;
                }
                assert!(!state.is_over(), "the task is {state:?}, not {status}");
                bell.changed().await.expect("a bell");
            }
        };
        tokio::time::timeout(patience, wait)
            .await
            .unwrap_or_else(|_| panic!("the task is not {status} in time"))
    }

    /// Waits until a question is open, and gives the first.
    pub async fn wait_for_question(&self, id: TaskId) -> Approval {
        let wait = async {
            let mut bell = self.engine.listen(id);
            loop {
                if let Some(first) =
                    self.engine.open_approvals(id).await.expect("approvals").into_iter().next()
                {
                    return first;
                }
                bell.changed().await.expect("a bell");
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.expect("a question in time")
    }

    /// Approves whatever waits.
    pub async fn approve_all(&self, id: TaskId) {
        for approval in self.engine.open_approvals(id).await.expect("approvals") {
            let path = format!("/api/cowork/tasks/{id}/approvals/{}", approval.id);
            self.ok(Method::POST, &path, Some(json!({"decision": "approve"}))).await;
        }
    }

    /// The place of a file of the coworkspace `mine` on disk.
    pub fn path(&self, path: &str) -> PathBuf {
        self.temporary.path().join("coworkspaces/mine").join(path)
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.engine.shut_down();
    }
}

fn temporary() -> Arc<tempfile::TempDir> {
    Arc::new(tempfile::tempdir().expect("a temporary folder"))
}

async fn read_problem(path: &str, response: Response) -> (u16, String, String) {
    let status = response.status().as_u16();
    assert_eq!(response.headers()["content-type"], "application/problem+json", "{path:.80}");
    let problem: Value = response.json().await.expect("JSON");
    let text = |key: &str| problem[key].as_str().expect(key).to_owned();
    (status, text("code"), text("detail"))
}

/// A model behind this address, asked again at once when it fails in a way that may pass.
fn over_http(base_url: &str) -> Retrying<OpenAi> {
    let settings = HttpSettings {
        base_url: base_url.to_owned(),
        api_key: None,
        model: "test".to_owned(),
        timeouts: Timeouts::default(),
    };
    let at_once = Duration::from_millis(1);
    let policy =
        RetryPolicy { base: at_once, cap: at_once, retry_after_cap: at_once, ..RetryPolicy::default() };
    Retrying::new(OpenAi::new(&settings).expect("a client"), policy)
}
