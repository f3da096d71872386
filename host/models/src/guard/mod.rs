//! What stands between all agents and one provider: its limits and its circuit breaker, shared by everything that asks
//! it with the same key.

mod breaker;
mod bucket;
mod limits;
#[cfg(test)]
mod tests;

pub use breaker::BreakerPolicy;
pub use limits::RateLimits;

use crate::{Delta, Model, ModelError, Request, tokens};
use breaker::Breaker;
use cowork_domain::message::Message;
use futures::StreamExt;
use futures::stream::BoxStream;
use limits::Limits;
use std::sync::Arc;

/// The way to one provider with one key. Clones are the same way.
#[derive(Debug, Clone)]
pub struct Gateway {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// What people call the provider.
    server: String,
    breaker: Breaker,
    limits: Limits,
}

impl Gateway {
    /// A way that nobody has gone yet.
    pub fn new(server: impl Into<String>, limits: RateLimits, policy: BreakerPolicy) -> Self {
        let (breaker, limits) = (Breaker::new(policy), Limits::new(limits));
        Self { inner: Arc::new(Inner { server: server.into(), breaker, limits }) }
    }

    /// Why nothing is asked here at the moment, if so.
    pub fn trouble(&self) -> Option<ModelError> {
        let retry_in = self.inner.breaker.rests()?;
        Some(ModelError::Resting { server: self.inner.server.clone(), retry_in })
    }
}

/// A model behind a [`Gateway`]: each request waits for its place within the limits, and is not sent while the provider
/// is given a rest. Dropping the answer's stream gives the place back.
pub struct Guarded<M> {
    model: Arc<M>,
    gateway: Gateway,
}

impl<M: Model> Guarded<M> {
    /// Puts a model behind a gateway.
    pub fn new(model: M, gateway: Gateway) -> Self {
        Self { model: Arc::new(model), gateway }
    }
}

impl<M: Model + 'static> Model for Guarded<M> {
    fn name(&self) -> &str {
        self.model.name()
    }

    fn trouble(&self) -> Option<ModelError> {
        self.gateway.trouble()
    }

    fn stream(&self, request: Request) -> BoxStream<'static, Result<Delta, ModelError>> {
        let (model, gateway) = (Arc::clone(&self.model), self.gateway.clone());
        async_stream::try_stream! {
            // Who would not be let through does not wait for a place.
            gateway.trouble().map_or(Ok(()), Err)?;
            let asked = asked_tokens(model.name(), &request, &gateway.inner.limits);
            let mut place = gateway.inner.limits.enter(asked).await;
            let admitted = gateway.inner.breaker.admit();
            let admission = admitted.map_err(|retry_in| ModelError::Resting {
                server: gateway.inner.server.clone(),
                retry_in,
            })?;
            let mut stream = model.stream(request);
            let mut is_whole = false;
            while let Some(piece) = stream.next().await {
                match &piece {
                    Ok(Delta::Usage(usage)) => place.used(usage.input_tokens + usage.output_tokens),
                    Ok(Delta::Stop(_)) => is_whole = true,
                    Ok(_) => {}
                    Err(error) => {
                        gateway.inner.limits.heed(error);
                        admission.judge(error.blames_provider());
                    }
                }
                yield piece?;
            }
            admission.judge(!is_whole);
        }
        .boxed()
    }
}

/// What a request counts for before it is answered; nothing where nobody counts.
fn asked_tokens(model: &str, request: &Request, limits: &Limits) -> u32 {
    if !limits.count_tokens() {
        return 0;
    }
    let said = request.messages.iter().map(|message| match message {
        Message::User { text } => tokens::count(model, text),
        Message::Assistant(answer) => {
            let calls = answer.tool_calls.iter().map(|call| tokens::count(model, &call.arguments));
            tokens::count(model, &answer.text) + calls.sum::<u32>()
        }
        Message::Tools { results } => {
            results.iter().map(|result| tokens::count(model, &result.content)).sum()
        }
    });
    tokens::count(model, &request.system) + said.sum::<u32>()
}
