//! From settings to a model.

use crate::anthropic::{self, Anthropic};
use crate::openai::{self, OpenAi};
use crate::{BreakerPolicy, Fallback, Gateway, Guarded, HttpSettings, Model, ModelError, Prices};
use crate::{RateLimits, RetryPolicy, Retrying, Scripted, Secret, Timeouts};
use cowork_domain::budget::TaskBudget;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A file that says which models to ask and what they cost.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelsConfig {
    /// In the order in which they are asked: each stands in for those before it.
    #[serde(default)]
    pub models: Vec<ProviderConfig>,
    /// What they cost.
    #[serde(default)]
    pub prices: Prices,
    /// What a task may use of which nobody said anything else.
    #[serde(default)]
    pub budget: TaskBudget,
}

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
    /// The environment's variable that holds the key, in place of the key itself.
    #[serde(default)]
    pub api_key_env: Option<String>,
    /// The recorded conversation, for the scripted provider.
    #[serde(default)]
    pub script: Option<PathBuf>,
    /// Until the connection stands, in seconds. Default 10.
    #[serde(default = "default_connect")]
    pub connect_timeout_seconds: u64,
    /// Until the model begins to answer, in seconds. Default 300.
    #[serde(default = "default_first_token")]
    pub first_token_timeout_seconds: u64,
    /// The longest silence in the middle of an answer, in seconds. Default 120.
    #[serde(default = "default_idle")]
    pub idle_timeout_seconds: u64,
    /// Tokens that it takes in one request, with its answer. Default: 128,000.
    #[serde(default)]
    pub context_window: Option<u32>,
    /// What all agents together may ask with this key. Default: no limit.
    #[serde(flatten)]
    pub limits: RateLimits,
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
            api_key_env: None,
            script: None,
            connect_timeout_seconds: default_connect(),
            first_token_timeout_seconds: default_first_token(),
            idle_timeout_seconds: default_idle(),
            context_window: None,
            limits: RateLimits::default(),
        }
    }

    fn http(&self) -> Result<HttpSettings, ModelError> {
        if self.model.is_empty() {
            return Err(missing("model", "is missing: name the model to ask"));
        }
        let seconds = Duration::from_secs;
        Ok(HttpSettings {
            base_url: self.base().to_owned(),
            api_key: self.api_key.clone(),
            model: self.model.clone(),
            timeouts: Timeouts {
                connect: seconds(self.connect_timeout_seconds),
                first_token: seconds(self.first_token_timeout_seconds),
                idle: seconds(self.idle_timeout_seconds),
            },
        })
    }

    /// Where the API begins.
    fn base(&self) -> &str {
        self.base_url.as_deref().unwrap_or(match self.provider {
            Provider::OpenAi => openai::BASE_URL,
            Provider::Anthropic => anthropic::BASE_URL,
            Provider::Scripted => "script",
        })
    }

    /// Whether requests of both count for the same key.
    fn shares_key(&self, other: &Self) -> bool {
        (self.base(), &self.api_key) == (other.base(), &other.api_key)
    }
}

impl ModelsConfig {
    /// Reads the file's text.
    ///
    /// # Errors
    /// [`ModelError::Config`] if it is not of the format, or a key's variable is not set.
    pub fn from_text(text: &str) -> Result<Self, ModelError> {
        let mut config: Self = toml::from_str(text).map_err(|source| ModelError::Config {
            key: "models",
            problem: "cannot be read",
            source: Some(Box::new(source)),
        })?;
        for model in &mut config.models {
            if let Some(variable) = &model.api_key_env {
                let key = std::env::var(variable)
                    .map_err(|_absent| missing("api_key_env", "names a variable that is not set"))?;
                model.api_key = Some(key.into());
            }
        }
        Ok(config)
    }
}

/// Makes a model of settings; of several, one that falls back from each to the next. Nothing is sent yet, so a wrong key
/// or a server that is down shows at the first request only. Models with the same address and key share one way there:
/// its limits, the tightest of theirs, and its circuit breaker.
///
/// # Errors
/// [`ModelError::Config`] if a setting is missing or unusable, [`ModelError::Script`] if the script is.
pub fn connect(configs: &[ProviderConfig]) -> Result<Arc<dyn Model>, ModelError> {
    let mut models = Vec::new();
    let mut gateways: Vec<(&ProviderConfig, Gateway)> = Vec::new();
    for (place, config) in configs.iter().enumerate() {
        let known = gateways.iter().find(|(other, _)| other.shares_key(config)).map(|(_, way)| way.clone());
        let gateway = known.unwrap_or_else(|| gateway(config, configs));
        gateways.push((config, gateway.clone()));
        models.push(connect_one(config, gateway, place + 1 == configs.len())?);
    }
    if models.len() == 1 {
        return Ok(models.remove(0));
    }
    let mut models = models.into_iter();
    let first = models.next().ok_or_else(|| missing("models", "is empty: name a model to ask"))?;
    Ok(Arc::new(Fallback::new(first, models.collect())))
}

fn gateway(config: &ProviderConfig, all: &[ProviderConfig]) -> Gateway {
    let same = all.iter().filter(|other| other.shares_key(config));
    let limits = same.map(|other| other.limits).fold(RateLimits::default(), RateLimits::and);
    Gateway::new(config.base(), limits, BreakerPolicy::default())
}

fn connect_one(
    config: &ProviderConfig,
    gateway: Gateway,
    is_last: bool,
) -> Result<Arc<dyn Model>, ModelError> {
    let mut policy = RetryPolicy::default();
    if !is_last {
        policy.rest_patience = Duration::ZERO;
    }
    Ok(match config.provider {
        Provider::OpenAi => {
            Arc::new(Retrying::new(Guarded::new(OpenAi::new(&config.http()?)?, gateway), policy))
        }
        Provider::Anthropic => {
            Arc::new(Retrying::new(Guarded::new(Anthropic::new(&config.http()?)?, gateway), policy))
        }
        Provider::Scripted => {
            let path = config.script.as_ref();
            let path = path.ok_or_else(|| missing("script", "is missing: name the recorded conversation"))?;
            Arc::new(Scripted::from_path(path)?)
        }
    })
}

fn missing(key: &'static str, problem: &'static str) -> ModelError {
    ModelError::Config { key, problem, source: None }
}

fn default_connect() -> u64 {
    Timeouts::default().connect.as_secs()
}

fn default_first_token() -> u64 {
    Timeouts::default().first_token.as_secs()
}

fn default_idle() -> u64 {
    Timeouts::default().idle.as_secs()
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
        assert!(connect(&[config]).is_ok());
    }

    #[test]
    fn a_file_names_models_and_their_prices() {
        let text = r#"
[[models]]
provider = "anthropic"
model = "claude-sonnet-4-5"
requests_at_once = 8
tokens_per_minute = 400000
first_token_timeout_seconds = 60
[[models]]
provider = "openai"
model = "qwen3"
base_url = "http://localhost:11434/v1"
[[prices]]
model = "claude-sonnet-*"
input = 3.0
cached_input = 0.3
output = 15.0
[budget]
usd = 5.0
agent = { turns = 80 }
"#;
        let config = ModelsConfig::from_text(text).expect("config");
        assert_eq!(config.models[0].limits.requests_at_once, Some(8));
        assert_eq!(connect(&config.models).expect("models").name(), "claude-sonnet-4-5");
        assert_eq!(config.budget.agent.turns, Some(80));
        assert!(config.prices.of("claude-sonnet-4-5").is_some() && config.prices.of("qwen3").is_none());
    }

    #[test]
    fn a_file_that_is_wrong_says_where() {
        for (text, expected) in [
            ("[[models]]\nprovider = \"openai\"\nmodle = \"m\"", "models"),
            (
                "[[models]]\nprovider = \"openai\"\nmodel = \"m\"\napi_key_env = \"COWORK_NOT_SET\"",
                "api_key_env",
            ),
            ("[[prices]]\nmodel = \"m\"\ninput = -1.0\noutput = 1.0", "models"),
        ] {
            match ModelsConfig::from_text(text).expect_err(text) {
                ModelError::Config { key, .. } => assert_eq!(key, expected),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn models_with_one_key_share_the_tightest_limits() {
        let with = |at_once| ProviderConfig {
            limits: RateLimits { requests_at_once: at_once, ..RateLimits::default() },
            ..ProviderConfig::new(Provider::OpenAi, "m")
        };
        let all = [with(Some(4)), with(None), with(Some(2))];
        assert!(all[0].shares_key(&all[1]));
        let limits = all.iter().map(|config| config.limits).fold(RateLimits::default(), RateLimits::and);
        assert_eq!(limits.requests_at_once, Some(2));
        let other = ProviderConfig { api_key: Some("k".into()), ..with(None) };
        assert!(!all[0].shares_key(&other));
    }

    #[test]
    fn names_the_setting_that_is_missing() {
        for (provider, expected) in
            [(Provider::OpenAi, "model"), (Provider::Anthropic, "model"), (Provider::Scripted, "script")]
        {
            match connect(&[ProviderConfig::new(provider, "")]).err() {
                Some(ModelError::Config { key, .. }) => assert_eq!(key, expected),
                other => panic!("{other:?}"),
            }
        }
    }
}
