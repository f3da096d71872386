//! How soon a host that was killed goes on with all that it was at.

use crate::figure::{Bound, Figure};
use crate::place;
use cowork_model_server::{ModelServer, Reply};
use cowork_models::Label;
use cowork_tests::Program;
use futures::stream::{self, StreamExt as _};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

pub(crate) const NAME: &str = "resume_1000_tasks";
/// Unless `COWORK_BENCH_RUNNING` says otherwise.
const RUNNING: usize = 1000;
const SPACES: usize = 32;
const ROUNDS: usize = 5;
const PATIENCE: Duration = Duration::from_secs(300);

/// Milliseconds from the start of the process after a `kill -9` until the agent of every task asks its model again.
pub(crate) async fn measure() -> Figure {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let server = ModelServer::answering(move |request| match request.label() {
        Some(Label::Agent(_)) => {
            count.fetch_add(1, Ordering::SeqCst);
            Reply::Hang
        }
        _ => Reply::text(r#"{"summary": "Look", "phases": [{"name": "Look", "subtasks": ["Look around"]}]}"#),
    });
    let server = server.await.expect("a model server");
    let dir = tempfile::tempdir().expect("a folder");
    let all = place::number("COWORK_BENCH_RUNNING", RUNNING);
    let mut program = Program::start_asking(dir.path(), "", &server.openai_base()).await;
    for space in 0..SPACES {
        program.post("/api/coworkspaces", json!({"name": format!("space-{space}")})).await;
    }
    let program_ref = &program;
    stream::iter(0..all)
        .for_each_concurrent(16, |number| async move { create(program_ref, number).await })
        .await;
    until(&asked, all).await;
    let mut samples = Vec::new();
    for _ in 0..ROUNDS {
        program.kill().await;
        asked.store(0, Ordering::SeqCst);
        let started = Instant::now();
        program = Program::start_asking(dir.path(), "", &server.openai_base()).await;
        until(&asked, all).await;
        samples.push(started.elapsed().as_secs_f64() * 1e3);
    }
    program.kill().await;
    Figure { name: NAME, samples, unit: "ms", reference: None, bound: Bound::AtMost(5000.0) }
}

async fn create(program: &Program, number: usize) {
    let slug = format!("space-{}", number % SPACES);
    let task = json!({"outcome": "Look around", "coworkspace_slug": slug, "auto_approve_plan": true});
    program.post("/api/cowork/tasks", task).await;
}

async fn until(asked: &AtomicUsize, all: usize) {
    let come = async {
        while asked.load(Ordering::SeqCst) < all {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, come).await.expect("all of them ask");
}
