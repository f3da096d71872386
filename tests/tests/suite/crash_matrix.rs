//! A crash after every effect of the engine: before and after each of its transactions, and with each answer of the model
//! that is not written down yet. The task goes on, and ends as one that nobody disturbed; nothing but what was in flight is
//! asked of the model again.

use crate::kill::{End, end};
use cowork_domain::TaskState;
use cowork_model_server::ModelServer;
use cowork_tests::{Program, conversation};
use std::path::Path;
use std::time::Duration;

const SLUG: &str = "downloads-organizer";
const PATIENCE: Duration = Duration::from_secs(120);
/// Each comes many times in a task, numbered from 1.
const EFFECTS: [&str; 3] = ["uncommitted", "committed", "answered"];
/// Of the several hundred moments the gate tries so many a kind; `COWORK_SOAK` all of them.
const TRIED: [usize; 5] = [1, 4, 23, 71, 120];
/// Agents that work at once: each may have one request in flight.
const AT_ONCE: usize = 4;

/// Whether the task came to this moment and was killed there, and what it left behind at its end.
async fn run(label: &str, model: &ModelServer) -> (bool, End) {
    let (dir, base_url) = (tempfile::tempdir().expect("a folder"), model.openai_base());
    let dir: &Path = dir.path();
    let program = Program::start(dir).await;
    program.upload_demo_to(SLUG).await;
    program.kill().await;
    let mut program = Program::start_asking(dir, label, &base_url).await;
    let created = program.create_demo_in(SLUG).await;
    if let Some(id) = &created {
        program.ends_within(id, PATIENCE).await;
    }
    let killed = program.is_gone().await;
    if killed {
        program = Program::start_asking(dir, "", &base_url).await;
    }
    // Whoever got no answer looks first whether the task is there.
    let id = match created.or(program.only_task().await) {
        Some(id) => id,
        None => program.create_demo_in(SLUG).await.expect("an answer"),
    };
    program.wait_for_end(&id).await;
    program.kill().await;
    (killed, end(dir, SLUG, &id).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_killed_after_any_effect_ends_as_if_never() {
    let script = std::fs::read_to_string(conversation()).expect("the demo");
    let model = scripted(&script).await;
    let (_, undisturbed) = run("never", &model).await;
    let requests = model.requests().len();
    let (mut killed, mut most_again) = (0, 0);
    for effect in EFFECTS {
        for number in numbers() {
            let (model, label) = (scripted(&script).await, format!("{effect} {number}"));
            let (was_killed, end) = run(&label, &model).await;
            assert_eq!(end, undisturbed, "killed at {label:?}");
            if !was_killed {
                break;
            }
            let again = model.requests().len() - requests;
            assert!(again <= AT_ONCE, "{again} requests again after {label:?}");
            (killed, most_again) = (killed + 1, most_again.max(again));
        }
    }
    println!("killed at {killed} effects, at most {most_again} requests again; each: {undisturbed}");
    assert!(killed >= 10, "only {killed}");
}

fn numbers() -> Box<dyn Iterator<Item = usize>> {
    if std::env::var_os("COWORK_SOAK").is_some() { Box::new(1..) } else { Box::new(TRIED.into_iter()) }
}

async fn scripted(script: &str) -> ModelServer {
    ModelServer::scripted(script).await.expect("a model server")
}

/// A tool of the demo, early in it. The host names none: a test does.
const POISON: &str = "runs file_info";

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_brings_the_host_down_again_and_again_stops_its_task_alone() {
    let dir = tempfile::tempdir().expect("a folder");
    let program = Program::start_until(dir.path(), POISON).await;
    let id = program.begin_demo().await;
    program.dies().await;
    // Two more with everything else beside it, and one alone.
    for _ in 0..3 {
        Program::dies_at(dir.path(), POISON).await;
    }
    let program = Program::start_until(dir.path(), POISON).await;
    let task = program.task(&id).await;
    let TaskState::Failed { reason, .. } = &task.state else { panic!("{:?}", task.state) };
    assert!(reason.starts_with("the host ended 4 times while a call of file_info was at work"), "{reason}");
    program.kill().await;
    // What is mended goes on where it was.
    let program = Program::start(dir.path()).await;
    program.start_again(&id).await;
    program.wait_for_end(&id).await;
    program.kill().await;
}
