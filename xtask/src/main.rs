//! Builds, tests and shows the project: `cargo xtask demo`, `cargo xtask test`.
//!
//! Every command sets up what is missing, says what it does while it does it, and fails with what to install.

mod build;
mod command;
mod models;
mod setup;
mod test;

use clap::{Parser, Subcommand};
use std::io::IsTerminal as _;
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Builds, tests and shows the project.")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build everything and run the main job to its end on sample files.
    Demo {
        /// Approve everything without asking. Taken for granted where there is no terminal.
        #[arg(long)]
        yes: bool,
    },
    /// Run every check: format, lints, documentation, tests with real components.
    Test,
    /// Build the host, the tools and the test guests.
    Build,
    /// Measure. Each figure has its reference from the same run.
    Bench {
        /// Only the benches whose name contains this.
        name: Option<String>,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Run the kill tests and property tests with their full counts.
    Soak,
}

fn main() -> ExitCode {
    match run(Cli::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> anyhow::Result<()> {
    match task {
        Task::Demo { yes } => demo(yes || !std::io::stdin().is_terminal()),
        Task::Test => test::all(),
        Task::Build => {
            build::host()?;
            build::tools()?;
            build::guests()
        }
        Task::Bench { name, json } => test::bench(name.as_deref(), json),
        Task::Soak => test::soak(),
    }
}

fn demo(yes: bool) -> anyhow::Result<()> {
    build::tools()?;
    build::host()?;
    let dir = command::target().join("demo");
    command::step("running the demo");
    if dir.exists() {
        std::fs::remove_dir_all(&dir)?;
    }
    let mut demo = command::program(build::cowork());
    demo.args(["demo", "--dir"]).arg(dir).env("COWORK_CACHE_DIR", command::target().join("compiled"));
    if yes {
        demo.arg("--yes");
    }
    command::run(&mut demo)
}
