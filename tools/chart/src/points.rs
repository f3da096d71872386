//! What stands along the x axis.

use cowork_tables::{Cell, date_parts};

/// The x of each row.
pub(crate) enum Across {
    /// Names, one beside the other.
    Names(Vec<String>),
    /// Numbers.
    Numbers(Vec<f64>),
    /// Dates, with a time or without, from early to late in the text's own order.
    Dates(Vec<String>),
}

impl Across {
    pub(crate) fn of(cells: &[Cell<'static>]) -> Self {
        let numbers: Option<Vec<_>> = cells.iter().map(Cell::as_number).collect();
        if let Some(numbers) = numbers.filter(|numbers| !numbers.is_empty()) {
            return Across::Numbers(numbers);
        }
        let texts: Vec<_> = cells.iter().map(Cell::to_string).collect();
        if !texts.is_empty() && texts.iter().all(|text| is_date(text)) {
            return Across::Dates(texts);
        }
        Across::Names(texts)
    }

    /// As they are read.
    pub(crate) fn names(&self) -> Vec<String> {
        match self {
            Across::Names(texts) | Across::Dates(texts) => texts.clone(),
            Across::Numbers(numbers) => {
                numbers.iter().map(|number| Cell::Number(*number).to_string()).collect()
            }
        }
    }

    /// The order of the rows from the left to the right.
    pub(crate) fn order(&self, rows: usize) -> Vec<usize> {
        let mut order: Vec<_> = (0..rows).collect();
        match self {
            Across::Names(_) => {}
            Across::Numbers(numbers) => order.sort_by(|&a, &b| numbers[a].total_cmp(&numbers[b])),
            Across::Dates(dates) => order.sort_by(|&a, &b| dates[a].cmp(&dates[b])),
        }
        order
    }
}

/// `2026-03-14`, or with ` 09:26` or ` 09:26:53` after it.
fn is_date(text: &str) -> bool {
    let Some(day) = text.get(..10) else { return false };
    let time = &text[10..];
    let is_time = time.is_empty()
        || matches!(time.as_bytes().first(), Some(b' ' | b'T'))
            && (6..=9).contains(&time.len())
            && time[1..]
                .split(':')
                .all(|part| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit()));
    date_parts(day).is_some() && is_time
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(texts: &[&str]) -> Across {
        Across::of(&texts.iter().map(|text| Cell::text((*text).to_owned())).collect::<Vec<_>>())
    }

    #[test]
    fn numbers_dates_and_names() {
        assert!(matches!(of(&["1", "2.5"]), Across::Numbers(_)));
        assert!(matches!(of(&["2026-01-01", "2026-01-02 09:30"]), Across::Dates(_)));
        for texts in [&["Jan", "Feb"][..], &["1", "n/a"], &["2026-01-01", "later"], &["2026-01-01 é"], &[]] {
            assert!(matches!(of(texts), Across::Names(_)), "{texts:?}");
        }
    }

    #[test]
    fn rows_go_from_the_left_to_the_right() {
        assert_eq!(of(&["3", "1", "2"]).order(3), [1, 2, 0]);
        assert_eq!(of(&["2026-02-01", "2026-01-01"]).order(2), [1, 0]);
        assert_eq!(of(&["b", "a"]).order(2), [0, 1]);
    }
}
