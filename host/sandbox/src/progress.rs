//! `cowork:host/progress`: how far a call is, told while it runs.

use crate::bindings::progress::Host;
use crate::context::CallContext;
use async_trait::async_trait;

/// The longest text, in characters.
const LONGEST: usize = 80;

/// Whoever is told how far a call is.
#[async_trait]
pub trait Progress: Send + Sync {
    /// So many of a total are done, and of what. It may be told very often.
    async fn report(&self, done: u32, total: u32, what: &str);
}

impl Host for CallContext {
    async fn report(&mut self, done: u32, total: u32, what: String) -> wasmtime::Result<()> {
        self.may_use("cowork:host/progress")?;
        if let Some(progress) = self.progress.clone() {
            let what: String = what.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
            progress.report(done.min(total), total, &what).await;
        }
        Ok(())
    }
}
