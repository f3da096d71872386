use super::*;
use chrono::{Datelike as _, NaiveDate};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn timing(cron: &str, zone: &str) -> Timing {
    Timing::new(cron, zone).unwrap_or_else(|error| panic!("{error}"))
}

fn utc(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The next firings after a time, as clocks there show them.
fn check(cron: &str, zone: &str, after: &str, expected: &[&str]) {
    let upcoming = timing(cron, zone).upcoming(utc(after), expected.len());
    let shown: Vec<String> = upcoming.iter().map(|at| at.format("%Y-%m-%d %H:%M %:z").to_string()).collect();
    assert_eq!(shown, expected, "{cron} in {zone} after {after}");
}

#[test]
fn the_clock_of_a_place_counts() {
    check("30 7 * * 1-5", "Europe/Berlin", "2026-01-02T12:00:00Z", &["2026-01-05 07:30 +01:00"]);
    check("30 7 * * *", "Asia/Kolkata", "2026-07-01T12:00:00Z", &["2026-07-02 07:30 +05:30"]);
    check("@daily", "UTC", "2026-01-01T00:00:00Z", &["2026-01-02 00:00 +00:00"]);
    check("0 0 * * *", "UTC", "2025-12-31T23:59:59.999Z", &["2026-01-01 00:00 +00:00"]);
}

#[test]
fn a_daily_firing_in_the_skipped_hour_fires_at_its_end() {
    check(
        "30 2 * * *",
        "Europe/Berlin",
        "2026-03-28T00:00:00Z",
        &["2026-03-28 02:30 +01:00", "2026-03-29 03:00 +02:00", "2026-03-30 02:30 +02:00"],
    );
    check(
        "30 2 * * *",
        "America/New_York",
        "2026-03-07T12:00:00Z",
        &["2026-03-08 03:00 -04:00", "2026-03-09 02:30 -04:00"],
    );
    // Half an hour is skipped there.
    check("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00:00Z", &["2026-10-04 02:30 +11:00"]);
    // Midnight is.
    check("0 0 * * *", "America/Santiago", "2026-09-05T12:00:00Z", &["2026-09-06 01:00 -03:00"]);
    // A whole day was.
    check(
        "0 9 * * *",
        "Pacific/Apia",
        "2011-12-29T20:00:00Z",
        &["2011-12-31 00:00 +14:00", "2011-12-31 09:00 +14:00"],
    );
}

#[test]
fn a_daily_firing_in_the_doubled_hour_fires_at_the_first() {
    let expected = ["2026-10-24 02:30 +02:00", "2026-10-25 02:30 +02:00", "2026-10-26 02:30 +01:00"];
    check("30 2 * * *", "Europe/Berlin", "2026-10-24T00:00:00Z", &expected);
    // Asked in the second pass, it does not fire again.
    check("30 2 * * *", "Europe/Berlin", "2026-10-25T01:10:00Z", &["2026-10-26 02:30 +01:00"]);
    check(
        "0 2,14 * * *",
        "Europe/Berlin",
        "2026-10-24T23:00:00Z",
        &["2026-10-25 02:00 +02:00", "2026-10-25 14:00 +01:00"],
    );
}

#[test]
fn a_firing_of_every_hour_goes_by_the_time_that_passes() {
    check(
        "30 * * * *",
        "Europe/Berlin",
        "2026-03-28T23:45:00Z",
        &["2026-03-29 01:30 +01:00", "2026-03-29 03:30 +02:00"],
    );
    let expected = [
        "2026-10-25 01:30 +02:00",
        "2026-10-25 02:30 +02:00",
        "2026-10-25 02:30 +01:00",
        "2026-10-25 03:30 +01:00",
    ];
    check("30 * * * *", "Europe/Berlin", "2026-10-24T23:00:00Z", &expected);
    check("@hourly", "Europe/Berlin", "2026-10-25T00:30:00Z", &["2026-10-25 02:00 +01:00"]);
}

#[test]
fn the_end_of_a_month_and_a_leap_day_are_found() {
    check(
        "0 9 L * *",
        "UTC",
        "2028-01-31T10:00:00Z",
        &["2028-02-29 09:00 +00:00", "2028-03-31 09:00 +00:00", "2028-04-30 09:00 +00:00"],
    );
    check(
        "0 9 31 * *",
        "UTC",
        "2026-01-31T10:00:00Z",
        &["2026-03-31 09:00 +00:00", "2026-05-31 09:00 +00:00"],
    );
    check(
        "0 9 29 2 *",
        "UTC",
        "2026-01-01T00:00:00Z",
        &["2028-02-29 09:00 +00:00", "2032-02-29 09:00 +00:00"],
    );
    check("0 9 29 2 *", "UTC", "2096-03-01T00:00:00Z", &["2104-02-29 09:00 +00:00"]);
}

#[test]
fn what_is_no_schedule_is_refused_with_the_reason() {
    let refused = |cron: &str, zone: &str| Timing::new(cron, zone).expect_err(cron).to_string();
    assert_eq!(
        refused("0 25 * * *", "UTC").split(';').next(),
        Some("cron \"0 25 * * *\" is not understood: Component error: Number out of bounds")
    );
    for broken in
        ["", "* * * *", "* * * * * *", "0 0 * * * 2027", "soon", "60 * * * *", "\u{0}", "-1 * * * *"]
    {
        assert!(refused(broken, "UTC").contains("five fields"), "{broken}");
    }
    assert_eq!(refused("0 0 30 2 *", "UTC"), "cron \"0 0 30 2 *\" never fires: no day fits it");
    assert_eq!(
        refused("@daily", "Berlin"),
        "\"Berlin\" is no time zone: name one as in Europe/Berlin, or UTC"
    );
    assert!(refused(&"1,".repeat(1_000_000), "UTC").len() < 500);
}

#[test]
fn it_is_written_as_it_is_read() {
    let timing = timing(" 0 9 * * MON ", "Europe/Berlin");
    let json = serde_json::to_string(&timing).expect("JSON");
    assert_eq!(json, r#"{"cron":"0 9 * * MON","time_zone":"Europe/Berlin"}"#);
    assert_eq!(serde_json::from_str::<Timing>(&json).expect("a timing"), timing);
    assert!(serde_json::from_str::<Timing>(r#"{"cron": "0 9 * * *", "time_zone": "Nowhere"}"#).is_err());
}

const ZONES: [&str; 8] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "America/St_Johns",
];

fn any_zone() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(&ZONES[..])
}

fn any_cron() -> impl Strategy<Value = String> {
    let minute = prop_oneof![
        Just("*".to_owned()),
        Just("*/7".to_owned()),
        (0_u32..60).prop_map(|m: u32| m.to_string())
    ];
    let hour = prop_oneof![
        Just("*".to_owned()),
        Just("*/5".to_owned()),
        Just("1-3".to_owned()),
        (0_u32..24).prop_map(|h: u32| h.to_string())
    ];
    let day =
        prop_oneof![Just("*".to_owned()), Just("L".to_owned()), (1_u32..32).prop_map(|d: u32| d.to_string())];
    let weekday = prop_oneof![Just("*".to_owned()), Just("MON-FRI".to_owned()), Just("0".to_owned())];
    (minute, hour, day, weekday).prop_map(|(m, h, d, w)| format!("{m} {h} {d} * {w}"))
}

fn any_time() -> impl Strategy<Value = Timestamp> {
    (1_700_000_000_000_i64..2_000_000_000_000)
        .prop_map(|at| DateTime::from_timestamp_millis(at).expect("a time"))
}

proptest! {
    #[test]
    fn a_daily_schedule_fires_once_on_every_day(
        zone in any_zone(), year in 2020_i32..2037, hour in 0_u32..24, minute in 0_u32..60
    ) {
        let timing = timing(&format!("{minute} {hour} * * *"), zone);
        let day = |day: NaiveDate| day.and_hms_opt(12, 0, 0).expect("noon").and_utc();
        let first = day(NaiveDate::from_ymd_opt(year, 1, 3).expect("a day"));
        let last = day(NaiveDate::from_ymd_opt(year, 12, 28).expect("a day"));
        let fired: Vec<_> = timing.upcoming(first, 400).into_iter().filter(|at| at.to_utc() <= last).collect();
        let days: BTreeSet<NaiveDate> = fired.iter().map(|at| at.date_naive()).collect();
        prop_assert_eq!(fired.len(), days.len(), "twice on a day");
        let span = fired.last().expect("a firing").num_days_from_ce() - fired[0].num_days_from_ce() + 1;
        prop_assert_eq!(fired.len(), usize::try_from(span).expect("days"), "a day was left out");
    }

    #[test]
    fn nothing_lies_between_a_time_and_its_next_firing(
        cron in any_cron(), zone in any_zone(), after in any_time(), within in 0.0..1.0_f64
    ) {
        let timing = timing(&cron, zone);
        let Some(next) = timing.next_after(after) else { return Ok(()) };
        prop_assert!(next > after);
        let between = after + Duration::milliseconds(((next - after).num_milliseconds() as f64 * within) as i64);
        if between < next {
            prop_assert_eq!(timing.next_after(between), Some(next));
        }
    }

    #[test]
    fn the_latest_firings_are_the_last_of_all(
        cron in any_cron(), zone in any_zone(), after in any_time(), hours in 0_i64..2000, most in 1_usize..30
    ) {
        let timing = timing(&cron, zone);
        let until = after + Duration::hours(hours);
        let all: Vec<_> = timing.last_between(after, until, usize::MAX).into();
        let latest: Vec<_> = timing.latest(after, until, most).into();
        prop_assert_eq!(&all[all.len().saturating_sub(most)..], &latest[..]);
    }

    #[test]
    fn whatever_is_written_is_a_timing_or_an_error(cron in ".{0,60}", zone in ".{0,30}") {
        let _ = Timing::new(&cron, &zone);
    }

    #[test]
    fn whatever_looks_like_cron_is_a_timing_or_an_error(cron in "[0-9*/,LW#@?A-Z -]{0,40}") {
        let _ = Timing::new(&cron, "UTC");
    }
}
