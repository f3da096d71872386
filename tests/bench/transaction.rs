//! What a call costs as a transaction: capability check, staged view, metering, commit, beside the bare loop.

use crate::bare::Bare;
use crate::figure::{Bound, Figure};
use cowork_tests::{Coworkspace, Host};
use serde_json::{Value, json};
use std::fs;
use std::time::Instant;

pub(crate) const TRIVIAL: &str = "trivial_call";
pub(crate) const READ: &str = "read_4k_call";
pub(crate) const CHANGE: &str = "change_4k_committed";
const ROUNDS: usize = 1000;
const WARM: usize = 50;

/// A call that touches no file.
pub(crate) async fn trivial() -> Figure {
    let samples = compare("greet", &json!({"name": "you"}), false).await;
    figure(TRIVIAL, samples, Bound::AtMost(3.0), "bare wasmtime loop")
}

/// A call that reads a file of 4 KB.
pub(crate) async fn read() -> Figure {
    let samples = compare("read", &json!({"path": "files/4k.txt"}), false).await;
    figure(READ, samples, Bound::AtMost(1.5), "bare wasmtime loop")
}

/// A call that changes a file of 4 KB, staged and committed. The reference writes and renames such a file natively
/// twice beside its bare call. The database's part is left out on both sides.
pub(crate) async fn change() -> Figure {
    let samples = compare("write", &json!({"path": "files/4k.txt", "text": "y".repeat(4096)}), true).await;
    figure(CHANGE, samples, Bound::AtMost(1.5), "bare wasmtime loop and two native writes")
}

fn figure(
    name: &'static str,
    samples: (Vec<f64>, Vec<f64>),
    bound: Bound,
    reference: &'static str,
) -> Figure {
    Figure { name, samples: samples.0, unit: "µs", reference: Some((reference, samples.1)), bound }
}

/// Microseconds of our call and of the reference, in turns.
async fn compare(tool: &str, arguments: &Value, changes: bool) -> (Vec<f64>, Vec<f64>) {
    let (host, bare) = (Host::probe().await, Bare::new());
    let (space, plain) = (Coworkspace::new(), tempfile::tempdir().expect("a folder"));
    fs::create_dir(plain.path().join("files")).expect("a folder");
    let text = arguments.to_string();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS + WARM {
        // Each round finds another content, so that each round changes something.
        let before = format!("{round:04096}");
        if changes || round == 0 {
            space.plant("files/4k.txt", &before);
            fs::write(plain.path().join("files/4k.txt"), &before).expect("a file");
        }
        let started = Instant::now();
        host.call(&space, tool, arguments).await.expect("a result");
        let call = started.elapsed();
        let started = Instant::now();
        bare.call(plain.path(), tool, &text).await;
        if changes {
            write_and_rename(plain.path());
            write_and_rename(plain.path());
        }
        let reference = started.elapsed();
        if round >= WARM {
            ours.push(call.as_secs_f64() * 1e6);
            theirs.push(reference.as_secs_f64() * 1e6);
        }
    }
    (ours, theirs)
}

fn write_and_rename(folder: &std::path::Path) {
    let temporary = folder.join("files/temporary");
    fs::write(&temporary, "z".repeat(4096)).expect("a write");
    fs::rename(temporary, folder.join("files/4k.txt")).expect("a rename");
}
