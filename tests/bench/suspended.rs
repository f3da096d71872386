//! What a call costs that does nothing but wait for an answer from the network.

use crate::figure::{Bound, Figure};
use crate::place;
use axum::Router;
use axum::routing::get;
use cowork_domain::capability::{Effective, LiveGrant, Powers};
use cowork_tests::{Coworkspace, Host, Web};
use futures::future::join_all;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

pub(crate) const NAME: &str = "suspended_calls";
const ROUNDS: usize = 3;
/// A page of memory, in KiB.
const PAGE: f64 = 4.0;
const PATIENCE: Duration = Duration::from_secs(120);
/// From when the last request has come until its guest has nothing left to do but wait.
const SETTLE: Duration = Duration::from_millis(200);

/// Calls that wait at once: `COWORK_BENCH_SUSPENDED`.
pub(crate) fn calls() -> usize {
    place::number("COWORK_BENCH_SUSPENDED", 200)
}

/// Resident memory of each call that waits. A call that waits is not free: it holds a place of the sandbox and a thread
/// of its own until it ends, so that as many as there are places wait at once, and no more. Counted are its instance,
/// the stacks of guest and thread, its view and its connection, and the server's end of that too, since the server is in
/// this process. Not counted is address space, of which each place reserves some GiB. All rounds are held against the
/// memory before the first, so that what one leaves behind makes the next no cheaper.
pub(crate) async fn measure() -> Figure {
    allow_many_handles();
    let (slow, space) = (Slow::start().await, Coworkspace::new());
    let host = host(&slow).await;
    round(&host, &space, &slow, 1).await;
    let (before, amount) = (resident(), calls());
    let mut samples = Vec::new();
    for _ in 0..ROUNDS {
        let during = round(&host, &space, &slow, amount).await;
        samples.push((during - before) / amount as f64);
    }
    Figure { name: NAME, samples, unit: "KiB a call", reference: None, bound: Bound::AtMost(1024.0) }
}

/// Each call holds some: its coworkspace, and here both ends of its connection.
fn allow_many_handles() {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).expect("more open files");
}

/// The test guest `network`, which may ask this server alone.
async fn host(slow: &Slow) -> Host {
    let powers = Powers { http: vec![Web::nowhere(&slow.url).rule(&["GET"])], ..Powers::all_files() };
    let powers = Effective::unlimited().granted_by(Arc::new(LiveGrant::new(powers)));
    Host { powers, ..place::host("network", calls() + 8).await }
}

/// The memory of this process while so many calls wait.
async fn round(host: &Host, space: &Coworkspace, slow: &Slow, amount: usize) -> f64 {
    let arguments = json!({"method": "GET", "url": format!("{}/slow", slow.url)});
    let fetches = join_all((0..amount).map(|_| fetch(host, space, &arguments)));
    let (_, during) = tokio::join!(fetches, slow.hold(amount));
    during
}

async fn fetch(host: &Host, space: &Coworkspace, arguments: &Value) {
    let called = host.call(space, "fetch", arguments).await.expect("an answer");
    assert_eq!(called.text(), "200 at last");
}

/// In KiB.
fn resident() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("statistics");
    let pages: f64 = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number");
    pages * PAGE
}

/// A server that answers when it is told to.
struct Slow {
    url: String,
    /// One permit for each request that has come.
    came: Arc<Semaphore>,
    /// One permit for each answer that may go.
    may_go: Arc<Semaphore>,
}

impl Slow {
    async fn start() -> Self {
        let (came, may_go) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let shared = (Arc::clone(&came), Arc::clone(&may_go));
        let answer = move || {
            let (came, may_go) = shared.clone();
            async move {
                came.add_permits(1);
                may_go.acquire().await.expect("it stays open").forget();
                "at last"
            }
        };
        let app = Router::new().route("/slow", get(answer));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, came, may_go }
    }

    /// Waits until so many requests are here, looks at the memory, and lets them go.
    async fn hold(&self, amount: usize) -> f64 {
        let all = u32::try_from(amount).expect("not so many");
        let came = timeout(PATIENCE, self.came.acquire_many(all)).await.expect("all of them come");
        came.expect("it stays open").forget();
        sleep(SETTLE).await;
        let during = resident();
        self.may_go.add_permits(amount);
        during
    }
}
