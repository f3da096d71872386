//! A tool that reports progress on the plan of the task that a call belongs to.

use cowork_tool::plan::{self, Status};
use cowork_tool::{Deserialize, Error, JsonSchema, Output, Serialize};

cowork_tool::export!(task_update {
    title: "Update the plan",
    description: "Reports how far a subtask of the plan is: `running` before starting it, `completed` when it is done, `failed` with a note that says why.",
    annotations: [read_only, idempotent],
    output: Updated,
});

/// Arguments of [`task_update`].
#[derive(Deserialize, JsonSchema)]
pub struct TaskUpdate {
    /// The subtask's title or id, as in the plan.
    pub subtask: String,
    /// How far it is.
    pub status: Progress,
    /// What people should know, such as why it failed.
    pub note: Option<String>,
}

/// How far a subtask is.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Progress {
    /// Being worked on.
    Running,
    /// Finished.
    Completed,
    /// Given up.
    Failed,
}

/// What was reported.
#[derive(Serialize, JsonSchema)]
pub struct Updated {
    subtask: String,
    status: Progress,
}

/// Sets the status of one subtask.
pub fn task_update(args: TaskUpdate) -> Result<Output, Error> {
    let TaskUpdate { subtask, status, note } = args;
    let note = note.as_deref().filter(|note| !note.trim().is_empty());
    let (host_status, word) = match status {
        Progress::Running => (Status::Running, "running"),
        Progress::Completed => (Status::Completed, "completed"),
        Progress::Failed => (Status::Failed, "failed"),
    };
    plan::update_subtask(&subtask, host_status, note)?;
    Output::text(format!("{subtask}: {word}")).structured(Updated { subtask, status })
}
