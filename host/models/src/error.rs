//! Why a model did not answer.

use crate::scripted::ScriptError;
use std::error::Error;
use std::time::Duration;

/// Why a model did not answer.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// No connection, or it was lost before the provider answered.
    #[error("cannot reach the model's server at {server}")]
    Unreachable {
        /// Scheme, host and port.
        server: String,
        /// What went wrong on the way.
        #[source]
        source: reqwest::Error,
    },
    /// The connection took too long.
    #[error("the model's server at {server} takes no connection within {} s", .waited.as_secs_f32())]
    ConnectTimeout {
        /// Scheme, host and port.
        server: String,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The provider took the request and did not begin to answer.
    #[error("the model did not begin to answer within {} s", .waited.as_secs_f32())]
    FirstTokenTimeout {
        /// How long it was waited for.
        waited: Duration,
    },
    /// The provider said nothing for too long in the middle of its answer.
    #[error("the model's server said nothing for {} s", .idle.as_secs_f32())]
    IdleTimeout {
        /// How long it was waited for.
        idle: Duration,
    },
    /// The provider failed again and again, and is not asked for a while.
    #[error("the model's server at {server} failed again and again and is asked again in {} s", .retry_in.as_secs_f32().ceil())]
    Resting {
        /// Scheme, host and port.
        server: String,
        /// When it is worth to ask again.
        retry_in: Duration,
    },
    /// No model answered, of several that stand in for each other.
    #[error("no model answered: {}", .tried.iter().map(|(model, error)| format!("{model}: {error}")).collect::<Vec<_>>().join("; "))]
    NoneAnswered {
        /// Each with its reason, in the order in which they were asked.
        tried: Vec<(String, ModelError)>,
    },
    /// The provider limits how much may be asked (HTTP 429).
    #[error("the provider limits the rate of requests: {message}")]
    RateLimited {
        /// The provider's words, at most 500 characters.
        message: String,
        /// When it may be asked again, counted from its answer, if it said so.
        retry_after: Option<Duration>,
    },
    /// The context is longer than the model takes. A shorter one may be answered.
    #[error("the context is too long for the model: {message}")]
    ContextOverflow {
        /// The provider's words, at most 500 characters.
        message: String,
    },
    /// The provider refused or failed with another HTTP status.
    #[error("the provider answered with status {status}: {message}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// The provider's words, at most 500 characters.
        message: String,
        /// When it may be asked again, counted from its answer, if it said so.
        retry_after: Option<Duration>,
    },
    /// The provider reported an error after its answer had begun.
    #[error("the provider broke off its answer ({kind}): {message}")]
    BrokenOff {
        /// The provider's name for the kind of error, such as `overloaded_error`.
        kind: String,
        /// The provider's words, at most 500 characters.
        message: String,
    },
    /// The answer ended before it was whole.
    #[error("the answer was cut before its end")]
    Cut {
        /// What broke the connection; `None` if it was closed in good order.
        #[source]
        source: Option<reqwest::Error>,
    },
    /// The provider sent what its protocol does not allow.
    #[error("the provider sent {what}")]
    Malformed {
        /// What it was.
        what: String,
        /// Why it could not be read, where something tried to.
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// A setting is wrong or missing.
    #[error("the model's setting `{key}` {problem}")]
    Config {
        /// Name of the setting.
        key: &'static str,
        /// What is wrong with it.
        problem: &'static str,
        /// Why it could not be read, where something tried to.
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// The recorded conversation has no answer, or a broken one.
    #[error(transparent)]
    Script(#[from] ScriptError),
}

/// Kinds of error after which the same request may succeed, as OpenAI-compatible servers and Anthropic name them.
const TRANSIENT_KINDS: [&str; 8] = [
    "api_error",
    "overloaded_error",
    "rate_limit_error",
    "rate_limit_exceeded",
    "server_error",
    "service_unavailable",
    "timeout",
    "timeout_error",
];

impl ModelError {
    /// Whether the same request may succeed later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::ConnectTimeout { .. }
            | Self::FirstTokenTimeout { .. }
            | Self::IdleTimeout { .. }
            | Self::RateLimited { .. }
            | Self::Resting { .. }
            | Self::Cut { .. } => true,
            Self::Status { status, .. } => transient_status(*status),
            Self::BrokenOff { kind, .. } => {
                TRANSIENT_KINDS.contains(&kind.as_str()) || kind.parse().is_ok_and(transient_status)
            }
            Self::NoneAnswered { .. }
            | Self::ContextOverflow { .. }
            | Self::Malformed { .. }
            | Self::Config { .. }
            | Self::Script(_) => false,
        }
    }

    /// Whether it speaks of the provider's health. A limit that was reached does not, and neither does a refusal.
    pub fn blames_provider(&self) -> bool {
        match self {
            Self::RateLimited { .. } | Self::Resting { .. } => false,
            // Both name a request that was in somebody's way, not a server that is ill.
            Self::Status { status: 408 | 409, .. } => false,
            other => other.is_transient(),
        }
    }

    /// Whether no model could answer this request.
    pub fn is_about_the_request(&self) -> bool {
        matches!(self, Self::ContextOverflow { .. } | Self::Script(_))
    }

    /// Whether the provider may have done work that it asks money for, without saying how much.
    pub fn may_have_cost(&self) -> bool {
        match self {
            Self::Cut { .. }
            | Self::FirstTokenTimeout { .. }
            | Self::IdleTimeout { .. }
            | Self::BrokenOff { .. }
            | Self::Malformed { .. } => true,
            Self::Unreachable { source, .. } => !source.is_connect(),
            Self::NoneAnswered { tried } => tried.iter().any(|(_, error)| error.may_have_cost()),
            Self::ConnectTimeout { .. }
            | Self::Resting { .. }
            | Self::RateLimited { .. }
            | Self::ContextOverflow { .. }
            | Self::Status { .. }
            | Self::Config { .. }
            | Self::Script(_) => false,
        }
    }

    /// How long the provider asks to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } | Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// What a person can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Unreachable { .. } | Self::ConnectTimeout { .. } => {
                Some("check the base URL, and that the server runs and can be reached")
            }
            Self::Resting { .. } => {
                Some("wait until the provider is well again, or name another model to fall back to")
            }
            Self::NoneAnswered { tried } => tried.iter().find_map(|(_, error)| error.hint()),
            Self::FirstTokenTimeout { .. } | Self::IdleTimeout { .. } => {
                Some("a large model on a slow machine may need a longer time-out, or a smaller model")
            }
            Self::RateLimited { .. } => Some("wait, or raise the limit of the account with the provider"),
            Self::ContextOverflow { .. } => Some(
                "start the task again with less to read at once, or choose a model with a larger context",
            ),
            Self::Status { status, .. } => status_hint(*status),
            Self::Malformed { .. } => {
                Some("check that the base URL is that of the API, and that `provider` fits it")
            }
            Self::Config { .. } => Some("correct the setting and start again"),
            Self::Script(error) => Some(error.hint()),
            Self::BrokenOff { .. } | Self::Cut { .. } => None,
        }
    }

    /// A stable name of the kind, for logs and clients.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "model_unreachable",
            Self::ConnectTimeout { .. } => "model_connect_timeout",
            Self::FirstTokenTimeout { .. } => "model_first_token_timeout",
            Self::IdleTimeout { .. } => "model_idle_timeout",
            Self::Resting { .. } => "model_resting",
            Self::NoneAnswered { .. } => "model_none_answered",
            Self::RateLimited { .. } => "model_rate_limited",
            Self::ContextOverflow { .. } => "model_context_overflow",
            Self::Status { .. } => "model_status",
            Self::BrokenOff { .. } => "model_broken_off",
            Self::Cut { .. } => "model_cut",
            Self::Malformed { .. } => "model_malformed",
            Self::Config { .. } => "model_config",
            Self::Script(_) => "model_script",
        }
    }
}

fn transient_status(status: u16) -> bool {
    matches!(status, 408 | 409 | 429 | 500..=599)
}

fn status_hint(status: u16) -> Option<&'static str> {
    match status {
        300..=399 => Some("redirections are not followed: set the base URL to where the server really is"),
        400 | 422 => Some("the provider or the model may not support tools, or the context may be too long"),
        401 => Some("check the API key"),
        402 => Some("check the balance of the account with the provider"),
        403 => Some("check that the API key may use this model"),
        404 => Some("check the base URL and the model's name"),
        413 => Some("the context is too long for the provider"),
        500..=599 => Some("the provider has trouble: try again later"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(status: u16) -> ModelError {
        ModelError::Status { status, message: String::new(), retry_after: None }
    }

    #[test]
    fn what_may_pass_is_transient() {
        for code in [408, 409, 500, 502, 503, 504, 529] {
            assert!(status(code).is_transient(), "{code}");
        }
        for code in [301, 400, 401, 402, 403, 404, 413, 422] {
            assert!(!status(code).is_transient(), "{code}");
            assert!(status(code).hint().is_some(), "{code}");
        }
    }

    #[test]
    fn a_broken_off_answer_goes_by_its_kind() {
        let broken = |kind: &str| ModelError::BrokenOff { kind: kind.into(), message: String::new() };
        for kind in ["overloaded_error", "server_error", "529", "502"] {
            assert!(broken(kind).is_transient(), "{kind}");
        }
        for kind in ["invalid_request_error", "400", ""] {
            assert!(!broken(kind).is_transient(), "{kind}");
        }
    }
}
