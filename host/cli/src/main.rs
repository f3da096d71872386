//! `cowork`: the host's command line. `serve` and `demo` are a host, the other commands talk to one.

mod client;
mod commands;
mod host;
mod powers;
mod render;
mod watch;

use clap::Parser;
use std::process::ExitCode;

/// A co-worker that plans, works with sandboxed tools and hands over finished files.
#[derive(Parser)]
#[command(name = "cowork", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: commands::Command,
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    start_logging(&cli.command);
    match cli.command.run().await {
        Ok(code) => code,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

fn start_logging(command: &commands::Command) {
    let default = if command.is_server() { "warn,cowork=info" } else { "error" };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| default.into());
    tracing_subscriber::fmt().with_env_filter(filter).with_target(false).with_writer(std::io::stderr).init();
}

/// What went wrong, why, and apart from that what to do about it.
fn report(error: &anyhow::Error) {
    eprintln!("error: {error}");
    for cause in error.chain().skip(1) {
        eprintln!("  because: {cause}");
    }
    if let Some(hint) = error.chain().find_map(hint) {
        eprintln!("hint: {hint}");
    }
}

fn hint<'e>(cause: &'e (dyn std::error::Error + 'static)) -> Option<&'e str> {
    None.or_else(|| cause.downcast_ref::<client::ApiProblem>()?.hint.as_deref())
        .or_else(|| cause.downcast_ref::<host::SetupError>()?.hint())
        .or_else(|| cause.downcast_ref::<cowork_models::ModelError>()?.hint())
        .or_else(|| cause.downcast_ref::<client::NoServer>().map(client::NoServer::hint))
}
