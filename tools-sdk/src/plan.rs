//! Progress on the plan of the task that a call belongs to. A plugin that uses this imports `cowork:host/plan`,
//! which has to be granted.

use crate::Error;
use crate::bindings::cowork::host::plan as host;

/// How far a subtask is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Being worked on.
    Running,
    /// Finished.
    Completed,
    /// Given up; the note says why.
    Failed,
}

/// Sets the status of one subtask, named by its title or its id. It takes effect when the call has succeeded.
///
/// # Errors
/// [`Error::Failed`] when the call belongs to no task, or the plan has no such subtask.
pub fn update_subtask(subtask: &str, status: Status, note: Option<&str>) -> Result<(), Error> {
    let status = match status {
        Status::Running => host::Status::Running,
        Status::Completed => host::Status::Completed,
        Status::Failed => host::Status::Failed,
    };
    host::update_subtask(subtask, status, note).map_err(|error| match error {
        host::Error::NoTask => Error::failed("this call belongs to no task, so there is no plan to update"),
        host::Error::UnknownSubtask(known) => {
            Error::failed(format!("no subtask `{subtask}` in the plan: {known}"))
        }
    })
}
