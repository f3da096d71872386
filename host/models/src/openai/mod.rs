//! Servers that speak OpenAI's chat completions: OpenAI itself, Ollama, llama.cpp, vLLM, OpenRouter and others.
//!
//! Source: OpenAI API reference, "Create chat completion" and "Streaming" (`POST /chat/completions`). Servers that
//! imitate it leave things out, so little is demanded: usage, call ids, call indices and the final reason may be missing.

mod body;
mod calls;
mod chunk;

use crate::http::{Endpoint, converse};
use crate::{Delta, HttpSettings, Model, ModelError, Request};
use futures::stream::BoxStream;

/// Where OpenAI's own API begins.
pub const BASE_URL: &str = "https://api.openai.com/v1";

/// A model behind an OpenAI-compatible server.
#[derive(Debug, Clone)]
pub struct OpenAi {
    endpoint: Endpoint,
    model: String,
    limit: body::Limit,
}

impl OpenAi {
    /// Makes ready; nothing is sent yet.
    ///
    /// # Errors
    /// [`ModelError::Config`] if the base URL or the key cannot be used.
    pub fn new(settings: &HttpSettings) -> Result<Self, ModelError> {
        let key = settings.api_key.as_ref().map(|key| ("authorization", format!("Bearer {}", key.expose())));
        let endpoint = Endpoint::new(settings, "chat/completions", key.as_slice())?;
        let limit = if endpoint.is_under("openai.com") {
            body::Limit::MaxCompletionTokens
        } else {
            body::Limit::MaxTokens
        };
        Ok(Self { endpoint, model: settings.model.clone(), limit })
    }
}

impl Model for OpenAi {
    fn name(&self) -> &str {
        &self.model
    }

    fn stream(&self, request: Request) -> BoxStream<'static, Result<Delta, ModelError>> {
        let body = body::render(&self.model, self.limit, &request);
        converse(self.endpoint.clone(), body, chunk::ChunkReader::default())
    }
}
