//! The providers: how each is asked, and what its answer says.

use std::time::Duration;

use cowork_tool::Error;
use cowork_tool::http::{Answer, Request, send};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::Hit;

/// Of an answer, in bytes.
const LARGEST_ANSWER: u64 = 4 * 1024 * 1024;
const WAIT: Duration = Duration::from_secs(20);
/// Of an extract, in characters.
const LONGEST_EXTRACT: usize = 600;

/// Who is asked.
#[derive(Debug, PartialEq)]
pub(crate) enum Provider {
    Brave,
    Tavily,
    /// At this address.
    SearXng(String),
}

/// The provider that the settings name.
pub(crate) fn chosen(name: &str, url: &str) -> Result<Provider, Error> {
    match name.trim().to_lowercase().as_str() {
        "brave" => Ok(Provider::Brave),
        "tavily" => Ok(Provider::Tavily),
        "searxng" if url.contains("://") => Ok(Provider::SearXng(url.trim_end_matches('/').to_owned())),
        "searxng" => Err(Error::failed(
            "the provider searxng has no address: an administrator sets it with `cowork grant web_search --setting \
             url=https://…`",
        )),
        "" | "none" => Err(Error::failed(
            "no search provider is set up on this host: an administrator chooses brave, tavily or searxng with \
             `cowork grant web_search`. Ask the person for addresses, and read pages with web_fetch",
        )),
        other => Err(Error::failed(format!(
            "the provider {other:?} is not known: an administrator chooses brave, tavily or searxng"
        ))),
    }
}

impl Provider {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Brave => "brave",
            Self::Tavily => "tavily",
            Self::SearXng(_) => "searxng",
        }
    }

    pub(crate) fn search(&self, query: &str, limit: usize) -> Result<Vec<Hit>, Error> {
        let answer = send(&self.request(query, limit)).map_err(|error| error.about(self.name()))?;
        self.hits(&answer, limit)
    }

    /// The key is added by the host on the way.
    fn request(&self, query: &str, limit: usize) -> Request {
        let encoded = utf8_percent_encode(query, NON_ALPHANUMERIC);
        let request = match self {
            Self::Brave => {
                let url = format!("https://api.search.brave.com/res/v1/web/search?q={encoded}&count={limit}");
                Request::get(url, LARGEST_ANSWER)
            }
            Self::SearXng(at) => Request::get(format!("{at}/search?q={encoded}&format=json"), LARGEST_ANSWER),
            Self::Tavily => Request {
                method: "POST".to_owned(),
                url: "https://api.tavily.com/search".to_owned(),
                body: json!({ "query": query, "max_results": limit }).to_string().into_bytes(),
                limit: LARGEST_ANSWER,
                ..Request::default()
            }
            .header("content-type", "application/json"),
        };
        Request { wait: Some(WAIT), ..request }.header("accept", "application/json")
    }

    fn hits(&self, answer: &Answer, limit: usize) -> Result<Vec<Hit>, Error> {
        let name = self.name();
        match answer.status {
            200..=299 => {}
            401 | 403 => {
                return Err(Error::failed(format!("{name} refuses the host's key; tell the person")));
            }
            429 => return Err(Error::failed(format!("{name} takes no more searches now; try again later"))),
            status => {
                return Err(Error::failed(format!("{name} answered with status {status}; try again later")));
            }
        }
        let wrong = |_| Error::failed(format!("{name} answered with something that is no JSON"));
        let json: Value = serde_json::from_slice(&answer.body).map_err(wrong)?;
        let (list, extract, date) = match self {
            Self::Brave => (&json["web"]["results"], "description", "page_age"),
            Self::Tavily => (&json["results"], "content", "published_date"),
            Self::SearXng(_) => (&json["results"], "content", "publishedDate"),
        };
        let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
        Ok(list.iter().filter_map(|hit| of(hit, extract, date)).take(limit).collect())
    }
}

fn of(hit: &Value, extract: &str, date: &str) -> Option<Hit> {
    let text = |name: &str| hit[name].as_str().map(plain).filter(|text| !text.is_empty());
    let url = hit["url"].as_str().filter(|url| url.contains("://"))?.to_owned();
    let extract: String = text(extract).unwrap_or_default().chars().take(LONGEST_EXTRACT).collect();
    Some(Hit { title: text("title").unwrap_or_else(|| url.clone()), url, extract, date: text(date) })
}

/// Without the tags with which providers mark what was searched for.
fn plain(text: &str) -> String {
    let mut plain = text.to_owned();
    for (from, to) in [
        ("<strong>", ""),
        ("</strong>", ""),
        ("<b>", ""),
        ("</b>", ""),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ] {
        plain = plain.replace(from, to);
    }
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(provider: &Provider, status: u16, body: &Value) -> Result<Vec<Hit>, Error> {
        let answer = Answer { status, body: body.to_string().into_bytes(), ..Answer::default() };
        provider.hits(&answer, 2)
    }

    fn hit(title: &str, url: &str, extract: &str, date: Option<&str>) -> Hit {
        Hit {
            title: title.to_owned(),
            url: url.to_owned(),
            extract: extract.to_owned(),
            date: date.map(str::to_owned),
        }
    }

    #[test]
    fn each_provider_is_understood() {
        let brave = json!({ "web": { "results": [
            { "title": "Heat &amp; <strong>pumps</strong>", "url": "https://a", "description": "One", "page_age": "2026-03-14" },
            { "title": "", "url": "https://b" }, { "url": "https://c" },
        ] } });
        let expected = vec![
            hit("Heat & pumps", "https://a", "One", Some("2026-03-14")),
            hit("https://b", "https://b", "", None),
        ];
        assert_eq!(hits(&Provider::Brave, 200, &brave), Ok(expected));
        let rest = json!({ "results": [{ "title": "A", "url": "https://a", "content": "One\n two" }, { "title": "no address" }] });
        let expected = vec![hit("A", "https://a", "One two", None)];
        assert_eq!(hits(&Provider::Tavily, 200, &rest).as_ref(), Ok(&expected));
        assert_eq!(hits(&Provider::SearXng("http://s".to_owned()), 200, &rest), Ok(expected));
        assert_eq!(hits(&Provider::Brave, 200, &json!({})), Ok(Vec::new()));
    }

    #[test]
    fn what_goes_wrong_is_said() {
        let said = |status| hits(&Provider::Brave, status, &json!({})).unwrap_err().message().to_owned();
        assert_eq!(said(401), "brave refuses the host's key; tell the person");
        assert_eq!(said(429), "brave takes no more searches now; try again later");
        assert_eq!(said(500), "brave answered with status 500; try again later");
        let answer = Answer { status: 200, body: b"<html>".to_vec(), ..Answer::default() };
        assert!(Provider::Tavily.hits(&answer, 1).unwrap_err().message().contains("no JSON"));
    }

    #[test]
    fn the_settings_choose() {
        assert_eq!(chosen("Brave", ""), Ok(Provider::Brave));
        assert_eq!(chosen("searxng", "http://s:8080/"), Ok(Provider::SearXng("http://s:8080".to_owned())));
        assert!(chosen("none", "").unwrap_err().message().starts_with("no search provider is set up"));
        assert!(chosen("searxng", "").unwrap_err().message().contains("no address"));
        assert!(chosen("altavista", "").unwrap_err().message().contains("not known"));
    }

    #[test]
    fn a_query_is_encoded() {
        let url = Provider::SearXng("http://s".to_owned()).request("größe & co", 3).url;
        assert_eq!(url, "http://s/search?q=gr%C3%B6%C3%9Fe%20%26%20co&format=json");
    }
}
