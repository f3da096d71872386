//! Amounts of money, exact.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// US dollars, in billionths. In JSON it is a number of dollars.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(i64);

const BILLION: f64 = 1e9;

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many billionths of a dollar.
    pub fn from_nano(nano: i64) -> Self {
        Self(nano)
    }

    /// So many dollars. `None` if it is negative, more than a billion, or no number.
    pub fn from_usd(usd: f64) -> Option<Self> {
        (0.0..=BILLION).contains(&usd).then(|| Self((usd * BILLION).round() as i64))
    }

    /// Billionths of a dollar.
    pub fn nano(self) -> i64 {
        self.0
    }

    /// Dollars, for display and for JSON.
    pub fn usd(self) -> f64 {
        self.0 as f64 / BILLION
    }
}

impl std::ops::Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl fmt::Display for Money {
    /// To the cent, and where that would hide most of it, to four digits that count.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let usd = self.usd();
        match usd {
            0.0 => f.write_str("$0"),
            _ if usd < 0.01 => write!(f, "${usd:.6}"),
            _ if usd < 1.0 => write!(f, "${usd:.4}"),
            _ => write!(f, "${usd:.2}"),
        }
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.usd())
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let usd = f64::deserialize(deserializer)?;
        Self::from_usd(usd).ok_or_else(|| {
            serde::de::Error::custom(format!("{usd} is no amount of dollars from 0 to a billion"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_a_number_of_dollars_in_json_and_exact_within() {
        let money: Money = serde_json::from_str("0.1").expect("money");
        assert_eq!(money.nano(), 100_000_000);
        assert_eq!(serde_json::to_string(&(money + money)).expect("json"), "0.2");
        assert!(serde_json::from_str::<Money>("-1").is_err());
        assert_eq!(Money::from_usd(f64::NAN), None);
    }

    #[test]
    fn shows_what_counts() {
        let shown = |nano| Money::from_nano(nano).to_string();
        assert_eq!(
            [shown(0), shown(12_345_678_901), shown(123_456_000), shown(1_234_000)],
            ["$0", "$12.35", "$0.1235", "$0.001234"]
        );
    }
}
