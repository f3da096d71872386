//! When a schedule fires: a cron line, read by the clock of a place, daylight saving included.

use crate::Timestamp;
use chrono::{
    DateTime, Duration, FixedOffset, LocalResult, NaiveDateTime, Offset as _, TimeZone as _, Timelike as _,
};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::fmt;

/// Five fields of cron, and the place whose clock counts.
///
/// Where the hour is named (`30 2 * * *`), every time of the wall clock fires once: one that is skipped in spring at the
/// end of the skipped hour, one that comes twice in autumn at the first. Where it is not (`*/15 * * * *`), time that
/// passes counts: nothing in the skipped hour, and both passes of the doubled one.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "TimingText", into = "TimingText")]
pub struct Timing {
    cron: String,
    time_zone: Tz,
    /// Used on wall clocks alone, which it takes for UTC: clock changes are dealt with here.
    pattern: Cron,
    every_hour: bool,
}

/// Why it cannot be said when something would fire.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTiming {
    /// The cron line is none.
    #[error(
        "cron {cron:?} is not understood: {why}; it has five fields: minute, hour, day of the month, month, day of the week"
    )]
    Cron {
        /// What was given.
        cron: String,
        /// What is wrong with it.
        why: String,
    },
    /// It fits no day.
    #[error("cron {0:?} never fires: no day fits it")]
    Never(String),
    /// The time zone is not known.
    #[error("{0:?} is no time zone: name one as in Europe/Berlin, or UTC")]
    TimeZone(String),
}

/// The longest cron line, in characters.
const MAX_CRON: usize = 200;
/// The longest time that clocks are put back by.
const PUT_BACK: Duration = Duration::hours(3);
/// Farther than any two times of a wall clock and of UTC are apart.
const APART: Duration = Duration::hours(26);

impl Timing {
    /// Reads a cron line (or `@daily` and its like) by the clock of a place of the IANA database.
    pub fn new(cron: &str, time_zone: &str) -> Result<Self, InvalidTiming> {
        let shown: String = cron.chars().take(MAX_CRON).collect();
        let wrong = |why: String| InvalidTiming::Cron { cron: shown.clone(), why };
        if cron.len() > MAX_CRON {
            return Err(wrong(format!("it is longer than {MAX_CRON} characters")));
        }
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let pattern =
            parser.parse(cron).map_err(|error| wrong(error.to_string().trim_end_matches('.').to_owned()))?;
        let known = time_zone.parse::<Tz>();
        let time_zone =
            known.map_err(|_| InvalidTiming::TimeZone(time_zone.chars().take(MAX_CRON).collect()))?;
        let cron = cron.trim().to_owned();
        let every_hour = match cron.split_whitespace().nth(1) {
            Some(hour) => hour.starts_with('*'),
            None => cron.eq_ignore_ascii_case("@hourly"),
        };
        let this = Self { cron, time_zone, pattern, every_hour };
        if this.wall_after(Timestamp::UNIX_EPOCH.naive_utc()).is_none() {
            return Err(InvalidTiming::Never(this.cron));
        }
        Ok(this)
    }

    /// The five fields.
    pub fn cron(&self) -> &str {
        &self.cron
    }

    /// The place whose clock counts.
    pub fn time_zone(&self) -> &'static str {
        self.time_zone.name()
    }

    /// The first firing after a time.
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        let shown = after.with_timezone(&self.time_zone).naive_local();
        let shown = shown.with_nanosecond(0).unwrap_or(shown);
        if !self.every_hour {
            return self.walls(shown).map(|wall| self.first(wall)).find(|at| *at > after);
        }
        // What the clock has shown already it may be about to show again.
        let since = if self.is_put_back_after(after) { shown - PUT_BACK } else { shown };
        let mut second_pass = None;
        for wall in self.walls(since) {
            let Some((first, last)) = self.passes(wall) else { continue };
            if last > after && second_pass.is_none() {
                second_pass = Some(last);
            }
            if first > after {
                return second_pass.map(|last| last.min(first));
            }
        }
        second_pass
    }

    /// The next firings after a time, as clocks there show them.
    pub fn upcoming(&self, after: Timestamp, number: usize) -> Vec<DateTime<FixedOffset>> {
        let next = std::iter::successors(self.next_after(after), |at| self.next_after(*at));
        next.take(number).map(|at| self.shown(at)).collect()
    }

    /// A time as clocks there show it.
    pub fn shown(&self, at: Timestamp) -> DateTime<FixedOffset> {
        let there = at.with_timezone(&self.time_zone);
        there.with_timezone(&there.offset().fix())
    }

    /// The last firings after one time and until another, at most `most`, oldest first. It looks back no farther than it
    /// needs: a month of missed minutes costs no more than an hour.
    pub fn latest(&self, after: Timestamp, until: Timestamp, most: usize) -> VecDeque<Timestamp> {
        let mut back = Duration::hours(1);
        loop {
            let since = until.checked_sub_signed(back).map_or(after, |since| since.max(after));
            let found = self.last_between(since, until, most);
            if found.len() >= most || since <= after {
                return found;
            }
            back = back * 4;
        }
    }

    fn last_between(&self, after: Timestamp, until: Timestamp, most: usize) -> VecDeque<Timestamp> {
        let mut found = VecDeque::new();
        let mut next = self.next_after(after);
        while let Some(at) = next.filter(|at| *at <= until) {
            found.push_back(at);
            if found.len() > most {
                found.pop_front();
            }
            next = self.next_after(at);
        }
        found
    }

    /// Times of the wall clock that fit, whether they exist or not.
    fn walls(&self, after: NaiveDateTime) -> impl Iterator<Item = NaiveDateTime> + '_ {
        std::iter::successors(self.wall_after(after), |wall| self.wall_after(*wall))
    }

    fn wall_after(&self, wall: NaiveDateTime) -> Option<NaiveDateTime> {
        let next = self.pattern.find_next_occurrence(&wall.and_utc(), false);
        next.ok().map(|next| next.naive_utc())
    }

    /// When the wall clock first shows this time, or passes over it.
    fn first(&self, wall: NaiveDateTime) -> Timestamp {
        self.passes(wall).map_or_else(|| self.end_of_gap(wall), |(first, _)| first)
    }

    /// When the wall clock first and last shows this time. None: it passes over it.
    fn passes(&self, wall: NaiveDateTime) -> Option<(Timestamp, Timestamp)> {
        match self.time_zone.from_local_datetime(&wall) {
            LocalResult::Single(at) => Some((at.to_utc(), at.to_utc())),
            LocalResult::Ambiguous(a, b) => Some((a.min(b).to_utc(), a.max(b).to_utc())),
            LocalResult::None => None,
        }
    }

    /// The instant in which the wall clock passes over a time.
    fn end_of_gap(&self, wall: NaiveDateTime) -> Timestamp {
        let is_past = |at: Timestamp| at.with_timezone(&self.time_zone).naive_local() >= wall;
        let (mut before, mut past) = (wall.and_utc() - APART, wall.and_utc() + APART);
        while past - before > Duration::seconds(1) {
            let middle = before + Duration::seconds((past - before).num_seconds() / 2);
            if is_past(middle) {
                past = middle;
            } else {
                before = middle;
            }
        }
        past
    }

    fn is_put_back_after(&self, at: Timestamp) -> bool {
        let offset = |at: Timestamp| at.with_timezone(&self.time_zone).offset().fix().local_minus_utc();
        offset(at + PUT_BACK) < offset(at)
    }
}

/// As it is written.
#[derive(Serialize, Deserialize)]
struct TimingText {
    cron: String,
    #[serde(default = "utc")]
    time_zone: String,
}

fn utc() -> String {
    "UTC".to_owned()
}

impl TryFrom<TimingText> for Timing {
    type Error = InvalidTiming;
    fn try_from(text: TimingText) -> Result<Self, InvalidTiming> {
        Self::new(&text.cron, &text.time_zone)
    }
}

impl From<Timing> for TimingText {
    fn from(timing: Timing) -> Self {
        Self { time_zone: timing.time_zone().to_owned(), cron: timing.cron }
    }
}

impl PartialEq for Timing {
    fn eq(&self, other: &Self) -> bool {
        (&self.cron, self.time_zone) == (&other.cron, other.time_zone)
    }
}

impl fmt::Debug for Timing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timing({:?} in {})", self.cron, self.time_zone)
    }
}

#[cfg(test)]
#[path = "timing_tests.rs"]
mod tests;
