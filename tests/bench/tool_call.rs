//! A warm call of a tool in a fresh instance, beside starting a process, which is what people would do instead.

use crate::figure::{Bound, Figure};
use cowork_tests::{Coworkspace, Host};
use serde_json::json;
use std::process::Command;
use std::time::Instant;

pub(crate) const NAME: &str = "file_list_warm";
const ROUNDS: usize = 2000;

pub(crate) async fn measure() -> Figure {
    let host = Host::tools().await;
    let space = Coworkspace::new();
    for number in 0..16 {
        space.plant(format!("files/{number}.txt"), "content");
    }
    let (mut ours, mut spawns) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS + 50 {
        let started = Instant::now();
        host.call(&space, "file_list", &json!({"path": "files"})).await.expect("a listing");
        let call = started.elapsed();
        let started = Instant::now();
        Command::new("/bin/true").status().expect("a process");
        let spawn = started.elapsed();
        // The first rounds warm caches on both sides.
        if round >= 50 {
            ours.push(call.as_secs_f64() * 1e6);
            spawns.push(spawn.as_secs_f64() * 1e6);
        }
    }
    Figure {
        name: NAME,
        samples: ours,
        unit: "µs",
        reference: Some(("spawn of /bin/true", spawns)),
        bound: Bound::AtMost(1.0),
    }
}
