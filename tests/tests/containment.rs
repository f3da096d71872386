//! Guests that crash, loop, take all memory, flood and litter cost the host nothing that lasts. In a process of its own,
//! so that its memory and its files are this test's alone.

use cowork_coworkspaces::staged_calls;
use cowork_sandbox::Limits;
use cowork_tests::{Coworkspace, Host};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::{Value, json};
use std::time::Duration;

/// How a guest goes wrong.
fn kinds() -> Vec<(&'static str, Value)> {
    vec![
        ("trap", json!({"message": "no"})),
        ("spin", json!({})),
        ("sleep", json!({})),
        ("eat_memory", json!({})),
        ("fork_memory", json!({})),
        ("print", json!({"to": "stderr", "amount": 1_u64 << 40})),
        ("recurse", json!({"amount": 1_u64 << 40})),
        ("huge_result", json!({"amount": 9 << 20})),
        ("open_many", json!({"path": "files/a.txt", "amount": 100_000})),
        ("exit", json!({"amount": 1})),
        ("read", json!({"path": "files/fifo"})),
    ]
}

/// What a process holds.
#[derive(Debug)]
struct Held {
    resident: u64,
    handles: usize,
    threads: usize,
}

fn held() -> Held {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("statistics");
    let pages: u64 = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number");
    let count = |path: &str| std::fs::read_dir(path).expect("a folder").count();
    Held { resident: pages * 4096, handles: count("/proc/self/fd"), threads: count("/proc/self/task") }
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Makes so many files in one call that crashes.
async fn litter(host: &Host, space: &Coworkspace, files: u64) {
    let error = host.call(space, "litter", &json!({"amount": files})).await.expect_err("it crashes");
    assert!(error.to_string().contains("for nothing"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_bad_calls_leave_the_host_as_it_was() {
    let calls = number("COWORK_BAD_CALLS", 220);
    let (litters, files) = (number("COWORK_LITTERS", 2), number("COWORK_LITTER_FILES", 20_000));
    let limits = Limits {
        memory: 32 << 20,
        wall_time: Duration::from_millis(30),
        calls_per_minute: u64::MAX,
        ..Limits::default()
    };
    let host = Host::guest("probe", limits).await;
    let (long, memory) = (Duration::from_secs(600), 64 << 20);
    let patient = Limits { memory, wall_time: long, cpu_time: long, ..Limits::default() };
    let patient = Host::guest("probe", patient).await;
    let space = Coworkspace::new();
    space.plant("files/a.txt", "a");
    mknodat(CWD, space.path("files/fifo"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a FIFO");
    let all = kinds();
    // The first of each kind fills caches and pools.
    for (tool, arguments) in &all {
        assert!(host.call(&space, tool, arguments).await.is_err(), "{tool}");
    }
    litter(&patient, &space, files).await;
    let (before, tree) = (held(), space.tree());
    for number in 0..calls {
        let (tool, arguments) = &all[usize::try_from(number).expect("few") % all.len()];
        assert!(host.call(&space, tool, arguments).await.is_err(), "{tool}");
    }
    for _ in 0..litters {
        litter(&patient, &space, files).await;
    }
    let after = held();
    println!("{calls} bad calls and {litters} of {files} files: {before:?}, then {after:?}");
    assert_eq!(space.tree(), tree);
    assert_eq!(staged_calls(&space.folder).expect("a listing"), []);
    assert!(after.handles <= before.handles + 4, "{before:?} {after:?}");
    assert!(after.threads <= before.threads + 8, "{before:?} {after:?}");
    assert!(after.resident <= before.resident + (96 << 20), "{before:?} {after:?}");
    assert!(host.call(&space, "greet", &json!({"name": "Ada"})).await.is_ok(), "and it works on");
}
