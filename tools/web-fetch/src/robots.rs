//! What a site asks programs to leave alone.

use cowork_tool::Error;
use cowork_tool::http::send;
use robotstxt::DefaultMatcher;
use url::Url;

use crate::fetch::{AGENT, request, unpacked};

/// Of a robots.txt, in bytes, as RFC 9309 has it.
const LARGEST: u64 = 512 * 1024;

/// Refuses what the site's robots.txt forbids to this tool. A site without one forbids nothing, and so does one whose
/// robots.txt is not granted.
pub(crate) fn check(url: &Url) -> Result<(), Error> {
    let Ok(at) = url.join("/robots.txt") else { return Ok(()) };
    let Ok(answer) = send(&request(&at, LARGEST)) else { return Ok(()) };
    match answer.status {
        200..=299 => {
            let (body, _) = unpacked(answer, LARGEST);
            judge(&String::from_utf8_lossy(&body), url)
        }
        500..=599 => Err(Error::failed(format!(
            "{at} cannot be read (status {}), so it is not known what the site permits; try again later",
            answer.status
        ))),
        _ => Ok(()),
    }
}

fn judge(robots: &str, url: &Url) -> Result<(), Error> {
    if DefaultMatcher::default().one_agent_allowed_by_robots(robots, AGENT, url.as_str()) {
        return Ok(());
    }
    Err(Error::failed(format!(
        "{url} is not fetched: the site's robots.txt asks programs to leave it alone. Use another source, or ask the \
         person for the page"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_allowed(robots: &str, url: &str) -> bool {
        judge(robots, &Url::parse(url).unwrap()).is_ok()
    }

    #[test]
    fn the_nearest_rule_counts() {
        let robots =
            "User-agent: *\nDisallow: /private\nAllow: /private/open\n\nUser-agent: other\nDisallow: /\n";
        assert!(is_allowed(robots, "https://a.example/page"));
        assert!(!is_allowed(robots, "https://a.example/private/x"));
        assert!(is_allowed(robots, "https://a.example/private/open"));
        assert!(!is_allowed("User-agent: Cowork\nDisallow: /", "https://a.example/"));
        assert!(is_allowed("", "https://a.example/") && is_allowed("<html>", "https://a.example/"));
    }
}
