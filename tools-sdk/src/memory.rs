//! Facts that outlive a task, shared by the agents of a coworkspace. A plugin that uses this imports
//! `cowork:host/memory`, which has to be granted.

use crate::Error;
use crate::bindings::cowork::host::memory as host;

pub use host::{Found, Note};

/// Stores a fact and gives its file. The same title again replaces what was stored under it. It takes effect when the
/// call has succeeded.
///
/// # Errors
/// [`Error::InvalidArguments`] when it cannot be stored as it is, [`Error::Failed`] when the call belongs to no task.
pub fn store(title: &str, tags: Vec<String>, text: &str) -> Result<String, Error> {
    let note = Note { title: title.to_owned(), tags, text: text.to_owned() };
    host::store(&note).map_err(|error| told(error, title))
}

/// The facts that fit a query best; for an empty one the newest.
///
/// # Errors
/// [`Error::Failed`] when the call belongs to no task, or the host cannot look.
pub fn retrieve(query: &str, limit: u32) -> Result<Vec<Found>, Error> {
    host::retrieve(query, limit).map_err(|error| told(error, query))
}

/// Forgets a fact by its title. A person is asked before it is gone.
///
/// # Errors
/// [`Error::Failed`] when there is none of this title.
pub fn forget(title: &str) -> Result<(), Error> {
    host::forget(title).map_err(|error| told(error, title))
}

fn told(error: host::Error, what: &str) -> Error {
    match error {
        host::Error::NoTask => Error::failed("this call belongs to no task, so nobody would remember"),
        host::Error::Invalid(why) => Error::invalid(why),
        host::Error::Unknown => Error::failed(format!("nothing is remembered as \"{what}\"")),
        host::Error::Failed(why) => Error::failed(why),
    }
}
