//! HTML as lines to read.

use cowork_tool::Error;
use html2text::config;

use crate::Document;

/// In characters: lines are wrapped, so that tables keep their shape.
const WIDTH: usize = 120;

/// The text and the title of a page.
pub(crate) fn read(html: &str) -> Result<Document, Error> {
    let text = to_text(html)?;
    let title = title(html).map(to_text).transpose()?.map(|title| title.trim().to_owned());
    Ok(Document { title: title.filter(|title| !title.is_empty()), pages: None, text })
}

fn to_text(html: &str) -> Result<String, Error> {
    let config = config::plain_no_decorate().allow_width_overflow().no_table_borders();
    let text = config.string_from_read(html.as_bytes(), WIDTH);
    text.map_err(|error| Error::failed(format!("the HTML cannot be read: {error}")))
}

/// What is between the first `<title>` and its end.
fn title(html: &str) -> Option<&str> {
    let lower = html.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower[start..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    Some(&html[start..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_title() {
        let html = "<!DOCTYPE html><html><head><title lang=de>Caf&eacute; &amp; Bar</title><style>p{}</style></head>\
            <body><h1>Menu</h1><p>Tea<br>Coffee</p><script>alert(1)</script></body></html>";
        let document = read(html).unwrap();
        assert_eq!(document.title.as_deref(), Some("Café & Bar"));
        let lines: Vec<_> = document.text.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(lines, ["# Menu", "Tea", "Coffee"]);
    }

    #[test]
    fn a_row_of_a_table_is_a_line() {
        let html = "<table><tr><td>Tea</td><td>2.50</td></tr><tr><td>Coffee</td><td>3.00</td></tr></table>";
        let text = read(html).unwrap().text;
        let rows: Vec<Vec<_>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(rows, [["Tea", "2.50"], ["Coffee", "3.00"]]);
    }
}
