//! When files were modified, as archives have it.

use std::io::Read;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use zip::DateTime;
use zip::ExtraField;
use zip::read::ZipFile;

/// The exact time if the archive has it, otherwise the DOS time, which has no zone and is taken for UTC.
pub(crate) fn modified<R: Read>(file: &ZipFile<'_, R>) -> Option<SystemTime> {
    let exact = file.extra_data_fields().find_map(|field| match field {
        ExtraField::ExtendedTimestamp(times) => times.mod_time(),
        _ => None,
    });
    let seconds = match exact {
        Some(seconds) => u64::from(seconds),
        None => seconds_since_epoch(file.last_modified()?)?,
    };
    Some(UNIX_EPOCH + Duration::from_secs(seconds))
}

fn seconds_since_epoch(time: DateTime) -> Option<u64> {
    let days = days_since_epoch(time.year().into(), time.month().into(), time.day().into());
    let (hours, minutes) = (u64::from(time.hour()), u64::from(time.minute()));
    Some(u64::try_from(days).ok()? * 86_400 + hours * 3_600 + minutes * 60 + u64::from(time.second()))
}

/// Howard Hinnant's `days_from_civil`: years begin in March, so that a leap day is the last of its year.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// What a zip has of a time: no zone, two seconds, and nothing before 1980.
pub(crate) fn dos(time: SystemTime) -> Option<DateTime> {
    let text = humantime::format_rfc3339_seconds(time).to_string();
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<u16>().ok();
    let small = |range| u8::try_from(number(range)?).ok();
    DateTime::from_date_and_time(
        number(0..4)?,
        small(5..7)?,
        small(8..10)?,
        small(11..13)?,
        small(14..16)?,
        small(17..19)?,
    )
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_comes_back() {
        let time = UNIX_EPOCH + Duration::from_secs(1_773_480_412);
        assert_eq!(seconds_since_epoch(dos(time).unwrap()), Some(1_773_480_412));
        assert!(dos(UNIX_EPOCH).is_none());
    }

    #[test]
    fn days() {
        assert_eq!(days_since_epoch(1970, 1, 1), 0);
        assert_eq!(days_since_epoch(2000, 2, 29), 11_016);
        assert_eq!(days_since_epoch(2026, 3, 14), 20_526);
    }
}
