//! Which pages are wanted.

use cowork_tool::Error;
use std::ops::Range;

/// The pages, counted from 0, that `3` or `2-5` mean, counted from 1; all of them where nothing is said.
pub(crate) fn of(text: Option<&str>, total: usize) -> Result<Range<usize>, Error> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(0..total) };
    let number = |text: &str| text.trim().parse::<usize>().ok();
    let (first, last) = match text.split_once(['-', '–']) {
        Some((first, "")) => (number(first), Some(total)),
        Some((first, last)) => (number(first), number(last)),
        None => (number(text), number(text)),
    };
    match (first, last) {
        (Some(first @ 1..), Some(last)) if first <= last && first <= total => Ok(first - 1..last.min(total)),
        (Some(1..), Some(_)) => {
            Err(Error::invalid(format!("`pages` is {text:?}, but it has {total} page{}", s(total))))
        }
        _ => Err(Error::invalid(format!("`pages` is {text:?}; write a page or a range, such as 3 or 2-5"))),
    }
}

fn s(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_counted_from_one() {
        let of = |text| of(Some(text), 10).expect("a range");
        assert_eq!((of("3"), of("2-5"), of(" 2 - 99 "), of("4-"), of("")), (2..3, 1..5, 1..10, 3..10, 0..10));
        assert_eq!(super::of(None, 4).expect("all"), 0..4);
    }

    #[test]
    fn other_words_are_refused() {
        for text in ["0", "a", "5-2", "11", "-3", "1,2"] {
            assert!(of(Some(text), 10).is_err(), "{text}");
        }
        let error = of(Some("2"), 1).unwrap_err();
        assert_eq!(error.message(), "`pages` is \"2\", but it has 1 page");
    }
}
