//! Following an address to what it leads to.

use std::io::Read;
use std::time::Duration;

use cowork_tool::Error;
use cowork_tool::http::{Answer, Request, send};
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use url::Url;

use crate::robots;

/// What came of an address.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) url: Url,
    /// As the site has it; empty if it says nothing.
    pub(crate) content_type: String,
    /// A name that the site gives to a file.
    pub(crate) name: Option<String>,
    pub(crate) body: Vec<u8>,
    /// There was more than is taken.
    pub(crate) is_cut: bool,
}

/// How this tool names itself.
pub(crate) const AGENT: &str = "cowork";
const MOST_REDIRECTS: usize = 8;
/// Of a page, in bytes, unpacked.
const LARGEST_TEXT: u64 = 8 * 1024 * 1024;
/// Of a file that is saved.
const LARGEST_FILE: u64 = 48 * 1024 * 1024;
const WAIT: Duration = Duration::from_secs(25);
/// Of what a site says about an error, in characters.
const LONGEST_REASON: usize = 200;

/// An address as people write it, with or without a scheme.
pub(crate) fn parse(text: &str) -> Result<Url, Error> {
    let text = text.trim();
    let with_scheme = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let mut url = Url::parse(&with_scheme)
        .map_err(|error| Error::invalid(format!("{text:?} is no address: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Error::invalid(format!(
            "{text:?} is no address of the web: only https and http are fetched"
        )));
    }
    url.set_fragment(None);
    Ok(url)
}

/// What an address leads to, after redirects: each of them passes the host's gate like the first.
pub(crate) fn fetch(mut url: Url, respects_robots: bool, whole: bool) -> Result<Fetched, Error> {
    let limit = if whole { LARGEST_FILE } else { LARGEST_FILE.min(LARGEST_TEXT * 2) };
    for _ in 0..=MOST_REDIRECTS {
        if respects_robots {
            robots::check(&url)?;
        }
        let answer = send(&request(&url, limit)).map_err(|error| error.about(&url))?;
        let Some(next) = redirect(&url, &answer)? else { return taken(url, answer, whole) };
        url = next;
    }
    Err(Error::failed(format!("{url} leads on and on: more than {MOST_REDIRECTS} redirects")))
}

/// A request as this tool makes it.
pub(crate) fn request(url: &Url, limit: u64) -> Request {
    Request { wait: Some(WAIT), ..Request::get(url.as_str(), limit) }
        .header("user-agent", &format!("{AGENT}/0.1"))
        .header("accept", "text/html,application/xhtml+xml,application/json;q=0.9,text/*;q=0.8,*/*;q=0.5")
        .header("accept-encoding", "gzip")
}

fn redirect(url: &Url, answer: &Answer) -> Result<Option<Url>, Error> {
    if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(to) = answer.header("location") else { return Ok(None) };
    let next =
        url.join(to).map_err(|_| Error::failed(format!("{url} leads to {to:?}, which is no address")))?;
    parse(next.as_str()).map(Some)
}

fn taken(url: Url, answer: Answer, whole: bool) -> Result<Fetched, Error> {
    let content_type = answer.header("content-type").unwrap_or_default().to_owned();
    let name = answer.header("content-disposition").and_then(file_name);
    let (status, is_cut) = (answer.status, answer.is_cut);
    let (body, is_longer) = unpacked(answer, if whole { LARGEST_FILE } else { LARGEST_TEXT * 2 });
    if !(200..=299).contains(&status) {
        return Err(Error::failed(format!("{url} answered with {status}{}", reason(status, &body))));
    }
    let is_cut = is_cut || is_longer;
    if is_cut && whole {
        return Err(Error::failed(format!("{url} is larger than {LARGEST_FILE} bytes, which is the limit")));
    }
    Ok(Fetched { url, content_type, name, body, is_cut })
}

/// The body as it was meant, and whether there is more of it: a site may pack what it sends.
pub(crate) fn unpacked(answer: Answer, limit: u64) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    let packed = answer.body.as_slice();
    // What breaks off is used as far as it came.
    let _ = match answer.header("content-encoding").map(str::trim) {
        Some("gzip" | "x-gzip") => MultiGzDecoder::new(packed).take(limit + 1).read_to_end(&mut body),
        Some("deflate") => ZlibDecoder::new(packed).take(limit + 1).read_to_end(&mut body),
        _ => return (answer.body, false),
    };
    let is_longer = body.len() as u64 > limit;
    body.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    (body, is_longer)
}

fn reason(status: u16, body: &[u8]) -> String {
    let known = match status {
        401 | 403 => " (it asks for a login or refuses programs)",
        404 | 410 => " (there is no such page)",
        429 => " (too many requests; try again later)",
        500..=599 => " (the site has trouble; try again later)",
        _ => "",
    };
    let text = String::from_utf8_lossy(body);
    let is_words = !text.trim_start().starts_with(['<', '{']) && !text.trim().is_empty();
    let text: String =
        text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST_REASON).collect();
    if is_words { format!("{known}: {text}") } else { known.to_owned() }
}

fn file_name(disposition: &str) -> Option<String> {
    let parts = disposition.split(';').map(str::trim);
    let named =
        parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.eq_ignore_ascii_case("filename"));
    named.map(|(_, value)| value.trim_matches('"').to_owned()).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::write::GzEncoder;
    use std::io::Write;

    #[test]
    fn an_address_is_read_as_browsers_do() {
        let of =
            |text: &str| parse(text).map(|url| url.to_string()).map_err(|error| error.message().to_owned());
        assert_eq!(of("example.com/a#b").as_deref(), Ok("https://example.com/a"));
        assert_eq!(of(" http://Bücher.example ").as_deref(), Ok("http://xn--bcher-kva.example/"));
        assert!(of("ftp://a").unwrap_err().contains("only https and http"));
        assert!(of("file:///etc/passwd").unwrap_err().contains("only https and http"));
        assert!(of("https://").unwrap_err().contains("is no address"));
    }

    fn answer(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let header = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Answer { status, headers: headers.iter().map(header).collect(), body: body.to_vec(), is_cut: false }
    }

    #[test]
    fn a_redirect_is_taken_from_where_it_is() {
        let url = parse("https://a.example/x/y").unwrap();
        let to = |location| redirect(&url, &answer(302, &[("location", location)], b""));
        assert_eq!(to("../z").unwrap().unwrap().as_str(), "https://a.example/z");
        assert_eq!(to("//b.example").unwrap().unwrap().as_str(), "https://b.example/");
        assert!(to("javascript:alert(1)").is_err());
        assert!(redirect(&url, &answer(200, &[("location", "/z")], b"")).unwrap().is_none());
    }

    #[test]
    fn a_bomb_is_cut() {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&vec![0; 100_000]).unwrap();
        let packed = answer(200, &[("content-encoding", "gzip")], &encoder.finish().unwrap());
        let (body, is_longer) = unpacked(packed, 1000);
        assert_eq!((body.len(), is_longer), (1000, true));
    }

    #[test]
    fn an_error_says_what_the_site_says() {
        let url = parse("https://a.example").unwrap();
        let said = |status, body: &[u8]| taken(url.clone(), answer(status, &[], body), false).unwrap_err();
        assert_eq!(
            said(404, b"<html>").message(),
            "https://a.example/ answered with 404 (there is no such page)"
        );
        assert!(said(500, b"no  disk\n").message().ends_with("try again later): no disk"));
    }
}
