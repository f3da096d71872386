use crate::host::{Host, HostOptions};
use clap::Args;
use cowork_server::Server;
use std::net::SocketAddr;
use std::process::ExitCode;

#[derive(Args)]
pub(crate) struct Serve {
    /// Where to listen. Only loopback addresses: the API has no authentication yet.
    #[arg(long, env = "COWORK_LISTEN", default_value = "127.0.0.1:7420")]
    listen: SocketAddr,
    #[command(flatten)]
    host: HostOptions,
}

impl Serve {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let host = Host::open(&self.host, self.host.model()?).await?;
        let server = Server::bind(self.listen, host.engine.clone()).await?;
        let resumed = host.engine.resume().await?;
        host.engine.spawn_upkeep();
        host.engine.spawn_schedules();
        // On standard output, so that a program which asked for port 0 learns the port.
        println!("listening on http://{}", server.address()?);
        if resumed > 0 {
            tracing::info!(tasks = resumed, "unfinished tasks go on");
        }
        server.run(stop_signal()).await?;
        // At once: a guest that runs could be waited for until its time limit, and the next start takes its call up.
        std::process::exit(0)
    }
}

/// Ctrl-C or a termination signal.
async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
