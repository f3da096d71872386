//! A server that answers when it is told to, in a process of its own: its end of the connections is not measured.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;

/// The argument that makes this program the server.
pub(crate) const ROLE: &str = "--slow-server";
const PATIENCE: Duration = Duration::from_secs(120);

/// The server, as those see it who measure. It ends with this.
pub(crate) struct Slow {
    url: String,
    client: reqwest::Client,
    _process: Child,
}

impl Slow {
    pub(crate) async fn start() -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut server = Command::new(program);
        server.arg(ROLE).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = server.spawn().expect("the server starts");
        let mut lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        let url = lines.next_line().await.expect("a line").expect("its address");
        Self { url, client: reqwest::Client::new(), _process: process }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Waits until so many requests are there.
    pub(crate) async fn has_come(&self, amount: usize) {
        let all = async {
            while self.ask(self.client.get(format!("{}/came", self.url))).await != amount.to_string() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, all).await.expect("all of them come");
    }

    /// Answers so many of them.
    pub(crate) async fn let_go(&self, amount: usize) {
        self.ask(self.client.post(format!("{}/go/{amount}", self.url))).await;
    }

    async fn ask(&self, request: reqwest::RequestBuilder) -> String {
        request.send().await.expect("an answer").text().await.expect("a text")
    }
}

struct Waiting {
    came: AtomicUsize,
    may_go: Semaphore,
}

/// Serves until standard input ends.
pub(crate) async fn serve() {
    let waiting = Arc::new(Waiting { came: AtomicUsize::new(0), may_go: Semaphore::new(0) });
    let app =
        Router::new().route("/slow", get(slow)).route("/came", get(came)).route("/go/{amount}", post(go));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("http://{}", listener.local_addr().expect("an address"));
    let served = axum::serve(listener, app.with_state(waiting));
    tokio::select! {
        served = served.into_future() => served.expect("it serves"),
        _ = async { tokio::io::stdin().read(&mut [0]).await } => {}
    }
}

async fn slow(State(waiting): State<Arc<Waiting>>) -> &'static str {
    waiting.came.fetch_add(1, Ordering::Relaxed);
    waiting.may_go.acquire().await.expect("it stays open").forget();
    waiting.came.fetch_sub(1, Ordering::Relaxed);
    "at last"
}

async fn came(State(waiting): State<Arc<Waiting>>) -> String {
    waiting.came.load(Ordering::Relaxed).to_string()
}

async fn go(State(waiting): State<Arc<Waiting>>, Path(amount): Path<usize>) {
    waiting.may_go.add_permits(amount);
}
