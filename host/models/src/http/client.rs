//! The connection to one provider.

use super::{Events, HttpSettings, Timeouts, failure};
use crate::{ModelError, Secret};
use reqwest::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Url, redirect};
use tokio::time::{Instant, timeout_at};

/// A header that every request carries.
pub(crate) type Header = (&'static str, String);

/// Where a provider takes requests. Cloning it shares the connections.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    client: Client,
    url: Url,
    /// Kept to be blotted out of what the provider says.
    key: Option<Secret>,
    pub(super) timeouts: Timeouts,
}

impl Endpoint {
    /// Makes ready to POST to `{base_url}/{path}`. Nothing is sent yet.
    pub(crate) fn new(settings: &HttpSettings, path: &str, headers: &[Header]) -> Result<Self, ModelError> {
        let url = parse_url(&format!("{}/{path}", settings.base_url.trim_end_matches('/')))?;
        let mut builder = Client::builder()
            .default_headers(header_map(headers)?)
            .connect_timeout(settings.timeouts.connect)
            // A redirection would take the key along to a server that nobody chose.
            .redirect(redirect::Policy::none());
        if is_loopback(&url) {
            // A proxy has its own loopback, not ours.
            builder = builder.no_proxy();
        }
        let client = builder
            .build()
            .map_err(|source| config("base_url", "cannot be used for HTTP", Some(Box::new(source))))?;
        Ok(Self { client, url, key: settings.api_key.clone(), timeouts: settings.timeouts })
    }

    /// Sends a body and gives the events of the answer, which must begin before the deadline.
    pub(super) async fn post(
        &self,
        body: &serde_json::Value,
        deadline: Instant,
    ) -> Result<Events, ModelError> {
        let sent = self.client.post(self.url.clone()).header(ACCEPT, "text/event-stream").json(body).send();
        let response = timeout_at(deadline, sent).await.map_err(|_elapsed| self.no_first_token())?;
        let response = response.map_err(|source| self.unreachable(source.without_url()))?;
        let idle = self.timeouts.idle;
        let response = failure::check(response, idle, self.key.as_ref()).await?;
        Ok(Events::new(response, idle))
    }

    pub(super) fn no_first_token(&self) -> ModelError {
        ModelError::FirstTokenTimeout { waited: self.timeouts.first_token }
    }

    fn unreachable(&self, source: reqwest::Error) -> ModelError {
        let server = self.server();
        if source.is_connect() && source.is_timeout() {
            return ModelError::ConnectTimeout { server, waited: self.timeouts.connect };
        }
        ModelError::Unreachable { server, source }
    }

    /// Scheme, host and port: a path or query may hold a key.
    fn server(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// Whether the provider's host is this domain or one under it.
    pub(crate) fn is_under(&self, domain: &str) -> bool {
        let host = self.url.host_str().unwrap_or_default();
        host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
    }

    /// What the provider said, without the key.
    pub(crate) fn blot(&self, text: &str) -> String {
        self.key.as_ref().map_or_else(|| text.to_owned(), |key| key.blot(text))
    }
}

fn parse_url(text: &str) -> Result<Url, ModelError> {
    let url =
        Url::parse(text).map_err(|source| config("base_url", "is not a URL", Some(Box::new(source))))?;
    if matches!(url.scheme(), "http" | "https") && url.has_host() {
        Ok(url)
    } else {
        Err(config("base_url", "does not begin with http:// or https:// and a host", None))
    }
}

fn header_map(headers: &[Header]) -> Result<HeaderMap, ModelError> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let mut value = HeaderValue::from_str(value).map_err(|source| {
            config("api_key", "holds a character that HTTP forbids", Some(Box::new(source)))
        })?;
        value.set_sensitive(true);
        map.insert(HeaderName::from_static(name), value);
    }
    Ok(map)
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn config(
    key: &'static str,
    problem: &'static str,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
) -> ModelError {
    ModelError::Config { key, problem, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(base_url: &str, header: Header) -> Result<Endpoint, ModelError> {
        let settings = HttpSettings {
            base_url: base_url.into(),
            api_key: Some(Secret::from("k-1")),
            model: "m".into(),
            timeouts: Timeouts::default(),
        };
        Endpoint::new(&settings, "chat/completions", &[header])
    }

    #[test]
    fn the_path_follows_the_base() {
        for base in ["http://[::1]:8080/v1", "http://[::1]:8080/v1//"] {
            let endpoint = endpoint(base, ("x-a", "b".into())).expect("endpoint");
            assert_eq!(endpoint.url.as_str(), "http://[::1]:8080/v1/chat/completions");
            assert!(is_loopback(&endpoint.url));
        }
    }

    #[test]
    fn wrong_settings_fail_at_once_and_by_name() {
        for (base, header, expected) in [
            ("nowhere", "b", "base_url"),
            ("file:///etc", "b", "base_url"),
            ("https://example.org", "line\nbreak", "api_key"),
        ] {
            match endpoint(base, ("x-a", header.into())).expect_err(base) {
                ModelError::Config { key, .. } => assert_eq!(key, expected),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_domain_covers_its_hosts_only() {
        let under = |base| endpoint(base, ("x-a", "b".into())).expect("endpoint").is_under("openai.com");
        assert!(under("https://api.openai.com/v1") && under("https://openai.com"));
        assert!(!under("https://notopenai.com") && !under("https://openai.com.example.org"));
    }

    #[test]
    fn the_key_does_not_show() {
        let endpoint =
            endpoint("https://example.org", ("authorization", "Bearer k-1".into())).expect("endpoint");
        assert!(!format!("{endpoint:?}").contains("k-1"));
        assert_eq!(endpoint.blot("bad key k-1"), "bad key ***");
    }
}
