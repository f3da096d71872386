//! The trait.

use crate::accumulate::Accumulator;
use crate::{Delta, ModelError, Request};
use cowork_domain::message::Answer;
use futures::future::BoxFuture;
use futures::stream::{BoxStream, StreamExt};

/// A language model, or what stands where one would.
pub trait Model: Send + Sync {
    /// What its provider calls it. Prices go by it.
    fn name(&self) -> &str {
        ""
    }

    /// Why it would not answer now, where that is known without asking.
    fn trouble(&self) -> Option<ModelError> {
        None
    }

    /// Asks, and gives the answer piece by piece.
    ///
    /// Nothing is sent before the stream is first polled. An error is the stream's last item. Dropping the stream
    /// cancels the request: the connection is closed, and the provider stops writing (it may still count what it wrote).
    fn stream(&self, request: Request) -> BoxStream<'static, Result<Delta, ModelError>>;

    /// Asks, and gives the whole answer. Dropping the future cancels the request.
    ///
    /// # Errors
    /// What the stream fails with, or [`ModelError::Cut`] if it ends before the answer is whole.
    fn answer(&self, request: Request) -> BoxFuture<'_, Result<Answer, ModelError>> {
        let mut stream = self.stream(request);
        Box::pin(async move {
            let mut accumulator = Accumulator::default();
            while let Some(delta) = stream.next().await {
                accumulator.push(delta?);
            }
            Ok(Answer { model: self.name().to_owned(), ..accumulator.finish()? })
        })
    }
}

impl<M: Model + ?Sized> Model for std::sync::Arc<M> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn trouble(&self) -> Option<ModelError> {
        (**self).trouble()
    }

    fn stream(&self, request: Request) -> BoxStream<'static, Result<Delta, ModelError>> {
        (**self).stream(request)
    }

    fn answer(&self, request: Request) -> BoxFuture<'_, Result<Answer, ModelError>> {
        (**self).answer(request)
    }
}
