//! Files that are handed over to the person. A plugin that uses this imports `cowork:host/deliverables`, which has
//! to be granted.

use crate::Error;
use crate::bindings::cowork::host::deliverables as host;

/// Hands over one file under `output/`, with a title for people. The same path again replaces title and
/// description. It takes effect when the call has succeeded.
///
/// # Errors
/// [`Error::Failed`] when the call belongs to no task, or the path is not a file under `output/`.
pub fn create(path: &str, title: &str, description: Option<&str>) -> Result<(), Error> {
    let deliverable = host::Deliverable {
        path: path.to_owned(),
        title: title.to_owned(),
        description: description.map(str::to_owned),
    };
    host::create(&deliverable).map_err(|error| match error {
        host::Error::NoTask => {
            Error::failed("this call belongs to no task, so there is nobody to hand a file to")
        }
        host::Error::NotADeliverable(reason) => {
            Error::failed(format!("{path} is not a file under output/: {reason}"))
        }
    })
}
