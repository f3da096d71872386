//! Listening and stopping.

use crate::router;
use cowork_engine::Orchestrator;
use std::future::Future;
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// A server that listens and does not answer yet.
pub struct Server {
    listener: TcpListener,
    engine: Orchestrator,
}

/// Why the server cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The address is not of this machine's loopback.
    #[error(
        "{0} is reachable from other machines, and the API has no authentication: listen on 127.0.0.1 or [::1]"
    )]
    NotLoopback(SocketAddr),
    /// The system said no.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
}

impl Server {
    /// Takes the address; port 0 takes a free one. Only loopback addresses are taken.
    pub async fn bind(address: SocketAddr, engine: Orchestrator) -> Result<Self, BindError> {
        if !address.ip().is_loopback() {
            return Err(BindError::NotLoopback(address));
        }
        let listener =
            TcpListener::bind(address).await.map_err(|source| BindError::Listen { address, source })?;
        Ok(Self { listener, engine })
    }

    /// Where it listens.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until `stop` is ready, then stops the engine's work, which goes on at the next start.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> std::io::Result<()> {
        let engine = self.engine.clone();
        let serve = axum::serve(self.listener, router(self.engine)).into_future();
        // Not a graceful shutdown: event streams never end by themselves, and everything that matters is saved.
        tokio::select! {
            result = serve => result,
            () = stop => {
                engine.shut_down();
                Ok(())
            }
        }
    }
}
