//! Several models, one after the other.

use crate::{Delta, Model, ModelError, Request};
use cowork_domain::message::Answer;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use std::sync::Arc;

/// Models that stand in for each other: a request that the first cannot answer goes to the next. Each has its own
/// retries; one whose provider [rests](ModelError::Resting) is passed over at once, but for the last, which is waited
/// for. The answer says [which model](Answer::model) gave it.
pub struct Fallback {
    first: Arc<dyn Model>,
    others: Vec<Arc<dyn Model>>,
}

impl Fallback {
    /// The models in the order in which they are asked.
    pub fn new(first: Arc<dyn Model>, others: Vec<Arc<dyn Model>>) -> Self {
        Self { first, others }
    }

    async fn first_answer(&self, request: Request) -> Result<Answer, ModelError> {
        let mut tried: Vec<(String, ModelError)> = Vec::new();
        for model in self.all() {
            match model.answer(request.clone()).await {
                Ok(mut answer) => {
                    let lost = tried.iter().filter(|(_, error)| error.may_have_cost()).count();
                    answer.unaccounted += u32::try_from(lost).unwrap_or(u32::MAX);
                    return Ok(answer);
                }
                // Another model would be asked the same that cannot be answered.
                Err(error) if error.is_about_the_request() => return Err(error),
                Err(error) => {
                    tracing::warn!(label = %request.label, model = model.name(), error = error.code(), "the model gives no answer");
                    tried.push((model.name().to_owned(), error));
                }
            }
        }
        Err(ModelError::NoneAnswered { tried })
    }

    fn all(&self) -> impl Iterator<Item = &Arc<dyn Model>> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

impl Model for Fallback {
    fn name(&self) -> &str {
        self.first.name()
    }

    /// Only if it is so for all of them.
    fn trouble(&self) -> Option<ModelError> {
        let tried = self.all().map(|model| Some((model.name().to_owned(), model.trouble()?)));
        Some(ModelError::NoneAnswered { tried: tried.collect::<Option<_>>()? })
    }

    /// The first whose provider does not rest. Pieces that were handed out cannot be taken back, so no other stands in.
    fn stream(&self, request: Request) -> BoxStream<'static, Result<Delta, ModelError>> {
        let ready = self.all().find(|model| model.trouble().is_none());
        ready.unwrap_or(&self.first).stream(request)
    }

    fn answer(&self, request: Request) -> BoxFuture<'_, Result<Answer, ModelError>> {
        Box::pin(self.first_answer(request))
    }
}
