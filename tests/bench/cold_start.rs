//! From nothing to a server that answers, with compiled code cached.

use crate::figure::{Bound, Figure};
use cowork_tests::Program;
use std::time::Instant;

pub(crate) const NAME: &str = "serve_cold_start";
const ROUNDS: usize = 20;

pub(crate) async fn measure() -> Figure {
    let dir = tempfile::tempdir().expect("a folder");
    // The first start compiles the tools and makes the database.
    Program::start(dir.path()).await.kill().await;
    let mut samples = Vec::new();
    for _ in 0..ROUNDS {
        let started = Instant::now();
        let program = Program::start(dir.path()).await;
        program.health().await;
        samples.push(started.elapsed().as_secs_f64() * 1e3);
        program.kill().await;
    }
    Figure { name: NAME, samples, unit: "ms", reference: None, bound: Bound::AtMost(1000.0) }
}
