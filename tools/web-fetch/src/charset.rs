//! Which encoding a text from the web has: as its sender says, as it says itself, or as it looks.

use cowork_tool::text::{self, Encoding};

/// How much of a page is looked at for what it says of itself, as browsers do.
const HEAD: usize = 1024;

/// The text, decoded.
pub(crate) fn decode(body: &[u8], content_type: &str) -> String {
    let encoding = marked(body)
        .or_else(|| of_header(content_type))
        .or_else(|| of_page(body))
        .unwrap_or_else(|| text::encoding_of(body, true));
    text::decode(body, encoding).0
}

fn marked(body: &[u8]) -> Option<&'static Encoding> {
    Encoding::for_bom(body).map(|(encoding, _)| encoding)
}

fn of_header(content_type: &str) -> Option<&'static Encoding> {
    let parameters = content_type.split(';').skip(1).filter_map(|part| part.split_once('='));
    let (_, label) = parameters.into_iter().find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?;
    Encoding::for_label(label.trim().trim_matches(['"', '\'']).as_bytes())
}

/// `<meta charset=…>`, `<meta http-equiv=… content="…charset=…">` or `<?xml encoding=…?>`.
fn of_page(body: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&body[..body.len().min(HEAD)]).to_ascii_lowercase();
    if !head.contains("<meta") && !head.starts_with("<?xml") {
        return None;
    }
    let at = head.find("charset=").map(|at| at + 8).or_else(|| head.find("encoding=").map(|at| at + 9))?;
    let label = head[at..].trim_start_matches(['"', '\'', ' ']);
    let end = label.find(|c: char| !(c.is_ascii_alphanumeric() || "-_:.".contains(c))).unwrap_or(label.len());
    Encoding::for_label(&label.as_bytes()[..end])
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn each_way_to_say_it() {
        assert_eq!(decode(b"caf\xe9", "text/html; charset=\"ISO-8859-1\""), "café");
        assert_eq!(
            decode(b"<meta charset='windows-1252'>caf\xe9", "text/html"),
            "<meta charset='windows-1252'>café"
        );
        assert!(decode(b"<?xml version='1.0' encoding='koi8-r'?>\xe4", "").ends_with('Д'));
        assert_eq!(decode("\u{feff}é".as_bytes(), "text/plain; charset=latin1"), "é");
        assert_eq!(decode("Straße".as_bytes(), "text/plain; charset=nonsense"), "Straße");
        assert_eq!(decode(b"M\xfcller und S\xf6hne", "text/plain"), "Müller und Söhne");
    }
}
