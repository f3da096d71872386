//! Going back, and trying again.

use super::Client;
use cowork_domain::fork::Forked;
use cowork_domain::rewind::{RewindReport, TurnEntry};
use cowork_domain::{SubtaskId, Task, TaskId};
use serde_json::{Value, json};

impl Client {
    pub(crate) async fn turns(&self, id: TaskId) -> anyhow::Result<Vec<TurnEntry>> {
        self.get(&format!("/api/cowork/tasks/{id}/turns")).await
    }

    pub(crate) async fn rewind(&self, id: TaskId, to: u32, dry_run: bool) -> anyhow::Result<RewindReport> {
        let wish = json!({"turn": to, "dry_run": dry_run});
        self.post(&format!("/api/cowork/tasks/{id}/rewind"), &wish).await
    }

    pub(crate) async fn fork(&self, id: TaskId, wish: &Value) -> anyhow::Result<Forked> {
        self.post(&format!("/api/cowork/tasks/{id}/fork"), wish).await
    }

    pub(crate) async fn retry(
        &self,
        id: TaskId,
        subtask: SubtaskId,
        words: Option<&str>,
    ) -> anyhow::Result<Task> {
        let wish = json!({ "words": words });
        self.post(&format!("/api/cowork/tasks/{id}/subtasks/{subtask}/retry"), &wish).await
    }
}
