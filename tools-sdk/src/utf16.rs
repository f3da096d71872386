//! UTF-16, which has zeros where other texts have none.

/// Which byte of two comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// The low one, as Windows writes it.
    Little,
    /// The high one.
    Big,
}

/// The order of a text in UTF-16, by its mark or by where its zeros are; `None` for anything else.
pub(crate) fn order(head: &[u8]) -> Option<Order> {
    match head {
        [0xff, 0xfe, ..] => return Some(Order::Little),
        [0xfe, 0xff, ..] => return Some(Order::Big),
        _ => {}
    }
    let head = &head[..head.len().min(512) & !1];
    let zeros = |first: usize| head.iter().skip(first).step_by(2).filter(|&&byte| byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    // Nine characters of ten in the Latin alphabet, and at least a word.
    let is_most = |zeros: usize| zeros * 20 >= head.len() * 9 && zeros >= 4;
    match (even, odd) {
        (0, odd) if is_most(odd) => Some(Order::Little),
        (even, 0) if is_most(even) => Some(Order::Big),
        _ => None,
    }
}

/// The text, without its mark. Half a character at the end is left out.
#[cfg(feature = "media")]
pub(crate) fn decode(order: Order, bytes: &[u8]) -> String {
    let unit = |pair: &[u8]| match order {
        Order::Little => u16::from_le_bytes([pair[0], pair[1]]),
        Order::Big => u16::from_be_bytes([pair[0], pair[1]]),
    };
    let text: String = char::decode_utf16(bytes.chunks_exact(2).map(unit))
        .map(|decoded| decoded.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_by_its_mark_or_its_zeros() {
        assert_eq!(order(b"\xff\xfea\0"), Some(Order::Little));
        assert_eq!(order(b"\xfe\xff\0a"), Some(Order::Big));
        assert_eq!(order(b"w\0o\0r\0d\0s\0"), Some(Order::Little));
        assert_eq!(order(b"\0w\0o\0r\0d\0s"), Some(Order::Big));
        for other in [&b"words"[..], b"a\0", b"\0\0\0\0\0\0\0\0", b"\x7fELF\0\0\0\0\x01\0\0\0", b""] {
            assert_eq!(order(other), None, "{other:?}");
        }
    }
}
