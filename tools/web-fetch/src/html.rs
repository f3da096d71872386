//! Pages as Markdown.

use std::collections::HashMap;

use cowork_tool::Error;
use dom_query::{Document, NodeId};
use dom_smoothie::{Config, Readability, TextMode};
use url::Url;

use crate::content::Text;

/// Elements that a page may have: reading one takes time for each.
const MOST_ELEMENTS: usize = 200_000;
/// Elements in one another, and tables in one another: reading these takes time for each of their parts again.
const DEEPEST: usize = 256;
const DEEPEST_TABLES: usize = 8;
/// An article with less text than this was not found: then all of the page is returned.
const SHORTEST_ARTICLE: usize = 200;

/// The article of a page, or all of a page that has none.
pub(crate) fn article(source: &str, url: &Url) -> Result<Text, Error> {
    let whole = page(source, url);
    let document = with_whole_links(source, url);
    if is_tangled(&document) {
        return Ok(whole);
    }
    let elements = document.select("*").length();
    if elements > MOST_ELEMENTS {
        return Err(Error::failed(format!(
            "{url} has {elements} elements, more than the limit of {MOST_ELEMENTS}; fetch it with `as`: `source`"
        )));
    }
    let config = Config { text_mode: TextMode::Markdown, max_elements_to_parse: 0, ..Config::default() };
    let reader = Readability::with_document(document, Some(url.as_str()), Some(config));
    let Ok(found) = reader.and_then(|mut reader| reader.parse()) else { return Ok(whole) };
    let text = tidy(&found.text_content);
    if text.len() < SHORTEST_ARTICLE && text.len() < whole.text.len() {
        return Ok(whole);
    }
    let title = Some(found.title).filter(|title| !title.is_empty()).or(whole.title);
    Ok(Text { title, author: found.byline, published: found.published_time, text, ..Text::default() })
}

/// All of a page.
pub(crate) fn page(source: &str, url: &Url) -> Text {
    let document = with_whole_links(source, url);
    let title = document.select("title").text();
    let title =
        Some(title.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|title| !title.is_empty());
    let text = if is_tangled(&document) { document.select("body").text() } else { document.md(None) };
    Text { title, text: tidy(&text), ..Text::default() }
}

/// Whether elements are nested deeper than any page needs.
fn is_tangled(document: &Document) -> bool {
    let mut depths: HashMap<NodeId, (usize, usize)> = HashMap::new();
    for element in document.select("*").nodes() {
        let above = element.parent().and_then(|parent| depths.get(&parent.id).copied());
        let (depth, tables) = above.unwrap_or_default();
        let is_table = element.has_name("table");
        let (depth, tables) = (depth + 1, tables + usize::from(is_table));
        if depth > DEEPEST || tables > DEEPEST_TABLES {
            return true;
        }
        depths.insert(element.id, (depth, tables));
    }
    false
}

/// The page with addresses that stand for themselves, so that a model can follow them.
fn with_whole_links(source: &str, url: &Url) -> Document {
    let document = Document::from(source);
    let base = document.base_uri().and_then(|base| url.join(&base).ok()).unwrap_or_else(|| url.clone());
    // A picture that is in the page itself has a long address that leads nowhere.
    document.select("img[src^='data:']").remove();
    for (elements, attribute) in [("a[href]", "href"), ("img[src]", "src")] {
        for element in document.select(elements).iter() {
            let Some(address) = element.attr(attribute) else { continue };
            if let Ok(whole) = base.join(&address) {
                element.set_attr(attribute, whole.as_str());
            }
        }
    }
    document
}

/// At most one empty line between two others, and no blanks at their ends.
fn tidy(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.trim().lines() {
        empty = if line.trim().is_empty() { empty + 1 } else { 0 };
        if empty < 2 {
            tidy.push_str(line.trim_end());
            tidy.push('\n');
        }
    }
    tidy
}

#[cfg(test)]
#[path = "html/tests.rs"]
mod tests;
