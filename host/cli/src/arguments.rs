//! A call's arguments as people read them: one fact a line, long texts as blocks, lists cut short.

use serde_json::{Map, Value};

/// Lines of one text that are shown.
const TEXT_LINES: usize = 8;
/// Items of one list that are shown.
const ITEMS: usize = 15;
/// Characters of one line that are shown.
const WIDTH: usize = 100;

/// The lines, not indented.
pub(crate) fn lines(arguments: &Value) -> Vec<String> {
    match arguments {
        Value::Object(fields) => fields.iter().flat_map(|(name, value)| field(name, value)).collect(),
        Value::Array(items) => list(items),
        Value::String(text) if text.contains('\n') => block(text),
        scalar => vec![cut(&word(scalar))],
    }
}

fn field(name: &str, value: &Value) -> Vec<String> {
    let inner = lines(value);
    match (value, inner.as_slice()) {
        (Value::Null, _) => Vec::new(),
        (_, [one]) if !one.contains(": ") || !value.is_object() => vec![cut(&format!("{name}: {one}"))],
        _ => std::iter::once(format!("{name}:"))
            .chain(inner.into_iter().map(|line| format!("  {line}")))
            .collect(),
    }
}

fn list(items: &[Value]) -> Vec<String> {
    let mut shown: Vec<String> = items.iter().take(ITEMS).flat_map(item).collect();
    if items.len() > ITEMS {
        shown.push(format!("… {} more", items.len() - ITEMS));
    }
    shown
}

fn item(value: &Value) -> Vec<String> {
    match value {
        Value::Object(fields) => match (fields.get("from"), fields.get("to"), fields.len()) {
            (Some(from), Some(to), 2) => vec![cut(&format!("{} → {}", word(from), word(to)))],
            _ if fields.values().all(is_scalar) => vec![cut(&pairs(fields))],
            _ => lines(value),
        },
        Value::Array(cells) if cells.iter().all(is_flat) => {
            vec![cut(&cells.iter().map(word).collect::<Vec<_>>().join(" | "))]
        }
        other => lines(other),
    }
}

fn pairs(fields: &Map<String, Value>) -> String {
    let pairs = fields.iter().filter(|(_, value)| !value.is_null());
    pairs.map(|(name, value)| format!("{name}: {}", word(value))).collect::<Vec<_>>().join(", ")
}

fn block(text: &str) -> Vec<String> {
    let count = text.lines().count();
    let mut shown: Vec<String> =
        text.lines().take(TEXT_LINES).map(|line| format!("│ {}", cut(line))).collect();
    if count > TEXT_LINES {
        shown.push(format!("│ … {} more lines", count - TEXT_LINES));
    }
    shown
}

fn is_scalar(value: &Value) -> bool {
    !value.is_object() && !value.is_array()
}

fn is_flat(value: &Value) -> bool {
    value.as_object().map_or(is_scalar(value), |fields| fields.len() == 1 && fields.values().all(is_scalar))
}

fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.replace(['\n', '\r'], " "),
        Value::Null => String::new(),
        // A typed cell such as {"date": "2026-03-14"}.
        Value::Object(fields) if fields.len() == 1 => fields.values().map(word).collect(),
        other => other.to_string(),
    }
}

/// Control characters are shown as such: a name must not move the cursor or colour the question.
fn cut(line: &str) -> String {
    let mut shown: String =
        line.chars().take(WIDTH).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if line.chars().nth(WIDTH).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(arguments: &Value, expected: &[&str]) {
        assert_eq!(lines(arguments), expected);
    }

    #[test]
    fn moves_are_arrows() {
        let moves =
            json!({"moves": [{"from": "files/a", "to": "files/b/a"}, {"from": "files/c", "to": "files/d"}]});
        check(&moves, &["moves:", "  files/a → files/b/a", "  files/c → files/d"]);
    }

    #[test]
    fn a_long_text_is_a_block_that_is_cut() {
        let text = (1..=10).map(|n| format!("line {n}\n")).collect::<String>();
        let shown = lines(&json!({"path": "output/a.md", "content": text}));
        assert_eq!(shown[..2], ["content:", "  │ line 1"]);
        assert_eq!(shown[9..], ["  │ … 2 more lines", "path: output/a.md"]);
    }

    #[test]
    fn rows_are_lines() {
        let sheet = json!({"rows": [["Bakery", {"date": "2026-03-14"}, 12.4], ["Hotel", null, 7]]});
        check(&sheet, &["rows:", "  Bakery | 2026-03-14 | 12.4", "  Hotel |  | 7"]);
    }

    #[test]
    fn a_name_cannot_move_the_cursor() {
        check(&json!({"path": "files/\u{1b}[2Jx"}), &["path: files/\u{fffd}[2Jx"]);
    }

    #[test]
    fn a_text_cannot_pretend_to_be_more_lines_of_its_own() {
        check(&json!({"title": "a\nb"}), &["title:", "  │ a", "  │ b"]);
    }
}
