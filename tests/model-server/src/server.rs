//! The server itself.

use crate::{RecordedRequest, Reply, WireFormat, respond};
use axum::Router;
use axum::extract::{Json, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::post;
use cowork_domain::message::Answer;
use cowork_models::Scripted;
use serde_json::Value;
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A running server. Dropping it closes its port and breaks its connections.
#[derive(Debug)]
pub struct ModelServer {
    address: SocketAddr,
    state: Arc<ServerState>,
    task: JoinHandle<()>,
}

/// How the server finds its answers.
type Answering = Box<dyn Fn(&RecordedRequest) -> Reply + Send + Sync>;

struct ServerState {
    requests: Mutex<Vec<RecordedRequest>>,
    queue: Mutex<VecDeque<Reply>>,
    /// Answers when the queue is empty.
    answering: Answering,
    closed: CancellationToken,
}

impl ModelServer {
    /// Starts one that gives these replies in order, and status 400 when none is left.
    ///
    /// # Errors
    /// If no port can be had.
    pub async fn start(replies: impl IntoIterator<Item = Reply>) -> io::Result<Self> {
        let server = Self::answering(|_| Reply::status(400, "the test has queued no further reply")).await?;
        replies.into_iter().for_each(|reply| server.push(reply));
        Ok(server)
    }

    /// Starts one that answers by a function of the request.
    ///
    /// # Errors
    /// If no port can be had.
    pub async fn answering(
        answering: impl Fn(&RecordedRequest) -> Reply + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(ServerState {
            requests: Mutex::default(),
            queue: Mutex::default(),
            answering: Box::new(answering),
            closed: CancellationToken::new(),
        });
        let serving = axum::serve(listener, routes(Arc::clone(&state)));
        let closed = state.closed.clone();
        let task = tokio::spawn(async move {
            tokio::select! {
                () = closed.cancelled() => {}
                // Its errors end the server; a client notices.
                _ = serving => {}
            }
        });
        Ok(Self { address, state, task })
    }

    /// Starts one that replays a script, see [`Scripted`]. Every request's system prompt must hold a line with its
    /// purpose, see [`Label::purpose_line`](cowork_models::Label::purpose_line). What the script cannot answer gets
    /// status 400 with the reason.
    ///
    /// # Errors
    /// If no port can be had, or the script is wrong: then a [`ScriptError`](cowork_models::ScriptError) is within.
    pub async fn scripted(script: &str) -> io::Result<Self> {
        let scripted = Scripted::from_text("script", script).map_err(io::Error::other)?;
        Self::answering(move |recorded| replay(&scripted, recorded)).await
    }

    /// Adds a reply to the queue. The queue goes before a function or a script.
    pub fn push(&self, reply: Reply) {
        lock(&self.state.queue).push_back(reply);
    }

    /// The requests so far, oldest first.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        lock(&self.state.requests).clone()
    }

    /// The body of an answer to a request as it would be sent.
    pub fn rendered(request: &RecordedRequest, answer: &Answer) -> String {
        request.render(answer)
    }

    /// The base URL for OpenAI's format.
    pub fn openai_base(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The base URL for Anthropic's format.
    pub fn anthropic_base(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for ModelServer {
    fn drop(&mut self) {
        self.state.closed.cancel();
        self.task.abort();
    }
}

impl std::fmt::Debug for ServerState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerState").field("queue", &self.queue).finish_non_exhaustive()
    }
}

fn routes(state: Arc<ServerState>) -> Router {
    Router::new()
        .route("/v1/chat/completions", post(openai))
        .route("/v1/messages", post(anthropic))
        .with_state(state)
}

async fn openai(
    State(state): State<Arc<ServerState>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    state.handle(RecordedRequest::new(WireFormat::OpenAi, &headers, body)).await
}

async fn anthropic(
    State(state): State<Arc<ServerState>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    state.handle(RecordedRequest::new(WireFormat::Anthropic, &headers, body)).await
}

impl ServerState {
    async fn handle(&self, request: RecordedRequest) -> Response {
        lock(&self.requests).push(request.clone());
        let queued = lock(&self.queue).pop_front();
        let reply = queued.unwrap_or_else(|| (self.answering)(&request));
        respond::respond(reply, &request, self.closed.clone()).await
    }
}

fn replay(scripted: &Scripted, recorded: &RecordedRequest) -> Reply {
    let Some(request) = recorded.request() else {
        return Reply::status(400, "the system prompt has no line `Purpose: …`");
    };
    match scripted.reply(&request) {
        Ok(answer) => Reply::Answer(answer),
        Err(error) => Reply::status(400, &chain(&error)),
    }
}

/// An error with its causes: a test's reader sees nothing else of it.
fn chain(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A test's function that panicked leaves the lists whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
