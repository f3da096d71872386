//! Many calls at once: what the places, the quotas and the views of a host take from its cores, beside the bare loop.

use crate::bare::Bare;
use crate::figure::{Bound, Figure};
use crate::place;
use cowork_tests::{Coworkspace, Host};
use serde_json::json;
use std::sync::Arc;
use std::time::Instant;
use tokio::runtime::Handle;

pub(crate) const NAME: &str = "calls_64_at_once";
const IN_FLIGHT: usize = 64;
/// Calls that each of them makes in a round, one after the other.
const EACH: usize = 100;
const ROUNDS: usize = 10;

/// Both sides make each call on a thread of tokio's blocking pool, so that neither gains by having fewer threads.
pub(crate) async fn measure() -> Figure {
    let host = Arc::new(place::host("probe", IN_FLIGHT).await);
    let bare = Arc::new(Bare::with_places(IN_FLIGHT));
    let space = Arc::new(Coworkspace::new());
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let call = per_second(|| our_calls(Arc::clone(&host), Arc::clone(&space))).await;
        let reference = per_second(|| bare_calls(Arc::clone(&bare), Arc::clone(&space))).await;
        // The first round starts the threads and warms caches.
        if round > 0 {
            ours.push(call);
            theirs.push(reference);
        }
    }
    Figure {
        name: NAME,
        samples: ours,
        unit: "per s",
        reference: Some(("bare wasmtime loop with as many in flight", theirs)),
        bound: Bound::AtLeast(0.7),
    }
}

/// Calls per second of so many that work at once.
async fn per_second<F>(calls: impl Fn() -> F) -> f64
where
    F: Future<Output = ()> + Send + 'static,
{
    let started = Instant::now();
    let running: Vec<_> = (0..IN_FLIGHT).map(|_| tokio::spawn(calls())).collect();
    for calls in running {
        calls.await.expect("every call succeeds");
    }
    (IN_FLIGHT * EACH) as f64 / started.elapsed().as_secs_f64()
}

async fn our_calls(host: Arc<Host>, space: Arc<Coworkspace>) {
    let arguments = json!({"name": "you"});
    for _ in 0..EACH {
        host.call(&space, "greet", &arguments).await.expect("a result");
    }
}

async fn bare_calls(bare: Arc<Bare>, space: Arc<Coworkspace>) {
    for _ in 0..EACH {
        let (bare, space, runtime) = (Arc::clone(&bare), Arc::clone(&space), Handle::current());
        let call = move || runtime.block_on(bare.call(space.folder.root(), "greet", r#"{"name":"you"}"#));
        tokio::task::spawn_blocking(call).await.expect("the call succeeds");
    }
}
