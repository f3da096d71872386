//! A host that has worked for long is as quick as a new one: calls leave nothing behind that later ones pay for.

use crate::figure::{Bound, Figure};
use crate::place;
use cowork_tests::{Coworkspace, Host};
use serde_json::json;
use std::time::Instant;

pub(crate) const NAME: &str = "trivial_after_many";
/// Unless `COWORK_BENCH_CALLS` says otherwise.
const MANY: usize = 20_000;
const SAMPLES: usize = 1000;
const WARM: usize = 50;

/// One sandbox and one coworkspace from the first call to the last. The two groups are seconds apart, not in turns:
/// a machine that is busy with something else in one of them shows here.
pub(crate) async fn measure() -> Figure {
    let host = place::host("tiny", place::SHIPPED).await;
    let space = Coworkspace::new();
    calls(&host, &space, WARM).await;
    let first = calls(&host, &space, SAMPLES).await;
    calls(&host, &space, place::number("COWORK_BENCH_CALLS", MANY).saturating_sub(2 * SAMPLES)).await;
    let later = calls(&host, &space, SAMPLES).await;
    Figure {
        name: NAME,
        samples: later,
        unit: "µs",
        reference: Some(("the first 1000 calls", first)),
        bound: Bound::AtMost(1.2),
    }
}

/// Microseconds of each of so many calls.
async fn calls(host: &Host, space: &Coworkspace, amount: usize) -> Vec<f64> {
    let arguments = json!({"name": "you"});
    let mut samples = Vec::with_capacity(amount);
    for _ in 0..amount {
        let started = Instant::now();
        host.call(space, "greet", &arguments).await.expect("a result");
        samples.push(started.elapsed().as_secs_f64() * 1e6);
    }
    samples
}
