//! A guest that crashes, does not end or wants too much ends with an error that says so, and harms no other call.

use super::{check_on, inhabited};
use cowork_domain::capability::{Effective, LimitRules, LiveGrant, Powers};
use cowork_sandbox::Limits;
use cowork_tests::{Host, shown};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The call ends as expected, has changed nothing, and the same sandbox goes on to work.
async fn check(limits: Limits, tool: &str, arguments: Value, expected: &str) {
    let host = Host::guest("probe", limits).await;
    let space = inhabited();
    let before = space.tree();
    check_on(&host, &space, tool, arguments, expected).await;
    assert_eq!(space.tree(), before);
    check_on(&host, &space, "greet", json!({ "name": "Ada" }), "Hello, ADA!").await;
}

fn short() -> Limits {
    Limits { wall_time: Duration::from_millis(500), ..Limits::default() }
}

#[tokio::test]
async fn a_crash_tells_its_message() {
    let arguments = json!({ "message": "index 7 is out of bounds" });
    check(Limits::default(), "trap", arguments, "the tool crashed: index 7 is out of bounds").await;
}

#[tokio::test]
async fn an_endless_loop_ends_at_the_time_limit() {
    check(short(), "spin", json!({}), "the tool did not finish within its time limit of 0.5 s").await;
}

#[tokio::test]
async fn an_endless_sleep_ends_at_the_time_limit() {
    let start = Instant::now();
    check(short(), "sleep", json!({}), "the tool did not finish within its time limit of 0.5 s").await;
    assert!(start.elapsed() < Duration::from_secs(30), "and not when it wakes");
}

#[tokio::test]
async fn memory_ends_at_its_limit() {
    let limits = Limits { memory: 32 << 20, ..Limits::default() };
    check(limits, "eat_memory", json!({}), "the tool needed more than its memory limit of 32 MiB").await;
}

#[tokio::test]
async fn printing_ends_at_its_limit() {
    for stream in ["stdout", "stderr"] {
        let arguments = json!({ "to": stream, "amount": 1 << 30 });
        check(Limits::default(), "print", arguments, "the tool printed more than its limit of 1024 KiB")
            .await;
        check(Limits::default(), "print", json!({ "to": stream, "amount": 1000 }), "").await;
    }
}

#[tokio::test]
async fn a_result_that_is_too_large_is_not_taken() {
    let limits = Limits { result: 1 << 20, ..Limits::default() };
    let expected = "the tool's result has 1048577 bytes, more than its limit of 1048576";
    check(limits.clone(), "huge_result", json!({ "amount": (1 << 20) + 1 }), expected).await;
    let expected = "the tool passed more than 128 MiB at once to the host";
    check(limits, "huge_result", json!({ "amount": 128 << 20 }), expected).await;
}

#[tokio::test]
async fn a_recursion_that_is_too_deep_ends() {
    let host = Host::probe().await;
    check_on(host, &inhabited(), "recurse", json!({ "amount": 1000 }), "1000").await;
    check(Limits::default(), "recurse", json!({ "amount": 1u64 << 40 }), "the tool crashed").await;
}

#[tokio::test]
async fn handles_end_at_their_limit() {
    let limits = Limits { handles: 50, ..Limits::default() };
    let many = |amount: u64| json!({ "path": "files/a.txt", "amount": amount });
    check(limits.clone(), "open_many", many(20), "20 open").await;
    check(
        limits,
        "open_many",
        many(60),
        "the tool held more than its limit of 50 open files, folders and streams",
    )
    .await;
}

#[tokio::test]
async fn an_exit_is_no_result() {
    check(Limits::default(), "exit", json!({ "amount": 3 }), "the tool exited and gave no result").await;
    check(Limits::default(), "exit", json!({ "amount": 0 }), "the tool exited and gave no result").await;
}

#[tokio::test]
async fn a_result_that_is_not_json_is_not_taken() {
    let expected = "the tool's structured result is not JSON";
    check_on(Host::python().await, &inhabited(), "broken_result", json!({}), expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_calls_than_there_are_places_wait() {
    let calls = (0..100).map(|number| {
        tokio::spawn(async move {
            let name = format!("n{number}");
            check_on(
                Host::probe().await,
                &inhabited(),
                "greet",
                json!({ "name": name }),
                &format!("Hello, N{number}!"),
            )
            .await;
        })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.expect("each call is answered");
    }
}

#[tokio::test]
async fn computing_ends_at_the_limit_of_processor_time_and_waiting_does_not_count() {
    let limits = Limits { cpu_time: Duration::from_millis(200), ..Limits::default() };
    let expected = "the tool needed more than its limit of 0.2 s of processor time";
    check(limits.clone(), "spin", json!({}), expected).await;
    let limits = Limits { wall_time: Duration::from_millis(500), ..limits };
    check(limits, "sleep", json!({}), "the tool did not finish within its time limit of 0.5 s").await;
}

#[tokio::test]
async fn a_plugin_is_called_only_so_often() {
    let host = Host::guest("probe", Limits { calls_per_minute: 2, ..Limits::default() }).await;
    let (space, ada) = (inhabited(), json!({ "name": "Ada" }));
    for _ in 0..2 {
        check_on(&host, &space, "greet", ada.clone(), "Hello, ADA!").await;
    }
    let expected = "the plugin probe was called more than its limit of 2 times in a minute";
    check_on(&host, &space, "greet", ada, expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_works_only_so_often_at_once() {
    let limits = Limits { calls_at_once: 1, ..short() };
    let host = Host::guest("probe", limits).await;
    let (one, other) = (inhabited(), inhabited());
    let (sleep, greet) = (json!({}), json!({ "name": "Ada" }));
    let first = host.call(&one, "sleep", &sleep);
    let second = host.call(&other, "greet", &greet);
    let (_, second) = tokio::join!(first, second);
    let expected = "the plugin probe is at work 1 times at once, which is its limit";
    assert_eq!(shown(&second), expected);
    check_on(&host, &one, "greet", greet, "Hello, ADA!").await;
}

#[tokio::test]
async fn a_grant_sets_limits_of_its_own() {
    let limits = LimitRules { memory_mib: Some(16), cpu_seconds: Some(1), ..LimitRules::default() };
    let grant = Powers { limits, ..Powers::all_files() };
    let host = Host::guest("probe", Limits::default()).await;
    let powers = Effective::unlimited().granted_by(Arc::new(LiveGrant::new(grant)));
    let host = Host { powers, ..host };
    let expected = "the tool needed more than its memory limit of 16 MiB";
    check_on(&host, &inhabited(), "eat_memory", json!({}), expected).await;
    check_on(&host, &inhabited(), "fork_memory", json!({}), expected).await;
    let expected = "the tool needed more than its limit of 1 s of processor time";
    check_on(&host, &inhabited(), "spin", json!({}), expected).await;
}

#[tokio::test]
async fn what_a_call_used_is_told_with_its_result() {
    let (host, space) = (Host::probe().await, inhabited());
    let write = json!({ "path": "files/new.txt", "text": "x".repeat(100_000) }).to_string();
    let ended = host.run(&space, "write", &write, None).await.expect("it runs");
    assert!(ended.result.is_ok());
    assert_eq!(ended.usage.staged, 100_000);
    assert!(ended.usage.memory >= 1 << 16 && ended.usage.wall_micros > 0 && ended.usage.cpu_micros > 0);
    let failed = host.run(&space, "read", r#"{"path": "files/none"}"#, None).await.expect("it runs");
    assert!(failed.result.is_err() && failed.usage.cpu_micros > 0, "a failure costs too");
}
