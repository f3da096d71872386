use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Hosts that requests may go to: `api.example.com`, `*.example.com`, `http://localhost:8080`, `*`.
///
/// Without a scheme it is `https`, without a port the scheme's own. `*.` stands for one or more names before the rest,
/// never for the rest alone; `*` alone for every host, at every port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HostPattern {
    /// `http` and not `https`.
    plain: bool,
    /// Names before this one.
    wildcard: bool,
    host: String,
    port: Option<u16>,
}

/// The parts of a URL that decide, as its parser gives them: lower case, international names in ASCII, an IPv6 address
/// in brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UrlParts<'a> {
    /// `http` or `https`.
    pub scheme: &'a str,
    /// A name or an address.
    pub host: &'a str,
    /// The port, or the scheme's own.
    pub port: u16,
    /// Begins with `/`, without the query.
    pub path: &'a str,
}

/// Why a text names no hosts.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "{0:?} names no host: write api.example.com, *.example.com, http://localhost:8080, https://[::1]:8443, or * for every host"
)]
pub struct InvalidHostPattern(String);

impl HostPattern {
    /// Whether a URL goes there.
    pub fn matches(&self, url: &UrlParts<'_>) -> bool {
        let scheme = if self.plain { "http" } else { "https" };
        if self.host.is_empty() {
            return url.scheme == scheme;
        }
        // A final dot names the same host.
        let host = url.host.strip_suffix('.').unwrap_or(url.host);
        let fits = match host.strip_suffix(self.host.as_str()) {
            Some("") => !self.wildcard,
            Some(names) => self.wildcard && names.ends_with('.') && names.len() > 1,
            None => false,
        };
        fits && url.scheme == scheme && url.port == self.port()
    }

    fn port(&self) -> u16 {
        self.port.unwrap_or(if self.plain { 80 } else { 443 })
    }
}

impl FromStr for HostPattern {
    type Err = InvalidHostPattern;
    fn from_str(text: &str) -> Result<Self, InvalidHostPattern> {
        let wrong = || InvalidHostPattern(text.chars().take(200).collect());
        let (plain, rest) = match text.split_once("://") {
            Some(("http", rest)) => (true, rest),
            Some(("https", rest)) => (false, rest),
            Some(_) => return Err(wrong()),
            None => (false, text),
        };
        if rest == "*" {
            return Ok(Self { plain, wildcard: true, host: String::new(), port: None });
        }
        let (host, port) = match rest.rsplit_once(':') {
            // The colons of an address in brackets are its own.
            Some((host, port)) if !port.ends_with(']') => {
                (host, Some(port.parse::<u16>().ok().filter(|port| *port > 0).ok_or_else(wrong)?))
            }
            _ => (rest, None),
        };
        let (wildcard, host) = match host.strip_prefix("*.") {
            Some(host) => (true, host),
            None => (false, host),
        };
        let host = host.to_ascii_lowercase();
        let is_address = host.starts_with('[') && host.ends_with(']') && !wildcard;
        let of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let is_name = |host: &str| host.split('.').all(|part| !part.is_empty() && part.chars().all(of_name));
        let of_address = |c: char| c.is_ascii_hexdigit() || matches!(c, ':' | '.');
        let is_sound = match is_address {
            true => host.len() > 2 && host[1..host.len() - 1].chars().all(of_address),
            // `*.com` would be half the world.
            false => is_name(&host) && (!wildcard || host.contains('.')),
        };
        if is_sound { Ok(Self { plain, wildcard, host, port }) } else { Err(wrong()) }
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.plain { "http://" } else { "" };
        let wildcard = match (self.wildcard, self.host.is_empty()) {
            (_, true) => "*",
            (true, false) => "*.",
            (false, false) => "",
        };
        write!(f, "{scheme}{wildcard}{}", self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl TryFrom<String> for HostPattern {
    type Error = InvalidHostPattern;
    fn try_from(text: String) -> Result<Self, InvalidHostPattern> {
        text.parse()
    }
}

impl From<HostPattern> for String {
    fn from(pattern: HostPattern) -> Self {
        pattern.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, scheme: &str, host: &str, port: u16) -> bool {
        let pattern: HostPattern = pattern.parse().unwrap_or_else(|error| panic!("{error}"));
        pattern.matches(&UrlParts { scheme, host, port, path: "/" })
    }

    #[test]
    fn a_host_is_meant_with_its_scheme_and_port() {
        assert!(fits("api.example.com", "https", "api.example.com", 443));
        assert!(fits("API.example.com", "https", "api.example.com.", 443));
        assert!(!fits("api.example.com", "http", "api.example.com", 80));
        assert!(!fits("api.example.com", "https", "api.example.com", 8443));
        assert!(fits("http://localhost:8080", "http", "localhost", 8080));
        assert!(fits("https://[::1]:8443", "https", "[::1]", 8443));
    }

    #[test]
    fn a_star_stands_for_names_before_the_rest() {
        assert!(fits("*.example.com", "https", "a.example.com", 443));
        assert!(fits("*.example.com", "https", "a.b.example.com", 443));
        for other in ["example.com", ".example.com", "badexample.com", "example.com.evil.org"] {
            assert!(!fits("*.example.com", "https", other, 443), "{other}");
        }
    }

    #[test]
    fn a_star_alone_stands_for_every_host() {
        assert!(fits("*", "https", "a.example.com", 443) && fits("*", "https", "[::1]", 8443));
        assert!(!fits("*", "http", "example.com", 80));
        assert!(fits("http://*", "http", "example.com", 8080));
        assert!(!fits("http://*", "https", "example.com", 443));
    }

    #[test]
    fn what_names_no_host_is_refused() {
        let bad = [
            "",
            "*.",
            "*:443",
            "*.com",
            "ftp://a.b",
            "a b",
            "a.b:0",
            "a.b:99999",
            "a..b",
            "user@a.b",
            "a.b/c",
            "[zz]",
            "a.*.b",
        ];
        for bad in bad {
            assert!(bad.parse::<HostPattern>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn it_is_written_as_it_is_read() {
        for text in
            ["api.example.com", "*.example.com", "http://localhost:8080", "[::1]:8443", "*", "http://*"]
        {
            assert_eq!(text.parse::<HostPattern>().expect(text).to_string(), text);
        }
    }
}
