//! Other agents of the same task. A plugin that uses this imports `cowork:host/agents`, which has to be granted.

use crate::Error;
use crate::bindings::cowork::host::agents as host;

/// An agent that is to be made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewAgent {
    /// What others call it.
    pub name: String,
    /// What it is good at, in a few words.
    pub role: Option<String>,
    /// What it is to do.
    pub brief: String,
    /// Patterns of the paths that it writes.
    pub writes: Vec<String>,
}

/// Makes an agent, when the call has succeeded. Its last words come as a message.
///
/// # Errors
/// [`Error::Failed`] when the call belongs to no agent, or no more agents may be made.
pub fn spawn(agent: NewAgent) -> Result<(), Error> {
    let NewAgent { name, role, brief, writes } = agent;
    host::spawn(&host::NewAgent { name, role, brief, writes }).map_err(explain)
}

/// Sends a message, when the call has succeeded. The agent reads it at its next turn.
///
/// # Errors
/// [`Error::Failed`] when the call belongs to no agent, or there is no agent of that name at work.
pub fn send(to: &str, kind: &str, content: &str) -> Result<(), Error> {
    host::send(to, kind, content).map_err(explain)
}

/// Waits for a message, from one agent or from any, at most once in a call. It becomes the result of the call, in place
/// of what the call returns.
///
/// # Errors
/// [`Error::Failed`] when the call belongs to no agent, or nobody could send one.
pub fn receive(sender: Option<&str>) -> Result<(), Error> {
    host::receive(sender).map_err(explain)
}

fn explain(error: host::Error) -> Error {
    match error {
        host::Error::NoTask => Error::failed("this call belongs to no agent, so there are no others"),
        host::Error::UnknownAgent(known) => Error::failed(format!("no such agent is at work; {known}")),
        host::Error::Refused(why) => Error::failed(why),
    }
}
