//! What a host takes to load a shipped component that it has compiled before.

use crate::figure::{Bound, Figure};
use cowork_tests::Host;
use cowork_tests::components::tools_dir;
use std::time::Instant;

pub(crate) const NAME: &str = "component_load";
const ROUNDS: usize = 20;

/// Milliseconds of the slowest component, from its bytes to a plugin whose tools are known.
pub(crate) async fn measure() -> Figure {
    let host = Host::tools().await;
    let entries = std::fs::read_dir(tools_dir()).expect("the tools");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "wasm"));
    let mut samples = Vec::new();
    for _ in 0..ROUNDS {
        let mut slowest = 0_f64;
        for path in &paths {
            let started = Instant::now();
            host.sandbox.load_file(path).await.expect("it loads");
            slowest = slowest.max(started.elapsed().as_secs_f64() * 1e3);
        }
        samples.push(slowest);
    }
    Figure { name: NAME, samples, unit: "ms", reference: None, bound: Bound::AtMost(10.0) }
}
