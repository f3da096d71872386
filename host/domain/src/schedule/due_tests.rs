use super::*;
use proptest::prelude::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn daily() -> Timing {
    Timing::new("0 7 * * *", "Europe/Berlin").expect("a timing")
}

/// A host that was down from one firing on until a time: how many runs, and what is missed.
fn check(policy: MissedPolicy, now: &str, runs: &[&str], missed: Option<(&str, &str)>) {
    let due = daily().due(policy, at("2026-03-01T06:00:00Z"), at(now));
    assert_eq!(due.runs, runs.iter().map(|text| at(text)).collect::<Vec<_>>(), "{policy:?} at {now}");
    let missed = missed.map(|(first, last)| Missed { first: at(first), last: at(last) });
    assert_eq!(due.missed, missed, "{policy:?} at {now}");
}

#[test]
fn nothing_is_due_before_its_time() {
    check(MissedPolicy::RunAll, "2026-03-01T05:59:59Z", &[], None);
}

#[test]
fn a_firing_on_time_is_never_missed() {
    for policy in [MissedPolicy::Skip, MissedPolicy::RunOnce, MissedPolicy::RunAll] {
        check(policy, "2026-03-01T06:00:00Z", &["2026-03-01T06:00:00Z"], None);
        check(policy, "2026-03-01T06:05:00Z", &["2026-03-01T06:00:00Z"], None);
    }
}

#[test]
fn after_a_month_each_policy_does_what_it_says() {
    // Clocks change in between: seven in the morning is an hour earlier from the 29th on.
    let now = "2026-03-31T20:00:00Z";
    check(MissedPolicy::Skip, now, &[], Some(("2026-03-01T06:00:00Z", "2026-03-31T05:00:00Z")));
    let last = Some(("2026-03-01T06:00:00Z", "2026-03-30T05:00:00Z"));
    check(MissedPolicy::RunOnce, now, &["2026-03-31T05:00:00Z"], last);
    let all = daily().due(MissedPolicy::RunAll, at("2026-03-01T06:00:00Z"), at(now));
    assert_eq!(all.runs.len(), MAX_RUNS);
    assert_eq!(all.runs.last(), Some(&at("2026-03-31T05:00:00Z")));
    assert_eq!(all.missed.map(|missed| missed.last), Some(at("2026-03-07T06:00:00Z")), "the bound");
}

#[test]
fn the_last_of_many_missed_ones_may_be_on_time() {
    let now = "2026-03-31T05:01:00Z";
    let missed = Some(("2026-03-01T06:00:00Z", "2026-03-30T05:00:00Z"));
    check(MissedPolicy::Skip, now, &["2026-03-31T05:00:00Z"], missed);
    check(MissedPolicy::RunOnce, now, &["2026-03-31T05:00:00Z"], missed);
}

#[test]
fn a_month_of_missed_minutes_is_dealt_with_at_once() {
    let minutes = Timing::new("* * * * *", "Europe/Berlin").expect("a timing");
    let due = minutes.due(MissedPolicy::RunAll, at("2026-03-01T00:00:00Z"), at("2026-03-31T00:00:30Z"));
    assert_eq!(due.runs.len(), MAX_RUNS);
    assert_eq!(due.runs.last(), Some(&at("2026-03-31T00:00:00Z")));
}

proptest! {
    #[test]
    fn every_firing_that_has_come_is_run_or_missed_and_none_twice(
        minutes in 1_i64..20_000, policy in proptest::sample::select(
            &[MissedPolicy::Skip, MissedPolicy::RunOnce, MissedPolicy::RunAll][..])
    ) {
        let timing = Timing::new("*/20 6-9 * * *", "America/New_York").expect("a timing");
        let next = timing.next_after(at("2026-03-05T00:00:00Z")).expect("a firing");
        let now = next + Duration::minutes(minutes);
        let due = timing.due(policy, next, now);
        let come: Vec<_> = timing.latest(next - Duration::milliseconds(1), now, usize::MAX).into();
        let missed = come.iter().filter(|at| due.missed.is_some_and(|missed| **at <= missed.last));
        let dealt: Vec<_> = missed.chain(&due.runs).copied().collect();
        prop_assert_eq!(dealt, come);
    }
}
