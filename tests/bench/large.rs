//! Large files and folders through the staged view, beside wasmtime-wasi's own file system on the same disk.

use crate::bare::Bare;
use crate::figure::{Bound, Figure};
use crate::place;
use cowork_tests::Coworkspace;
use serde_json::{Value, json};
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

pub(crate) const READ: &str = "read_large";
pub(crate) const LIST: &str = "list_10000";
/// 256 MiB in all. Lines are long, so that the guest spends its time on reading and little on counting.
const LINE: usize = 4096;
const LINES: usize = 65_536;
const ENTRIES: usize = 10_000;

/// One call, and what its text must hold: a guest that stops early would be quick.
struct Task {
    tool: &'static str,
    arguments: Value,
    holds: String,
    rounds: usize,
}

/// A guest that reads a file of 256 MiB to its end, 8 KiB at a time as `BufReader` has it, and gives back one number.
/// Both sides count the lines too, with the same code.
pub(crate) async fn read() -> Figure {
    let space = Coworkspace::new();
    write_lines(&space.path("files/large.txt"));
    let arguments = json!({"path": "files/large.txt"});
    let task = Task { tool: "line_count", arguments, holds: format!("{LINES} lines"), rounds: 10 };
    figure(READ, compare(&space, &task).await, Bound::AtMost(1.43))
}

/// A guest that lists a folder of 10,000 files. Its C library asks for each entry's hash too, as it does for plugins.
pub(crate) async fn list() -> Figure {
    let space = Coworkspace::new();
    for number in 0..ENTRIES {
        space.plant(format!("files/many/{number:05}.txt"), "content");
    }
    let arguments = json!({"path": "files/many"});
    let task = Task { tool: "list", arguments, holds: format!("{:05}.txt", ENTRIES - 1), rounds: 30 };
    figure(LIST, compare(&space, &task).await, Bound::AtMost(1.3))
}

fn figure(name: &'static str, samples: (Vec<f64>, Vec<f64>), bound: Bound) -> Figure {
    Figure {
        name,
        samples: samples.0,
        unit: "ms",
        reference: Some(("plain wasmtime-wasi", samples.1)),
        bound,
    }
}

fn write_lines(path: &Path) {
    const AT_ONCE: usize = 256;
    let mut line = vec![b'x'; LINE];
    line[LINE - 1] = b'\n';
    let lines = line.repeat(AT_ONCE);
    let mut file = File::create(path).expect("a file");
    for _ in 0..LINES / AT_ONCE {
        file.write_all(&lines).expect("a write");
    }
}

/// Milliseconds of our call and of the plain one on the same folder, in turns, so that both find it in the page cache.
async fn compare(space: &Coworkspace, task: &Task) -> (Vec<f64>, Vec<f64>) {
    let (host, bare) = (place::host("probe", place::SHIPPED).await, Bare::new());
    let text = task.arguments.to_string();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    // What was just written is on its way to the disk.
    rustix::fs::sync();
    for round in 0..=task.rounds {
        let started = Instant::now();
        let called = host.call(space, task.tool, &task.arguments).await.expect("a result");
        let call = started.elapsed();
        assert!(called.text().contains(&task.holds), "all of it was read");
        let started = Instant::now();
        bare.call(space.folder.root(), task.tool, &text).await;
        let reference = started.elapsed();
        // The first round warms caches on both sides.
        if round > 0 {
            ours.push(call.as_secs_f64() * 1e3);
            theirs.push(reference.as_secs_f64() * 1e3);
        }
    }
    (ours, theirs)
}
