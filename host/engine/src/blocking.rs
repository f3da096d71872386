//! File operations block; they run where that hurts nobody.

use crate::{Error, Result};

/// Runs `work` on a thread made for it. An error is a panic of ours.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|source| Error::Panicked(Some(source)))
}
