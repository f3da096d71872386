//! What a call costs that does nothing but wait for an answer from the network.

use crate::figure::{Bound, Figure};
use crate::place;
use crate::slow::Slow;
use cowork_domain::capability::{Effective, LiveGrant, Powers};
use cowork_tests::{Coworkspace, Host, Web};
use futures::future::join_all;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

pub(crate) const NAME: &str = "suspended_calls";
const ROUNDS: usize = 3;
/// From when the last request has come until its guest has nothing left to do but wait.
const SETTLE: Duration = Duration::from_millis(500);
/// 10,000 of them within 1 GiB.
const MOST: f64 = 1024.0 * 1024.0 / 10_000.0;

/// Calls that wait at once: `COWORK_BENCH_SUSPENDED`.
fn calls() -> usize {
    place::number("COWORK_BENCH_SUSPENDED", 10_000)
}

/// Memory of each call that waits: its instance, its stack, its view and its connection. The server that lets it wait is
/// a process of its own. Not counted is address space, of which each place reserves some GiB. All rounds are held
/// against the memory before the first, so that what one leaves behind makes the next no cheaper. The guest is `tiny`,
/// so that it is the host's part that is measured; `COWORK_BENCH_GUEST=network` is one with Rust's standard library.
pub(crate) async fn measure() -> Figure {
    let guest = std::env::var("COWORK_BENCH_GUEST").unwrap_or_else(|_| "tiny".to_owned());
    allow_many_handles();
    let (slow, space) = (Slow::start().await, Coworkspace::new());
    let host = host(&guest, &slow).await;
    round(&host, &space, &slow, 1).await;
    let (before, amount) = (taken(), calls());
    let mut samples = Vec::new();
    for _ in 0..ROUNDS {
        let during = round(&host, &space, &slow, amount).await;
        samples.push((during - before) / amount as f64);
    }
    Figure { name: NAME, samples, unit: "KiB a call", reference: None, bound: Bound::AtMost(MOST) }
}

/// Each call holds some: its coworkspace and its connection.
fn allow_many_handles() {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).expect("more open files");
}

/// A guest that may ask this server alone.
async fn host(guest: &str, slow: &Slow) -> Host {
    let powers = Powers { http: vec![Web::nowhere(slow.url()).rule(&["GET"])], ..Powers::all_files() };
    let powers = Effective::unlimited().granted_by(Arc::new(LiveGrant::new(powers)));
    Host { powers, ..place::waiting(guest, calls() + 8).await }
}

/// The memory of this process while so many calls wait.
async fn round(host: &Host, space: &Coworkspace, slow: &Slow, amount: usize) -> f64 {
    let arguments = json!({"method": "GET", "url": format!("{}/slow", slow.url())});
    // On the heap each: what joins them would hold room for the largest state of every one.
    let fetches = join_all((0..amount).map(|_| Box::pin(fetch(host, space, &arguments))));
    let waits = async {
        slow.has_come(amount).await;
        sleep(SETTLE).await;
        let during = taken();
        slow.let_go(amount).await;
        during
    };
    let (_, during) = tokio::join!(fetches, waits);
    during
}

async fn fetch(host: &Host, space: &Coworkspace, arguments: &Value) {
    let called = host.call(space, "fetch", arguments).await.expect("an answer");
    assert!(called.text().starts_with("200"), "{}", called.text());
}

/// In KiB: this process's part of what it has in memory. A page of a compiled guest that all its calls share counts once.
fn taken() -> f64 {
    let rollup = std::fs::read_to_string("/proc/self/smaps_rollup").expect("statistics");
    let part = rollup.lines().find_map(|line| line.strip_prefix("Pss:")?.trim().strip_suffix(" kB"));
    part.expect("the proportional size").parse().expect("a number")
}
