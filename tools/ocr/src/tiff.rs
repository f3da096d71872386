//! TIFF files of several pages, as scanners and fax machines write them: each page is found by the one before it.

/// No more pages of one file are looked for: they may be chained in a circle.
const MOST: usize = 1000;
/// Bytes of one field of a page's directory.
const FIELD: usize = 12;

/// Where the pages of a file begin. Files that are not chained as they should be have one page, and so have those of more
/// than 4 GiB, which are written in another way.
pub(crate) fn pages(bytes: &[u8]) -> Vec<u32> {
    let Some(order) = Order::of(bytes) else { return vec![0] };
    let mut pages = Vec::new();
    let mut next = order.long(bytes, 4);
    while let Some(at) = next.filter(|at| *at != 0 && pages.len() < MOST && !pages.contains(at)) {
        let fields = order.short(bytes, at as usize);
        if fields.is_some() {
            pages.push(at);
        }
        next = fields.and_then(|fields| order.long(bytes, at as usize + 2 + usize::from(fields) * FIELD));
    }
    if pages.is_empty() { vec![0] } else { pages }
}

/// The file as if it began with this page.
pub(crate) fn from_page(bytes: &[u8], page: u32) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if let (Some(order), true) = (Order::of(&bytes), page != 0) {
        bytes[4..8].copy_from_slice(&order.bytes(page));
    }
    bytes
}

/// How numbers are written.
#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn of(bytes: &[u8]) -> Option<Self> {
        match bytes.get(..8)? {
            [b'I', b'I', 42, 0, ..] => Some(Self::Little),
            [b'M', b'M', 0, 42, ..] => Some(Self::Big),
            _ => None,
        }
    }

    fn short(self, bytes: &[u8], at: usize) -> Option<u16> {
        let number = *bytes.get(at..)?.first_chunk()?;
        Some(match self {
            Self::Little => u16::from_le_bytes(number),
            Self::Big => u16::from_be_bytes(number),
        })
    }

    fn long(self, bytes: &[u8], at: usize) -> Option<u32> {
        let number = *bytes.get(at..)?.first_chunk()?;
        Some(match self {
            Self::Little => u32::from_le_bytes(number),
            Self::Big => u32::from_be_bytes(number),
        })
    }

    fn bytes(self, number: u32) -> [u8; 4] {
        match self {
            Self::Little => number.to_le_bytes(),
            Self::Big => number.to_be_bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Two pages without a field, of which the second one names `after` as the next.
    fn two_pages(after: u32) -> Vec<u8> {
        let page = |next: u32| [&[0, 0][..], &next.to_be_bytes()].concat();
        [b"MM\0*\0\0\0\x08".to_vec(), page(14), page(after)].concat()
    }

    #[test]
    fn pages_are_chained() {
        assert_eq!(pages(&two_pages(0)), [8, 14]);
        assert_eq!(pages(&from_page(&two_pages(0), 14)), [14]);
    }

    #[test]
    fn a_circle_and_a_chain_that_leads_nowhere_end() {
        assert_eq!(pages(&two_pages(8)), [8, 14]);
        assert_eq!(pages(&two_pages(1_000_000)), [8, 14]);
        assert_eq!((pages(b""), pages(b"II+\0\x08\0\0\0")), (vec![0], vec![0]));
    }

    proptest! {
        #[test]
        fn any_bytes_have_a_page(mut bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            bytes.splice(0..0, *b"II*\0");
            for page in pages(&bytes) {
                prop_assert_eq!(from_page(&bytes, page).len(), bytes.len());
            }
        }
    }
}
