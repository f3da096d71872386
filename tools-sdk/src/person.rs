//! Asking the person whom the task is for. A plugin that uses this imports `cowork:host/person`, which has to be granted.

use crate::Error;
use crate::bindings::cowork::host::person as host;

/// Asks one question, at most once in a call. The answer becomes the result of the call, in place of what the call
/// returns; it may come days later.
///
/// # Errors
/// [`Error::Failed`] when the call belongs to no task, or the question cannot be asked.
pub fn ask(text: &str, options: &[String], why: Option<&str>) -> Result<(), Error> {
    let question =
        host::Question { text: text.to_owned(), options: options.to_vec(), why: why.map(str::to_owned) };
    host::ask(&question).map_err(|error| match error {
        host::Error::NoTask => Error::failed("this call belongs to no task, so there is nobody to ask"),
        host::Error::Refused(why) => Error::failed(why),
    })
}
