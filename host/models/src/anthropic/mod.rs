//! Anthropic's messages API.
//!
//! Source: Anthropic API reference, "Messages" (`POST /v1/messages`, version 2023-06-01) and "Streaming messages".

mod body;
mod event;

use crate::http::{Endpoint, Header, converse};
use crate::{Delta, HttpSettings, Model, ModelError, Request};
use futures::stream::BoxStream;

/// Where Anthropic's API begins.
pub const BASE_URL: &str = "https://api.anthropic.com";

/// The version of the API that is spoken here.
const VERSION: &str = "2023-06-01";

/// A model behind Anthropic's API.
///
/// The API has no format for answers, so a [schema](Request::schema) is asked for with a tool named `answer`, whose
/// input becomes the answer's text.
#[derive(Debug, Clone)]
pub struct Anthropic {
    endpoint: Endpoint,
    model: String,
}

impl Anthropic {
    /// Makes ready; nothing is sent yet.
    ///
    /// # Errors
    /// [`ModelError::Config`] if the base URL or the key cannot be used.
    pub fn new(settings: &HttpSettings) -> Result<Self, ModelError> {
        let mut headers: Vec<Header> = vec![("anthropic-version", VERSION.to_owned())];
        headers.extend(settings.api_key.as_ref().map(|key| ("x-api-key", key.expose().to_owned())));
        // People write the base with and without the version.
        let base = settings.base_url.trim_end_matches('/');
        let path = if base.ends_with("/v1") { "messages" } else { "v1/messages" };
        Ok(Self { endpoint: Endpoint::new(settings, path, &headers)?, model: settings.model.clone() })
    }
}

impl Model for Anthropic {
    fn name(&self) -> &str {
        &self.model
    }

    fn stream(&self, request: Request) -> BoxStream<'static, Result<Delta, ModelError>> {
        let answer_tool = body::answer_tool(&request);
        let body = body::render(&self.model, &request, answer_tool.as_deref());
        converse(self.endpoint.clone(), body, event::EventReader::new(answer_tool))
    }
}
