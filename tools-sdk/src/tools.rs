//! The tools of the host. A plugin that uses this imports `cowork:host/tools`, which has to be granted.

use crate::Error;
use crate::bindings::cowork::host::tools as host;

pub use host::Found;

/// The tools that fit a query best. From its next turn on the agent is shown them, when the call has succeeded.
///
/// # Errors
/// [`Error::Failed`] when the call belongs to no task.
pub fn find(query: &str, limit: u32) -> Result<Vec<Found>, Error> {
    host::find(query, limit).map_err(|error| match error {
        host::Error::NoTask => {
            Error::failed("this call belongs to no task, so nobody would be shown what is found")
        }
    })
}
