//! From events to deltas, the same way for every provider.

use super::{Endpoint, says_overflow, short};
use crate::{Delta, ModelError};
use futures::StreamExt;
use futures::stream::BoxStream;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout_at};

/// Understands the events of one answer.
pub(crate) trait Reader: Send + 'static {
    /// Takes the data of the next event.
    fn read(&mut self, data: &str) -> Result<Step, ModelError>;
}

/// What an event meant.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Step {
    /// What it says, in order.
    pub deltas: Vec<Delta>,
    /// Whether it is the last.
    pub done: bool,
    /// Whether the model is at work, though what it says is not part of the answer.
    pub thinks: bool,
}

impl Step {
    /// Whether the model has begun to answer, or to think about it.
    fn begins(&self) -> bool {
        let says = |delta: &Delta| !matches!(delta, Delta::Usage(_));
        self.done || self.thinks || self.deltas.iter().any(says)
    }
}

/// Posts a body and gives what the reader makes of the answer's events.
pub(crate) fn converse(
    endpoint: Endpoint,
    body: serde_json::Value,
    mut reader: impl Reader,
) -> BoxStream<'static, Result<Delta, ModelError>> {
    async_stream::try_stream! {
        let deadline = Instant::now() + endpoint.timeouts.first_token;
        let mut events = endpoint.post(&body, deadline).await?;
        loop {
            let next = match events.has_begun() {
                true => Ok(events.next().await),
                false => timeout_at(deadline, events.next()).await,
            };
            let Some(data) = next.map_err(|_elapsed| endpoint.no_first_token())? else { break };
            let step = reader.read(&data?).map_err(|error| without_key(error, &endpoint))?;
            if step.begins() {
                events.begin();
            }
            for delta in step.deltas {
                yield delta;
            }
            if step.done {
                break;
            }
        }
    }
    .boxed()
}

/// Reads an event's JSON.
pub(crate) fn parse<T: DeserializeOwned>(data: &str) -> Result<T, ModelError> {
    serde_json::from_str(data).map_err(|source| malformed("an event that is not understood", Some(source)))
}

/// An event that the protocol does not allow. What it held may be the person's and is left out.
pub(crate) fn malformed(what: &str, source: Option<serde_json::Error>) -> ModelError {
    ModelError::Malformed { what: what.to_owned(), source: source.map(Into::into) }
}

fn without_key(error: ModelError, endpoint: &Endpoint) -> ModelError {
    match error {
        ModelError::BrokenOff { kind, message } if says_overflow(&kind) || says_overflow(&message) => {
            ModelError::ContextOverflow { message: short(&endpoint.blot(&message)) }
        }
        ModelError::BrokenOff { kind, message } => {
            ModelError::BrokenOff { kind, message: short(&endpoint.blot(&message)) }
        }
        other => other,
    }
}
