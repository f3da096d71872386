//! One cell.

use std::borrow::Cow;
use std::fmt;

/// What is in a cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Cell<'a> {
    /// Nothing.
    #[default]
    Empty,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// A text; in CSV every cell that is not empty is one.
    Text(Cow<'a, str>),
    /// A date or time of a spreadsheet: `2026-03-14`, `2026-03-14 09:26:53` or `09:26:53`.
    Date(String),
}

impl<'a> Cell<'a> {
    /// Of a text, which is empty when nothing is in it.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        if text.is_empty() { Cell::Empty } else { Cell::Text(text) }
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        matches!(self, Cell::Empty)
    }

    /// The same, but a text that is a number as programs write it is that number. `007` and `1e5` stay texts: the one
    /// is a code, the other may be.
    pub fn typed(&self) -> Cell<'_> {
        match self {
            Cell::Text(text) => number(text.trim()).unwrap_or(Cell::Text(Cow::Borrowed(text))),
            other => other.clone(),
        }
    }

    /// The number that it is, if it is one.
    pub fn as_number(&self) -> Option<f64> {
        match self.typed() {
            Cell::Integer(number) => Some(number as f64),
            Cell::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The same without what it was read from.
    pub fn into_owned(self) -> Cell<'static> {
        match self {
            Cell::Empty => Cell::Empty,
            Cell::Bool(value) => Cell::Bool(value),
            Cell::Integer(number) => Cell::Integer(number),
            Cell::Number(number) => Cell::Number(number),
            Cell::Text(text) => Cell::Text(Cow::Owned(text.into_owned())),
            Cell::Date(date) => Cell::Date(date),
        }
    }
}

impl fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cell::Empty => Ok(()),
            Cell::Bool(value) => write!(f, "{value}"),
            Cell::Integer(number) => write!(f, "{number}"),
            Cell::Number(number) => write!(f, "{}", plain(*number)),
            Cell::Text(text) => f.write_str(text),
            Cell::Date(date) => f.write_str(date),
        }
    }
}

/// Without the last digits that only come of binary fractions: 0.1 + 0.2 is 0.3 to who reads it.
fn plain(number: f64) -> f64 {
    let rounded = format!("{number:.14e}").parse().unwrap_or(number);
    if number.is_finite() { rounded } else { number }
}

fn number(text: &str) -> Option<Cell<'static>> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(a, b)| (a, Some(b)));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(whole) || (whole.len() > 1 && whole.starts_with('0')) {
        return None;
    }
    match fraction {
        // More digits than that are a code, and would not fit.
        None if whole.len() <= 18 => text.parse().ok().map(Cell::Integer),
        Some(fraction) if all_digits(fraction) => text.parse().ok().map(Cell::Number),
        _ => None,
    }
}

/// Year, month and day of a text such as `2026-03-14`, if there is such a day.
pub fn date_parts(text: &str) -> Option<(u16, u8, u8)> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let (year, month, day) = (text.get(..4)?, text.get(5..7)?, text.get(8..)?);
    let (year, month, day): (u16, u8, u8) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return None,
    };
    (1..=days).contains(&day).then_some((year, month, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_number() {
        for (text, expected) in [
            ("12", Cell::Integer(12)),
            ("-3", Cell::Integer(-3)),
            (" 0 ", Cell::Integer(0)),
            ("0.5", Cell::Number(0.5)),
            ("-12.50", Cell::Number(-12.5)),
        ] {
            assert_eq!(Cell::text(text).typed(), expected, "{text}");
        }
        for text in
            ["007", "1e5", "1,234.5", "12,5", "+1", "1.", ".5", "-", "12345678901234567890", "1-2", "٣"]
        {
            assert_eq!(Cell::text(text).typed(), Cell::text(text), "{text}");
        }
    }

    #[test]
    fn numbers_are_shown_as_people_write_them() {
        assert_eq!(Cell::Number(0.1 + 0.2).to_string(), "0.3");
        assert_eq!(Cell::Number(12.0).to_string(), "12");
        assert_eq!(Cell::Number(1624.9).to_string(), "1624.9");
    }

    #[test]
    fn days_that_there_are() {
        assert_eq!(date_parts("2024-02-29"), Some((2024, 2, 29)));
        for text in ["2026-02-29", "2026-13-01", "2026-1-01", "2026-00-10", "20260101--", "é026-01-0"] {
            assert_eq!(date_parts(text), None, "{text}");
        }
    }
}
