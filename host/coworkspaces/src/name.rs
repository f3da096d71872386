//! Names that are not UTF-8, shown so that people can read them and nobody can open them.

use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// A file name as text: every byte that is not UTF-8 becomes `\xNN`.
///
/// WASI names are UTF-8, so this is how such a file appears in a listing; see [`unescape`] for what opening it says.
pub fn escape(name: &OsStr) -> String {
    let mut text = String::new();
    for chunk in name.as_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02X}"));
        }
    }
    text
}

/// The name that an escaped one stands for, or `None` when it stands for itself.
pub fn unescape(text: &str) -> Option<std::ffi::OsString> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\\x") {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        let byte = rest.get(at + 2..at + 4).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        let width = if byte.is_some() { 4 } else { 2 };
        bytes.extend(byte.map_or(b"\\x".to_vec(), |byte| vec![byte]));
        rest = &rest[at + width..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    let name = std::ffi::OsString::from_vec(bytes);
    name.to_str().is_none().then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_name_that_is_not_utf8_comes_back(mut bytes in proptest::collection::vec(1u8.., 0..40), at in 0..40usize) {
            bytes.retain(|byte| *byte != b'\\');
            bytes.insert(at.min(bytes.len()), 0xFF);
            let name = std::ffi::OsString::from_vec(bytes);
            prop_assert_eq!(unescape(&escape(&name)), Some(name));
        }

        #[test]
        fn a_utf8_name_stays_as_it_is(name in "[^\\\\\\x00/]{1,40}") {
            prop_assert_eq!(escape(OsStr::new(&name)), name.clone());
            prop_assert_eq!(unescape(&name), None);
        }
    }
}
