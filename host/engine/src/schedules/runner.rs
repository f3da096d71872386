//! Waits for the next firing in the background.

use crate::{Orchestrator, Result};
use std::time::Duration;

/// The longest wait: clocks are set, machines sleep, and another host on this database may end a task.
const LONGEST: Duration = Duration::from_secs(60);
/// The shortest, after something could not be dealt with.
const SHORTEST: Duration = Duration::from_secs(1);

impl Orchestrator {
    /// Deals with firings as their times come, until the engine is shut down.
    pub fn spawn_schedules(&self) {
        let this = self.clone();
        tokio::spawn(async move {
            loop {
                let wait = this.fire_and_look().await.unwrap_or_else(|error| {
                    tracing::warn!(error = &error as &dyn std::error::Error, "schedules are looked at again");
                    LONGEST
                });
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = this.core.schedules.notified() => {}
                    () = this.core.stop.cancelled() => return,
                }
            }
        });
    }

    /// Deals with what is due, and says how long there is nothing more.
    async fn fire_and_look(&self) -> Result<Duration> {
        self.fire_due().await?;
        let Some(next) = self.core.store.next_firing().await? else { return Ok(LONGEST) };
        let wait = (next - self.core.clock.now()).to_std().unwrap_or(SHORTEST);
        Ok(wait.min(LONGEST))
    }
}
