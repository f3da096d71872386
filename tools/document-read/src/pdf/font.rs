//! A font: bytes to characters, and how wide they are.

use std::collections::BTreeMap;

use lopdf::{Dictionary, Document, Encoding, Object, ObjectId};

use super::LARGEST_STREAM;

/// Of a character whose width the font does not tell, in thousandths of the size.
const USUAL_WIDTH: f32 = 500.0;

/// How to read the text that is drawn with one font.
pub(super) struct Font<'a> {
    encoding: Option<Encoding<'a>>,
    /// By character code, in thousandths of the size.
    widths: BTreeMap<u32, f32>,
    default_width: f32,
    /// Of a character code: 2 in composite fonts.
    bytes_per_code: usize,
}

/// The fonts of a page, with what they refer to looked up, ready to be borrowed by [`Font::new`].
pub(super) fn dictionaries(document: &Document, page: ObjectId) -> BTreeMap<Vec<u8>, Dictionary> {
    let fonts = document.get_page_fonts(page).unwrap_or_default();
    fonts.into_iter().map(|(name, font)| (name, prefer_unicode(font.clone(), document))).collect()
}

/// A font with an encoding of its own often names its characters `g1`, `g2`: its map to Unicode knows better.
pub(super) fn prefer_unicode(mut font: Dictionary, document: &Document) -> Dictionary {
    let custom = font.get_deref(b"Encoding", document).is_ok_and(|encoding| encoding.as_dict().is_ok());
    if custom && font.get_deref(b"ToUnicode", document).is_ok_and(|map| map.as_stream().is_ok()) {
        font.remove(b"Encoding");
    }
    font
}

impl<'a> Font<'a> {
    pub(super) fn new(font: &'a Dictionary, document: &'a Document) -> Self {
        let encoding = font.get_font_encoding_with_limit(document, LARGEST_STREAM).ok();
        match descendant(font, document) {
            Some(descendant) => Font {
                encoding,
                widths: composite_widths(descendant, document).unwrap_or_default(),
                default_width: number(descendant.get_deref(b"DW", document).ok()).unwrap_or(1000.0),
                bytes_per_code: 2,
            },
            None => Font {
                encoding,
                widths: simple_widths(font, document).unwrap_or_default(),
                default_width: USUAL_WIDTH,
                bytes_per_code: 1,
            },
        }
    }

    /// The characters; nothing where the font does not say what its codes mean.
    pub(super) fn text(&self, bytes: &[u8]) -> String {
        let decode = |encoding| Document::decode_text(encoding, bytes).ok();
        let text = self.encoding.as_ref().and_then(decode).unwrap_or_default();
        text.chars().filter(|c| !c.is_control()).collect()
    }

    /// The width of all characters, in sizes of the font, and how many there are, all and spaces.
    pub(super) fn measure(&self, bytes: &[u8]) -> (f32, usize, usize) {
        let codes = bytes.chunks(self.bytes_per_code);
        let code = |chunk: &[u8]| chunk.iter().fold(0, |code, byte| code << 8 | u32::from(*byte));
        let width = |chunk: &[u8]| self.widths.get(&code(chunk)).copied().unwrap_or(self.default_width);
        let total: f32 = codes.clone().map(width).sum();
        // Word spacing is for the single byte 32 only.
        let spaces =
            if self.bytes_per_code == 1 { bytes.iter().filter(|byte| **byte == 32).count() } else { 0 };
        (total / 1000.0, codes.count(), spaces)
    }
}

fn descendant<'a>(font: &'a Dictionary, document: &'a Document) -> Option<&'a Dictionary> {
    let fonts = font.get_deref(b"DescendantFonts", document).and_then(Object::as_array).ok()?;
    document.dereference(fonts.first()?).ok()?.1.as_dict().ok()
}

fn simple_widths(font: &Dictionary, document: &Document) -> Option<BTreeMap<u32, f32>> {
    let first = number(font.get_deref(b"FirstChar", document).ok())? as u32;
    let widths = font.get_deref(b"Widths", document).and_then(Object::as_array).ok()?;
    let widths = widths.iter().map(|width| deref_number(width, document));
    // A width of 0 stands for a character that the font does not have.
    Some(
        (first..).zip(widths).filter_map(|(code, width)| Some((code, width.filter(|w| *w > 0.0)?))).collect(),
    )
}

/// `W` is a list of `first [width width …]` and `first last width`.
fn composite_widths(font: &Dictionary, document: &Document) -> Option<BTreeMap<u32, f32>> {
    const MOST_CODES: u32 = 65_536;
    let list = font.get_deref(b"W", document).and_then(Object::as_array).ok()?;
    let mut widths = BTreeMap::new();
    let mut items = list.iter().filter_map(|item| document.dereference(item).ok().map(|(_, object)| object));
    while let Some(first) = items.next().and_then(|item| number(Some(item))) {
        match items.next()? {
            Object::Array(each) => {
                let each = each.iter().filter_map(|width| deref_number(width, document));
                widths.extend((first as u32..).zip(each));
            }
            last => {
                let last = (number(Some(last))? as u32).min(MOST_CODES);
                let width = number(items.next())?;
                widths.extend((first as u32..=last).map(|code| (code, width)));
            }
        }
    }
    Some(widths)
}

fn deref_number(object: &Object, document: &Document) -> Option<f32> {
    number(document.dereference(object).ok().map(|(_, object)| object))
}

pub(super) fn number(object: Option<&Object>) -> Option<f32> {
    object?.as_float().ok()
}
