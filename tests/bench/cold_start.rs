//! From nothing to a server that answers, with compiled code cached.

use crate::figure::{Bound, Figure};
use cowork_tests::components::{target_dir, tools_dir};
use cowork_tests::{Coworkspace, Program, cowork};
use std::time::Instant;

pub(crate) const NAME: &str = "serve_cold_start";
pub(crate) const FIRST: &str = "first_result_cold";
const ROUNDS: usize = 20;

pub(crate) async fn measure() -> Figure {
    let dir = tempfile::tempdir().expect("a folder");
    // The first start compiles the tools and makes the database.
    Program::start(dir.path()).await.kill().await;
    let mut samples = Vec::new();
    for _ in 0..ROUNDS {
        let started = Instant::now();
        let program = Program::start(dir.path()).await;
        program.health().await;
        samples.push(started.elapsed().as_secs_f64() * 1e3);
        program.kill().await;
    }
    Figure { name: NAME, samples, unit: "ms", reference: None, bound: Bound::AtMost(1000.0) }
}

/// From no process at all to a tool's result on standard output, and the end of the process.
pub(crate) async fn first_result() -> Figure {
    let space = Coworkspace::new();
    let call = || {
        let mut command = tokio::process::Command::new(cowork());
        command.args(["tools", "call", "file_list", r#"{"path": "files"}"#, "--folder"]);
        command.arg(space.folder.root()).arg("--tools-dir").arg(tools_dir());
        command.arg("--cache-dir").arg(target_dir().join("compiled-for-tests"));
        command.output()
    };
    call().await.expect("the first compiles");
    let mut samples = Vec::new();
    for _ in 0..ROUNDS {
        let started = Instant::now();
        let output = call().await.expect("it runs");
        samples.push(started.elapsed().as_secs_f64() * 1e3);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    Figure { name: FIRST, samples, unit: "ms", reference: None, bound: Bound::AtMost(50.0) }
}
