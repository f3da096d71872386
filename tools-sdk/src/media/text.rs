//! Texts, which have no magic number.

use crate::utf16;
use std::borrow::Cow;

/// The media type of a text, or `None` if these bytes are not one.
pub(super) fn of(extension: &str, head: &[u8]) -> Option<&'static str> {
    let text = text(head)?;
    let start = text.trim_start();
    Some(markup(start).or_else(|| json(start, extension)).or_else(|| table(&text, extension)).unwrap_or(
        match extension {
            "md" | "markdown" => "text/markdown",
            _ => "text/plain",
        },
    ))
}

fn text(head: &[u8]) -> Option<Cow<'_, str>> {
    if let Some(order) = utf16::order(head) {
        let text = utf16::decode(order, head);
        return (!text.chars().any(|c| c != '\u{fffd}' && u8::try_from(c).is_ok_and(is_control)))
            .then(|| text.into());
    }
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    (!head.iter().any(|&byte| is_control(byte))).then(|| String::from_utf8_lossy(head))
}

/// Whether bytes could be those of a text: looked at quickly, where many files are.
pub(super) fn is_plausible(head: &[u8]) -> bool {
    utf16::order(head).is_some() || !head.iter().any(|&byte| is_control(byte))
}

/// Control characters that no text contains; escape is allowed, for terminal colours.
fn is_control(byte: u8) -> bool {
    matches!(byte, 0..=8 | 14..=26 | 28..=31 | 127)
}

fn markup(start: &str) -> Option<&'static str> {
    let opening = |text: &str, tag: &str| {
        let rest =
            text.get(..tag.len()).filter(|start| start.eq_ignore_ascii_case(tag)).map(|_| &text[tag.len()..]);
        rest.is_some_and(|rest| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '-'))
    };
    let body = after_prolog(start);
    if ["<!doctype html", "<html", "<head", "<body"].iter().any(|tag| opening(body, tag)) {
        Some("text/html")
    } else if opening(body, "<svg") || opening(body, "<!doctype svg") {
        Some("image/svg+xml")
    } else if opening(start, "<?xml") {
        Some("text/xml")
    } else {
        None
    }
}

/// What follows an XML declaration and comments.
fn after_prolog(mut text: &str) -> &str {
    loop {
        text = text.trim_start();
        let end = if text.starts_with("<?xml") {
            text.find("?>").map(|at| at + 2)
        } else if text.starts_with("<!--") {
            text.find("-->").map(|at| at + 3)
        } else {
            None
        };
        match end {
            Some(end) => text = &text[end..],
            None => return text,
        }
    }
}

/// JSON: by its name when it looks like it, otherwise only if the beginning could go on to be JSON.
fn json(start: &str, extension: &str) -> Option<&'static str> {
    if !start.starts_with(['{', '[']) {
        return None;
    }
    let parsed = serde_json::from_str::<serde::de::IgnoredAny>(start);
    let plausible = parsed.map_or_else(|error| error.is_eof() && start.len() > 64, |_| true);
    (plausible || extension == "json").then_some("application/json")
}

/// Tables: by their name, or when the first lines all have the same number of separators.
fn table(text: &str, extension: &str) -> Option<&'static str> {
    match extension {
        "csv" => return Some("text/csv"),
        "tsv" => return Some("text/tab-separated-values"),
        "" => {}
        // Another extension says that it is something else.
        _ => return None,
    }
    let regular = |separator: char| {
        let counts: Vec<_> = text.lines().take(5).map(|line| line.matches(separator).count()).collect();
        counts.len() >= 3 && counts[0] > 0 && counts.iter().all(|&count| count == counts[0])
    };
    [(',', "text/csv"), (';', "text/csv"), ('\t', "text/tab-separated-values")]
        .into_iter()
        .find_map(|(separator, media_type)| regular(separator).then_some(media_type))
}
