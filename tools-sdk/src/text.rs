//! Texts in any encoding. With the feature `text`.
//!
//! ```
//! use cowork_tool::text;
//! let bytes = b"caf\xe9 au lait";
//! let encoding = text::encoding_of(bytes, true);
//! assert_eq!((encoding.name(), text::decode(bytes, encoding).0.as_str()), ("windows-1252", "café au lait"));
//! ```

use std::io::Read;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
pub use encoding_rs::Encoding;
use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE};
use encoding_rs_io::DecodeReaderBytesBuilder;

use crate::Error;
use crate::utf16::{self, Order};

/// The encoding of a text with this beginning; `whole` says that nothing follows. What is right in UTF-8 is UTF-8,
/// everything else a guess by what languages are written with.
pub fn encoding_of(head: &[u8], whole: bool) -> &'static Encoding {
    if let Some(order) = utf16::order(head) {
        return match order {
            Order::Little => UTF_16LE,
            Order::Big => UTF_16BE,
        };
    }
    match std::str::from_utf8(head) {
        Ok(_) => UTF_8,
        // A character that is cut at the end.
        Err(error) if error.error_len().is_none() && !whole => UTF_8,
        Err(_) => {
            let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
            detector.feed(head, whole);
            detector.guess(None, Utf8Detection::Deny)
        }
    }
}

/// The encoding that people or a server call so, such as `latin1` or `shift_jis`.
///
/// # Errors
/// [`Error::InvalidArguments`] when nothing is called so.
pub fn encoding_named(label: &str) -> Result<&'static Encoding, Error> {
    Encoding::for_label(label.as_bytes()).ok_or_else(|| {
        Error::invalid(format!(
            "no encoding is called {label:?}; try utf-8, windows-1252, utf-16le or shift_jis"
        ))
    })
}

/// The text without its byte order mark, and whether some bytes meant nothing.
pub fn decode(bytes: &[u8], encoding: &'static Encoding) -> (String, bool) {
    let (text, wrong) = encoding.decode_with_bom_removal(bytes);
    (text.into_owned(), wrong)
}

/// A reader of the same text in UTF-8, without its byte order mark.
pub fn reader<R: Read>(bytes: R, encoding: &'static Encoding) -> impl Read {
    DecodeReaderBytesBuilder::new()
        .encoding(Some(encoding))
        .strip_bom(true)
        .utf8_passthru(encoding == UTF_8)
        .build(bytes)
}

/// The bytes of a text, or the first character that the encoding has not.
///
/// # Errors
/// That character.
pub fn encode(text: &str, encoding: &'static Encoding) -> Result<Vec<u8>, char> {
    if encoding == UTF_16LE || encoding == UTF_16BE {
        let bytes = |unit: u16| if encoding == UTF_16LE { unit.to_le_bytes() } else { unit.to_be_bytes() };
        return Ok(text.encode_utf16().flat_map(bytes).collect());
    }
    let (bytes, _, unmappable) = encoding.encode(text);
    if !unmappable {
        return Ok(bytes.into_owned());
    }
    let missing = text.chars().find(|c| encoding.encode(c.encode_utf8(&mut [0; 4])).2);
    Err(missing.unwrap_or(char::REPLACEMENT_CHARACTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], encoding: &str, text: &str) {
        let found = encoding_of(bytes, true);
        assert_eq!((found.name(), decode(bytes, found)), (encoding, (text.to_owned(), false)));
        let mut read = String::new();
        reader(bytes, found).read_to_string(&mut read).unwrap();
        assert_eq!(read, text);
        let mark = if bytes.starts_with(b"\xff\xfe") { 2 } else { 0 };
        assert_eq!(encode(text, found).unwrap(), &bytes[mark..]);
    }

    #[test]
    fn a_text_is_read_and_written_in_its_encoding() {
        check("plain".as_bytes(), "UTF-8", "plain");
        check("Bäckerei 領収書".as_bytes(), "UTF-8", "Bäckerei 領収書");
        check(b"M\xfcller, B\xe4ckerei, Stra\xdfe", "windows-1252", "Müller, Bäckerei, Straße");
        check(b"\xff\xfea\0\xe9\0\n\0", "UTF-16LE", "aé\n");
        check(b"\x97\xcc\x8e\xfb\x8f\x91\x82\xcc\x8d\x87\x8cv", "Shift_JIS", "領収書の合計");
    }

    #[test]
    fn a_character_that_is_cut_is_still_utf_8() {
        let bytes = "words é".as_bytes();
        let cut = &bytes[..bytes.len() - 1];
        assert_eq!(encoding_of(cut, false).name(), "UTF-8");
        assert_ne!(encoding_of(cut, true).name(), "UTF-8");
    }

    #[test]
    fn a_character_that_cannot_be_written_is_named() {
        let latin = encoding_named("latin1").unwrap();
        assert_eq!(encode("price: 5 € → 6", latin), Err('→'));
        assert!(encoding_named("klingon").is_err());
    }
}
