//! From settings to a model.

use crate::anthropic::{self, Anthropic};
use crate::openai::{self, OpenAi};
use crate::{HttpSettings, Model, ModelError, RetryPolicy, Retrying, Scripted, Secret};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Which model to ask and where it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    /// What kind of server it is.
    pub provider: Provider,
    /// Name of the model, as the provider knows it. The scripted provider has none.
    #[serde(default)]
    pub model: String,
    /// Where the API begins. Default: the provider's own, [`openai::BASE_URL`] or [`anthropic::BASE_URL`].
    #[serde(default)]
    pub base_url: Option<String>,
    /// The key. Local servers mostly want none.
    #[serde(default)]
    pub api_key: Option<Secret>,
    /// The recorded conversation, for the scripted provider.
    #[serde(default)]
    pub script: Option<PathBuf>,
    /// The longest silence before and during an answer, in seconds. Default 120.
    #[serde(default = "default_idle_timeout")]
    pub idle_timeout_seconds: u64,
}

/// A kind of server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// OpenAI, or any server that speaks its chat completions.
    #[serde(rename = "openai")]
    OpenAi,
    /// Anthropic.
    Anthropic,
    /// A recorded conversation that stands where a model would, for the demo and tests.
    Scripted,
}

impl ProviderConfig {
    /// The provider's default settings for this model.
    pub fn new(provider: Provider, model: impl Into<String>) -> Self {
        Self {
            provider,
            model: model.into(),
            base_url: None,
            api_key: None,
            script: None,
            idle_timeout_seconds: default_idle_timeout(),
        }
    }

    fn http(self, default_base: &str) -> Result<HttpSettings, ModelError> {
        if self.model.is_empty() {
            return Err(missing("model", "is missing: name the model to ask"));
        }
        Ok(HttpSettings {
            base_url: self.base_url.unwrap_or_else(|| default_base.to_owned()),
            api_key: self.api_key,
            model: self.model,
            idle_timeout: Duration::from_secs(self.idle_timeout_seconds),
        })
    }
}

/// Makes a model of its settings. Nothing is sent yet, so a wrong key or a server that is down shows at the first
/// request only. HTTP providers are asked again after failures that may pass, see [`Retrying`].
///
/// # Errors
/// [`ModelError::Config`] if a setting is missing or unusable, [`ModelError::Script`] if the script is.
pub fn connect(config: ProviderConfig) -> Result<Arc<dyn Model>, ModelError> {
    let policy = RetryPolicy::default();
    Ok(match config.provider {
        Provider::OpenAi => Arc::new(Retrying::new(OpenAi::new(&config.http(openai::BASE_URL)?)?, policy)),
        Provider::Anthropic => {
            Arc::new(Retrying::new(Anthropic::new(&config.http(anthropic::BASE_URL)?)?, policy))
        }
        Provider::Scripted => {
            let path = config
                .script
                .ok_or_else(|| missing("script", "is missing: name the recorded conversation"))?;
            Arc::new(Scripted::from_path(path)?)
        }
    })
}

fn missing(key: &'static str, problem: &'static str) -> ModelError {
    ModelError::Config { key, problem, source: None }
}

fn default_idle_timeout() -> u64 {
    HttpSettings::IDLE_TIMEOUT.as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_its_settings() {
        let text = "provider = \"openai\"\nmodel = \"qwen3\"\nbase_url = \"http://localhost:11434/v1\"";
        let config: ProviderConfig = toml::from_str(text).expect("config");
        let expected = ProviderConfig {
            base_url: Some("http://localhost:11434/v1".into()),
            ..ProviderConfig::new(Provider::OpenAi, "qwen3")
        };
        assert_eq!(config, expected);
        assert!(connect(config).is_ok());
    }

    #[test]
    fn names_the_setting_that_is_missing() {
        for (provider, expected) in
            [(Provider::OpenAi, "model"), (Provider::Anthropic, "model"), (Provider::Scripted, "script")]
        {
            match connect(ProviderConfig::new(provider, "")).err() {
                Some(ModelError::Config { key, .. }) => assert_eq!(key, expected),
                other => panic!("{other:?}"),
            }
        }
    }
}
