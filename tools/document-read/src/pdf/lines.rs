//! Pieces of text put together to lines.

/// A piece of text on a page. Lengths are in points, upwards and to the right.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) text: String,
    /// Where it begins.
    pub(super) x: f32,
    /// The line it stands on.
    pub(super) y: f32,
    /// Where it ends.
    pub(super) end: f32,
    /// Of its font.
    pub(super) size: f32,
}

/// In sizes of the font: a gap this wide is a space between words, …
const WORD_GAP: f32 = 0.15;
/// … this wide one between columns, …
const COLUMN_GAP: f32 = 1.5;
/// … and a step this high begins a new line, …
const LINE_STEP: f32 = 0.5;
/// … or a new paragraph.
const PARAGRAPH_STEP: f32 = 2.2;

/// Joins pieces in the order in which they are drawn, which is nearly always the order in which they are read.
pub(super) fn join(pieces: &[Piece]) -> String {
    let mut text = String::new();
    let mut last: Option<&Piece> = None;
    for piece in pieces.iter().filter(|piece| !piece.text.is_empty()) {
        if let Some(last) = last {
            text.push_str(between(last, piece, &text));
        }
        text.push_str(&piece.text);
        last = Some(piece);
    }
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

/// What separates two pieces.
fn between(last: &Piece, next: &Piece, text: &str) -> &'static str {
    let size = last.size.max(next.size).max(1.0);
    let step = (last.y - next.y).abs() / size;
    let gap = (next.x - last.end) / size;
    let has_space = text.ends_with(char::is_whitespace) || next.text.starts_with(char::is_whitespace);
    if step > PARAGRAPH_STEP {
        "\n\n"
    } else if step > LINE_STEP || gap < -COLUMN_GAP {
        // Text that goes back on its own line was drawn beside it, such as the next cell of a column.
        "\n"
    } else if gap > COLUMN_GAP {
        if has_space { " " } else { "  " }
    } else if gap > WORD_GAP && !has_space {
        " "
    } else {
        ""
    }
}
