//! Parts of a call: they compute side by side, have nothing else, and keep to the call's limits together.

use super::{check_on, inhabited};
use async_trait::async_trait;
use cowork_domain::CallId;
use cowork_domain::capability::{Effective, LiveGrant, Powers};
use cowork_sandbox::{Invocation, Limits, Progress, SandboxConfig};
use cowork_tests::{Host, shown};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

fn parts(part: &str, inputs: &[&str]) -> Value {
    json!({ "part": part, "inputs": inputs })
}

/// A call of parts ends as expected and has changed nothing.
async fn check(limits: Limits, arguments: Value, expected: &str) {
    let (host, space) = (Host::guest("probe", limits).await, inhabited());
    let before = space.tree();
    check_on(&host, &space, "in_parts", arguments, expected).await;
    assert_eq!(space.tree(), before);
    check_on(&host, &space, "in_parts", parts("echo", &["on"]), "on").await;
}

fn call(host: &Host, arguments: &Value, stop: &CancellationToken) -> Invocation {
    let tool = host.registry.find("in_parts").expect("a tool").clone();
    Invocation {
        id: CallId::new(),
        arguments: tool.parse_arguments(&arguments.to_string()).expect("arguments"),
        tool,
        folder: Arc::clone(&inhabited().folder),
        task: None,
        powers: host.powers.clone(),
        clock: Vec::new(),
        outbound: None,
        memories: None,
        progress: None,
        stop: stop.clone(),
        dry: false,
    }
}

#[tokio::test]
async fn what_parts_give_is_in_the_order_of_their_inputs() {
    let inputs: Vec<String> = (0..40).map(|number| number.to_string()).collect();
    let arguments = json!({ "part": "echo", "inputs": inputs });
    check(Limits::default(), arguments, &inputs.join(" ")).await;
    check(Limits::default(), parts("echo", &[]), "").await;
}

#[tokio::test]
async fn parts_run_also_where_calls_have_taken_all_room() {
    let host = Host::sized("probe", |config| SandboxConfig { calls: 1, calls_at_once: 1, ..config }).await;
    check_on(&host, &inhabited(), "in_parts", parts("echo", &["a", "b", "c", "d"]), "a b c d").await;
}

#[tokio::test]
async fn a_part_sees_no_files_and_changes_none() {
    for path in ["files/a.txt", "/files/a.txt", "../neighbour/files/secret.txt", "/etc/passwd"] {
        for part in ["read_file", "write_file"] {
            let host = Host::probe().await;
            let (space, arguments) = (inhabited(), parts(part, &[path]));
            let before = space.tree();
            let said = shown(&host.call(&space, "in_parts", &arguments).await);
            assert!(said.starts_with("failed: "), "{part} {path}: {said}");
            assert_eq!(space.tree(), before, "{part} {path}");
        }
    }
}

#[tokio::test]
async fn a_part_runs_no_parts() {
    let result = Host::probe().await.call(&inhabited(), "in_parts", &parts("nested", &["x"])).await;
    let said = format!("{:?}", result.expect_err("an end"));
    assert!(said.contains("a part of a call runs no parts"), "{said}");
}

#[tokio::test]
async fn what_a_part_says_is_told_to_the_call() {
    check(Limits::default(), parts("refuse", &["", "it is empty", ""]), "failed: it is empty").await;
    check(Limits::default(), parts("missing", &["x"]), "failed: this plugin has no part `missing`").await;
}

#[tokio::test]
async fn a_crash_of_one_part_ends_the_call_and_says_where_it_was() {
    let expected = "the tool crashed: in part 2 of 3, crash: index 7 is out of bounds";
    check(Limits::default(), parts("crash", &["", "index 7 is out of bounds", ""]), expected).await;
    // Those that would go on for ever end with it.
    let started = Instant::now();
    let mixed = json!({ "part": "crash_or_spin", "inputs": ["crash", "spin", "spin", "spin"] });
    let result = Host::probe().await.call(&inhabited(), "in_parts", &mixed).await;
    assert!(shown(&result).starts_with("the tool crashed: in part 1 of 4"), "{}", shown(&result));
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[tokio::test]
async fn memory_is_limited_over_the_call_and_its_parts() {
    let limits = Limits { memory: 64 << 20, ..Limits::default() };
    let of = |keep: u64| json!({ "part": "hold", "inputs": ["40"], "keep_mib": keep });
    check(limits.clone(), of(1), "\u{1}").await;
    check(limits, of(30), "the tool needed more than its memory limit of 64 MiB").await;
}

#[tokio::test]
async fn processor_time_is_limited_over_the_call_and_its_parts() {
    let limits = Limits { cpu_time: Duration::from_millis(300), ..Limits::default() };
    let expected = "the tool needed more than its limit of 0.3 s of processor time";
    check(limits, parts("spin", &["100", "100", "100"]), expected).await;
    let (host, space) = (Host::probe().await, inhabited());
    let used = async |inputs: &[&str]| {
        let ended =
            host.run(&space, "in_parts", &parts("spin", inputs).to_string(), None).await.expect("it runs");
        ended.result.expect("a result");
        ended.usage.cpu_micros
    };
    let one = used(&["1"]).await;
    let four = used(&["1", "1", "1", "1"]).await;
    assert!(four > 2 * one, "{four} µs of four parts, {one} µs of one");
}

#[tokio::test]
async fn parts_end_with_the_time_of_the_call() {
    let limits = Limits { wall_time: Duration::from_millis(500), ..Limits::default() };
    let expected = "the tool did not finish within its time limit of 0.5 s";
    check(limits.clone(), parts("sleep", &["3600", "3600"]), expected).await;
    check(limits, parts("spin", &["1000", "1000"]), expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_end_when_the_call_is_stopped() {
    let (host, stop) = (Host::probe().await, CancellationToken::new());
    for part in ["spin", "sleep"] {
        let stop = stop.child_token();
        let call = host.sandbox.call(call(host, &parts(part, &["1000", "1000", "1000"]), &stop));
        let stopping = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            stop.cancel();
        };
        let (ended, ()) = tokio::join!(call, stopping);
        assert_eq!(ended.result.expect_err("it was stopped").to_string(), "the call was stopped", "{part}");
    }
    // Their places are free again.
    check_on(host, &inhabited(), "in_parts", parts("echo", &["on"]), "on").await;
}

#[tokio::test]
async fn parts_are_so_many_and_their_results_so_large() {
    let many = vec![""; 10_001];
    check(Limits::default(), parts("echo", &many), "failed: a call may run 10000 parts, and no more").await;
    let expected = "the tool passed more than 128 MiB at once to the host";
    check(Limits::default(), parts("large", &["70", "70"]), expected).await;
}

#[tokio::test]
async fn a_later_run_of_the_same_call_draws_and_reads_the_same() {
    let host = Host::probe().await;
    let first = call(host, &parts("chance", &["", ""]), &CancellationToken::new());
    let clock = vec![Duration::from_secs(1_700_000_000); 20];
    let again = Invocation {
        id: first.id,
        clock: clock.clone(),
        ..call(host, &parts("chance", &["", ""]), &first.stop)
    };
    let other = Invocation { clock: clock.clone(), ..call(host, &parts("chance", &["", ""]), &first.stop) };
    let mut drawn = Vec::new();
    for invocation in [Invocation { clock, ..first }, again, other] {
        let output = host.sandbox.call(invocation).await.result.expect("a result").output;
        drawn.push(cowork_tests::texts(&output));
    }
    assert_eq!(drawn[0], drawn[1]);
    assert_ne!(drawn[0], drawn[2]);
    let parts: Vec<&str> = drawn[0].split(' ').collect();
    assert_ne!(parts[0], parts[1], "each part draws its own");
}

/// Remembers what it is told.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

#[async_trait]
impl Progress for Told {
    async fn report(&self, done: u32, total: u32, what: &str) {
        self.0.lock().expect("a list").push(format!("{done} of {total} {what}"));
    }
}

#[tokio::test]
async fn a_call_tells_how_far_it_is_and_so_do_its_parts() {
    let (host, told) = (Host::probe().await, Arc::new(Told::default()));
    let arguments = parts("echo", &["a", "b", "c"]);
    let invocation = call(host, &arguments, &CancellationToken::new());
    let progress = Some(Arc::clone(&told) as Arc<dyn Progress>);
    host.sandbox
        .call(Invocation { progress: progress.clone(), ..invocation })
        .await
        .result
        .expect("a result");
    assert_eq!(
        std::mem::take(&mut *told.0.lock().expect("a list")),
        ["1 of 3 echo", "2 of 3 echo", "3 of 3 echo"]
    );
    let tool = host.registry.find("report_progress").expect("a tool").clone();
    let own = Invocation {
        arguments: json!({ "steps": 2 }),
        tool,
        progress,
        ..call(host, &arguments, &CancellationToken::new())
    };
    host.sandbox.call(own).await.result.expect("a result");
    assert_eq!(*told.0.lock().expect("a list"), ["0 of 2 steps", "1 of 2 steps", "2 of 2 steps"]);
}

#[tokio::test]
async fn parts_have_to_be_granted() {
    let grant = Arc::new(LiveGrant::new(Powers::all_files()));
    let host = Host::guest("probe", Limits::default()).await;
    let host = Host { powers: Effective::unlimited().granted_by(grant), ..host };
    for (tool, arguments) in [("in_parts", parts("echo", &["x"])), ("part_width", json!({}))] {
        let said = shown(&host.call(&inhabited(), tool, &arguments).await);
        assert!(said.starts_with("denied: the interface cowork:host/parallel is "), "{said}");
        assert!(said.contains("cowork grant probe --interface cowork:host/parallel"), "{said}");
    }
}
