//! The program `cowork` as a process of its own, to be killed.

use crate::components::{target_dir, tools_dir};
use cowork_domain::Task;
use futures::StreamExt as _;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

const PATIENCE: Duration = Duration::from_secs(120);

/// The built program.
pub fn cowork() -> PathBuf {
    let test = std::env::current_exe().expect("a running test has an executable");
    // A test is built into target/<profile>/deps, a bench into target/<profile>.
    let mut places = test.ancestors().skip(1).take(2).map(|dir| dir.join("cowork"));
    let program = places.find(|program| program.is_file()).unwrap_or_else(|| test.with_file_name("cowork"));
    assert!(program.is_file(), "{} is missing: run `cargo xtask build`", program.display());
    program
}

/// The regular files under a folder, sorted; none where there is no folder.
pub fn files_under(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            found.extend(files_under(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// A running `cowork serve` with the demo's conversation as its model.
pub struct Program {
    child: Child,
    url: String,
    http: reqwest::Client,
}

impl Program {
    /// Starts it on a data directory, and waits until it answers.
    pub async fn start(data: &Path) -> Self {
        Self::start_until(data, "").await
    }

    /// Starts it with a model behind HTTP, see `model-server`.
    pub async fn start_asking(data: &Path, label: &str, base_url: &str) -> Self {
        let mut command = without_model(data, label);
        command.args(["--provider", "openai", "--model", "demo", "--base-url", base_url]);
        Self::begin(command).await
    }

    /// The same; it kills itself at this label, if it comes there.
    pub async fn start_until(data: &Path, label: &str) -> Self {
        Self::begin(command(data, label)).await
    }

    /// The same with another conversation as its model.
    pub async fn start_with(data: &Path, conversation: &Path) -> Self {
        Self::begin(command_with(data, conversation, "")).await
    }

    async fn begin(mut command: Command) -> Self {
        let mut child = command.spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let line = tokio::time::timeout(PATIENCE, lines.next_line()).await.expect("in time").expect("a line");
        let line = line.expect("the program says where it listens");
        let url = line.strip_prefix("listening on ").expect("an address").to_owned();
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { child, url, http }
    }

    /// Starts it on a data directory whose work brings it to this label by itself, and waits until it is gone.
    pub async fn dies_at(data: &Path, label: &str) {
        let mut child = command(data, label).spawn().expect("the program starts");
        let status = tokio::time::timeout(PATIENCE, child.wait()).await.expect("in time");
        assert!(!status.expect("a status").success(), "it was killed");
    }

    /// Waits until it is gone by itself.
    pub async fn dies(mut self) {
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("in time");
        assert!(!status.expect("a status").success(), "it was killed");
    }

    /// Whether it has gone by itself. To be asked when a connection to it broke or ended.
    pub async fn is_gone(&mut self) -> bool {
        let answers = self.http.get(format!("{}/api/health", self.url)).send().await.is_ok();
        if !answers {
            self.child.wait().await.expect("a status");
        }
        !answers
    }

    /// Asks whether it is well.
    pub async fn health(&self) {
        let answer = self.http.get(format!("{}/api/health", self.url)).send().await.expect("an answer");
        assert!(answer.status().is_success());
    }

    /// `kill -9`. Returns when the process is gone, and with it its lock on the data directory.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("it can be killed");
    }

    /// Uploads the demo's files and creates its task, which asks nobody; gives the task's id.
    pub async fn begin_demo(&self) -> String {
        self.begin_demo_in("downloads-organizer").await
    }

    /// The same in a coworkspace of this name.
    pub async fn begin_demo_in(&self, slug: &str) -> String {
        self.upload_demo_to(slug).await;
        self.create_demo_in(slug).await.expect("an answer")
    }

    /// Creates the demo's task where its files are, and gives its id; none if the connection breaks.
    pub async fn create_demo_in(&self, slug: &str) -> Option<String> {
        let task = json!({
            "outcome": "Organize my Downloads", "coworkspace_slug": slug,
            "auto_approve_plan": true, "permission_mode": "act_autonomously",
        });
        let sent = self.http.post(format!("{}/api/cowork/tasks", self.url)).json(&task).send().await.ok()?;
        sent.json::<Task>().await.ok().map(|task| task.id.to_string())
    }

    /// The task that there is, if there is one.
    pub async fn only_task(&self) -> Option<String> {
        let answer = self.http.get(format!("{}/api/cowork/tasks", self.url)).send().await.expect("an answer");
        let tasks: Vec<Task> = answer.json().await.expect("tasks");
        tasks.first().map(|task| task.id.to_string())
    }

    /// Makes a coworkspace of this name with the demo's files.
    pub async fn upload_demo_to(&self, slug: &str) {
        self.post("/api/coworkspaces", json!({"name": slug})).await;
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../host/cli/demo");
        let files = root.join("downloads");
        for file in files_under(&files) {
            let name = file.strip_prefix(&files).expect("below").to_str().expect("UTF-8").to_owned();
            self.upload(slug, &name, std::fs::read(&file).expect("a file")).await;
        }
    }

    /// Creates a task that asks nobody in a new coworkspace of this name; gives its id.
    pub async fn begin_task_in(&self, slug: &str) -> String {
        self.post("/api/coworkspaces", json!({"name": slug})).await;
        let task = json!({
            "outcome": "Work", "coworkspace_slug": slug,
            "auto_approve_plan": true, "permission_mode": "act_autonomously",
        });
        self.post("/api/cowork/tasks", task).await["id"].as_str().expect("an id").to_owned()
    }

    /// Whether the task ends within this time.
    pub async fn ends_within(&self, id: &str, time: Duration) -> bool {
        let events = self.http.get(format!("{}/api/cowork/tasks/{id}/events", self.url)).send();
        let end = async {
            // The stream ends when the task is over, or breaks.
            let Ok(answer) = events.await else { return };
            let mut stream = answer.bytes_stream();
            while let Some(Ok(_)) = stream.next().await {}
        };
        tokio::time::timeout(time, end).await.is_ok()
    }

    /// Waits until the task is over; it must be completed.
    pub async fn wait_for_end(&self, id: &str) {
        assert!(self.ends_within(id, PATIENCE).await, "the task does not end");
        let task = self.task(id).await;
        assert_eq!(task.state.name(), "completed", "{:?}", task.state);
    }

    /// Sends a request that the program may die of.
    pub async fn post_and_die(&self, path: &str, body: Value) {
        // Its answer, if there is one, says nothing.
        let _ = self.http.post(format!("{}{path}", self.url)).json(&body).send().await;
    }

    /// The task.
    pub async fn task(&self, id: &str) -> Task {
        let answer = self.http.get(format!("{}/api/cowork/tasks/{id}", self.url)).send().await;
        answer.expect("an answer").json().await.expect("a task")
    }

    /// Starts a task again that has stopped.
    pub async fn start_again(&self, id: &str) {
        self.post(&format!("/api/cowork/tasks/{id}/start"), json!({})).await;
    }

    /// Sends a request that must succeed, and gives its JSON.
    pub async fn post(&self, path: &str, body: Value) -> Value {
        let response =
            self.http.post(format!("{}{path}", self.url)).json(&body).send().await.expect("an answer");
        assert!(response.status().is_success(), "{path}: {}", response.status());
        response.json().await.expect("JSON")
    }

    /// A time of modification for every file, the same in every run, so that every run sorts alike.
    async fn upload(&self, slug: &str, name: &str, content: Vec<u8>) {
        let mut url = reqwest::Url::parse(&self.url).expect("a URL");
        let segments = ["api", "coworkspaces", slug, "files"].into_iter().chain(name.split('/'));
        url.path_segments_mut().expect("a path").extend(segments);
        let request = self.http.put(url).header("last-modified", "Thu, 01 Jan 2026 12:00:00 +0000");
        let response = request.body(content).send().await.expect("an answer");
        assert!(response.status().is_success(), "{name}: {}", response.status());
    }
}

/// The demo's model.
pub fn conversation() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../host/cli/demo/conversation.toml")
}

/// `cowork serve` on a data directory. It kills itself at this label.
fn command(data: &Path, label: &str) -> Command {
    command_with(data, &conversation(), label)
}

fn command_with(data: &Path, conversation: &Path, label: &str) -> Command {
    let mut command = without_model(data, label);
    command.args(["--provider", "scripted", "--script"]).arg(conversation);
    command
}

fn without_model(data: &Path, label: &str) -> Command {
    let mut command = Command::new(cowork());
    command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(data);
    command.arg("--tools-dir").arg(tools_dir());
    command.arg("--cache-dir").arg(target_dir().join("compiled-for-tests"));
    command.env("RUST_LOG", "error").env("COWORK_KILL_AT", label);
    if label.is_empty() {
        // Whoever kills it at random moments may meet the same call as often as it takes to suspect it.
        command.env("COWORK_SUSPECT_AFTER", "0");
    }
    command.stdout(Stdio::piped()).kill_on_drop(true);
    command
}
