//! Small pieces, as models send them and networks tear them.

use bytes::Bytes;

/// A text has at most so many fragments.
const MOST: usize = 64;

/// Cuts a text into pieces of a few characters.
pub(crate) fn text(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let size = chars.len().div_ceil(MOST).max(7);
    chars.chunks(size).map(|piece| piece.iter().collect()).collect()
}

/// Cuts a body into chunks whose borders fall within lines and characters.
pub(crate) fn bytes(mut body: Bytes) -> Vec<Bytes> {
    let size = body.len().div_ceil(4 * MOST).max(31);
    let mut chunks = Vec::new();
    while !body.is_empty() {
        chunks.push(body.split_to(size.min(body.len())));
    }
    chunks
}
