//! A call costs what it touches: nothing of it grows with the coworkspace around it.

use crate::figure::{Bound, Figure};
use crate::place;
use cowork_tests::{Coworkspace, Host};
use serde_json::{Value, json};
use std::time::Instant;

pub(crate) const TRIVIAL: &str = "trivial_in_large_folder";
pub(crate) const CHANGE: &str = "change_in_large_folder";
const FEW: usize = 10;
/// Files of the large coworkspace, unless `COWORK_BENCH_FILES` says otherwise.
const MANY: usize = 100_000;
const IN_A_FOLDER: usize = 1000;
const ROUNDS: usize = 1000;
const WARM: usize = 50;

/// A call that touches no file.
pub(crate) async fn trivial() -> Figure {
    compare(TRIVIAL, "greet", |_| json!({"name": "you"})).await
}

/// A call that changes one file, staged and committed; each round writes another content.
pub(crate) async fn change() -> Figure {
    let write = |round| json!({"path": "files/0/0.txt", "text": format!("{round:04096}")});
    compare(CHANGE, "write", write).await
}

/// Microseconds of the same call in the large coworkspace and in the small one, in turns.
async fn compare(name: &'static str, tool: &str, arguments: impl Fn(usize) -> Value) -> Figure {
    let host = place::host("probe", place::SHIPPED).await;
    let (large, small) = (planted(place::number("COWORK_BENCH_FILES", MANY)), planted(FEW));
    // The many new files are still to be written to the disk, which would slow down what is measured.
    rustix::fs::sync();
    let (mut in_large, mut in_small) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS + WARM {
        let arguments = arguments(round);
        let of_large = micros(&host, &large, tool, &arguments).await;
        let of_small = micros(&host, &small, tool, &arguments).await;
        if round >= WARM {
            in_large.push(of_large);
            in_small.push(of_small);
        }
    }
    Figure {
        name,
        samples: in_large,
        unit: "µs",
        reference: Some(("the same call among 10 files", in_small)),
        bound: Bound::AtMost(1.2),
    }
}

fn planted(files: usize) -> Coworkspace {
    let space = Coworkspace::new();
    for number in 0..files {
        space.plant(format!("files/{}/{number}.txt", number / IN_A_FOLDER), "content");
    }
    space
}

async fn micros(host: &Host, space: &Coworkspace, tool: &str, arguments: &Value) -> f64 {
    let started = Instant::now();
    host.call(space, tool, arguments).await.expect("a result");
    started.elapsed().as_secs_f64() * 1e6
}
