//! A warm call in a fresh instance, beside starting a process, which is what people would do instead.

use crate::figure::{Bound, Figure};
use crate::place;
use cowork_tests::{Coworkspace, Host};
use serde_json::{Value, json};
use std::process::Command;
use std::time::Instant;

pub(crate) const LIST: &str = "file_list_warm";
pub(crate) const TINY: &str = "tiny_call";
pub(crate) const BWRAP: &str = "tiny_call_bwrap";
const ROUNDS: usize = 20;
const WARM: usize = 20;
const CALLS: usize = 300;
const SPAWNS: usize = 20;
/// What people put around a process so that it sees what a call sees: one folder, no network, no other process.
const SANDBOXED: &str = "--unshare-all --die-with-parent --new-session --clearenv --cap-drop ALL \
    --ro-bind /usr /usr --symlink usr/lib /lib --symlink usr/lib64 /lib64 --symlink usr/bin /bin \
    --proc /proc --dev /dev --tmpfs /tmp --chdir /coworkspace";

/// A shipped tool.
pub(crate) async fn list() -> Figure {
    let space = Coworkspace::new();
    for number in 0..16 {
        space.plant(format!("files/{number}.txt"), "content");
    }
    let call = (Host::tools().await, &space, "file_list", json!({"path": "files"}));
    beside(LIST, call, "spawn of /bin/true", || Command::new("/bin/true"), Bound::AtMost(1.0)).await
}

/// A guest that does nothing: what the call itself costs.
pub(crate) async fn tiny() -> Figure {
    let (host, space) = (place::host("tiny", place::SHIPPED).await, Coworkspace::new());
    let call = (&host, &space, "greet", json!({"name": "you"}));
    beside(TINY, call, "spawn of /bin/true", || Command::new("/bin/true"), Bound::AtMost(0.1)).await
}

/// The same beside a process in a sandbox of its own, where there is bubblewrap.
pub(crate) async fn tiny_beside_bwrap() -> Figure {
    let (host, space) = (place::host("tiny", place::SHIPPED).await, Coworkspace::new());
    let sandboxed = || {
        let mut command = Command::new("bwrap");
        command.arg("--bind").arg(space.path("")).arg("/coworkspace");
        command.args(SANDBOXED.split_whitespace()).args(["--", "/bin/true"]);
        command
    };
    if !sandboxed().status().is_ok_and(|status| status.success()) {
        let nothing = Bound::AtMost(f64::INFINITY);
        return Figure {
            name: "tiny_call (no bwrap here)",
            samples: vec![0.0],
            unit: "µs",
            reference: None,
            bound: nothing,
        };
    }
    let call = (&host, &space, "greet", json!({"name": "you"}));
    beside(BWRAP, call, "bwrap with /bin/true", sandboxed, Bound::AtMost(1.0 / 150.0)).await
}

/// Microseconds of calls and of processes, some of these after some of those: the first call after a process was
/// spawned finds the machine's caches full of that.
async fn beside(
    name: &'static str,
    (host, space, tool, arguments): (&Host, &Coworkspace, &str, Value),
    reference: &'static str,
    process: impl Fn() -> Command,
    bound: Bound,
) -> Figure {
    let (mut ours, mut spawns) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        // The first of each warm caches.
        for call in 0..WARM + CALLS {
            let started = Instant::now();
            host.call(space, tool, &arguments).await.expect("a result");
            if call >= WARM {
                ours.push(started.elapsed().as_secs_f64() * 1e6);
            }
        }
        for spawn in 0..WARM + SPAWNS {
            let started = Instant::now();
            process().status().expect("a process");
            if spawn >= WARM {
                spawns.push(started.elapsed().as_secs_f64() * 1e6);
            }
        }
    }
    Figure { name, samples: ours, unit: "µs", reference: Some((reference, spawns)), bound }
}
