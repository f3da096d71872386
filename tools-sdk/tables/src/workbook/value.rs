//! From the values of the spreadsheet reader to ours.

use crate::Cell;
use calamine::{Data, DataRef, ExcelDateTime};
use std::borrow::Cow;

pub(super) fn of_ref(value: DataRef<'_>) -> Cell<'_> {
    match value {
        DataRef::SharedString(text) => Cell::text(text),
        DataRef::String(text) | DataRef::DurationIso(text) => Cell::text(text),
        DataRef::Int(number) => Cell::Integer(number),
        DataRef::Float(number) => Cell::Number(number),
        DataRef::Bool(value) => Cell::Bool(value),
        DataRef::DateTime(date) => Cell::Date(date_text(&date)),
        DataRef::DateTimeIso(text) => Cell::Date(iso(&text)),
        DataRef::Error(error) => Cell::text(error.to_string()),
        DataRef::Empty => Cell::Empty,
    }
}

pub(super) fn of_data(value: &Data) -> Cell<'_> {
    match value {
        Data::String(text) | Data::DurationIso(text) => Cell::text(Cow::Borrowed(text.as_str())),
        Data::Int(number) => Cell::Integer(*number),
        Data::Float(number) => Cell::Number(*number),
        Data::Bool(value) => Cell::Bool(*value),
        Data::DateTime(date) => Cell::Date(date_text(date)),
        Data::DateTimeIso(text) => Cell::Date(iso(text)),
        Data::Error(error) => Cell::text(error.to_string()),
        Data::Empty => Cell::Empty,
    }
}

/// `2026-03-14`, `2026-03-14 09:26:53`, or `09:26:53` where no day is meant.
fn date_text(date: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, milli) = date.to_ymd_hms_milli();
    if date.is_duration() {
        let seconds = (date.as_f64() * 86_400.0).round().clamp(-1e12, 1e12) as i64;
        let sign = if seconds < 0 { "-" } else { "" };
        let whole = seconds.unsigned_abs();
        return format!("{sign}{:02}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
    }
    let has_time = (hour, minute, second, milli) != (0, 0, 0, 0);
    if has_time && (0.0..1.0).contains(&date.as_f64()) {
        format!("{hour:02}:{minute:02}:{second:02}")
    } else if has_time {
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
    } else {
        format!("{year:04}-{month:02}-{day:02}")
    }
}

/// As databases write it: `2026-03-14T09:26:53` has a blank for the `T`.
fn iso(text: &str) -> String {
    text.replacen('T', " ", 1).trim_end_matches(" 00:00:00").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::ExcelDateTimeType::{DateTime, TimeDelta};

    #[test]
    fn dates_and_times() {
        for (value, kind, expected) in [
            (46095.0, DateTime, "2026-03-14"),
            (46095.25, DateTime, "2026-03-14 06:00:00"),
            (0.5, DateTime, "12:00:00"),
            (1.5, TimeDelta, "36:00:00"),
            (-0.5, TimeDelta, "-12:00:00"),
            (f64::NAN, TimeDelta, "00:00:00"),
        ] {
            assert_eq!(date_text(&ExcelDateTime::new(value, kind, false)), expected);
        }
        assert_eq!(iso("2026-03-14T09:26:53"), "2026-03-14 09:26:53");
    }
}
