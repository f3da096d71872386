//! What a model gets of what came.

use cowork_tool::{Deserialize, Error, JsonSchema, media};

use crate::fetch::Fetched;
use crate::{charset, html};

/// What to return of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// Its article as Markdown, without what is around it.
    #[default]
    Article,
    /// All of it as Markdown, with menus and links.
    Page,
    /// The HTML itself.
    Source,
}

/// What came: text for the model, or bytes for a file.
#[derive(Debug)]
pub(crate) enum Content {
    Text(Text),
    Bytes(File),
}

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Text {
    pub(crate) url: String,
    pub(crate) media_type: String,
    pub(crate) title: Option<String>,
    pub(crate) author: Option<String>,
    pub(crate) published: Option<String>,
    pub(crate) text: String,
    pub(crate) cut: bool,
}

#[derive(Debug)]
pub(crate) struct File {
    pub(crate) fetched: Fetched,
    pub(crate) media_type: String,
}

/// What a page or file is, by its bytes first and by what its sender says second.
pub(crate) fn of(fetched: Fetched, form: Form, save: bool) -> Result<Content, Error> {
    let media_type = media_type(&fetched);
    if save || !is_text(&media_type) {
        if fetched.is_cut {
            return Err(Error::failed(format!("{} is too large to be saved as it came", fetched.url)));
        }
        return Ok(Content::Bytes(File { fetched, media_type }));
    }
    let source = charset::decode(&fetched.body, &fetched.content_type);
    let is_page = matches!(media_type.as_str(), "text/html" | "application/xhtml+xml");
    let text = match form {
        Form::Article if is_page => html::article(&source, &fetched.url)?,
        Form::Page if is_page => html::page(&source, &fetched.url),
        _ => Text { text: source, ..Text::default() },
    };
    Ok(Content::Text(Text { url: fetched.url.to_string(), media_type, cut: fetched.is_cut, ..text }))
}

fn media_type(fetched: &Fetched) -> String {
    let said = fetched.content_type.split(';').next().unwrap_or_default().trim().to_lowercase();
    let name = fetched.url.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or_default();
    let found = media::of(name, &fetched.body);
    // Bytes tell a PDF from a page; what kind of text it is, its sender knows better.
    let both_text = media::is_text(found) && is_text(&said);
    if said.is_empty() || !both_text { found.to_owned() } else { said }
}

fn is_text(media_type: &str) -> bool {
    media::is_text(media_type)
        || media_type.ends_with("+json")
        || media_type.ends_with("+xml")
        || matches!(
            media_type,
            "application/xml" | "application/javascript" | "application/yaml" | "application/x-ndjson"
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use url::Url;

    fn fetched(content_type: &str, body: &[u8]) -> Fetched {
        Fetched {
            url: Url::parse("https://a.example/x").unwrap(),
            content_type: content_type.to_owned(),
            name: None,
            body: body.to_vec(),
            is_cut: false,
        }
    }

    #[test]
    fn bytes_decide_whether_it_is_text() {
        let of = |content_type: &str, body: &[u8]| media_type(&fetched(content_type, body));
        assert_eq!(of("text/html", b"%PDF-1.7\n"), "application/pdf");
        assert_eq!(of("application/octet-stream", b"plain words"), "text/plain");
        assert_eq!(of("application/ld+json; charset=utf-8", b"{\"a\": 1}"), "application/ld+json");
        assert_eq!(of("", b"<!doctype html><p>a"), "text/html");
        assert_eq!(of("image/png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "image/png");
    }

    #[test]
    fn json_stays_as_it_is_and_files_are_saved() {
        let json = of(fetched("application/json", b"{\"a\": [1, 2]}"), Form::Article, false).unwrap();
        assert!(matches!(json, Content::Text(Text { text, .. }) if text == "{\"a\": [1, 2]}"));
        let pdf = of(fetched("application/pdf", b"%PDF-1.7\n"), Form::Article, false).unwrap();
        assert!(matches!(pdf, Content::Bytes(file) if file.media_type == "application/pdf"));
        assert!(matches!(
            of(fetched("text/plain", b"words"), Form::Article, true).unwrap(),
            Content::Bytes(_)
        ));
        let cut = Fetched { is_cut: true, ..fetched("application/pdf", b"%PDF-1.7\n") };
        assert!(of(cut, Form::Article, false).unwrap_err().message().contains("too large"));
    }
}
