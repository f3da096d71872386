//! Round numbers along an axis.

use crate::data::Drawing;
use crate::{Kind, Stack};

/// From where to where an axis goes, in so many steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scale {
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) steps: usize,
}

/// Steps of an axis, more or less.
const STEPS: f64 = 5.0;

impl Scale {
    /// Round numbers around all values. Bars and areas begin at 0, since their size is what one sees.
    pub(crate) fn around(values: impl Iterator<Item = f64>, from_zero: bool) -> Option<Self> {
        let (low, high) =
            values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
        if low > high {
            return None;
        }
        // A line that hardly changes would be flat if it began at 0.
        let is_far = !from_zero && (high - low) < 0.3 * low.abs().max(high.abs()) && high > low;
        let (low, high) = if is_far { (low, high) } else { (low.min(0.0), high.max(0.0)) };
        let step = round_step((high - low) / STEPS);
        let (first, last) = ((low / step).floor(), (high / step).ceil());
        let (from, to) = (first * step, last * step);
        (step > 0.0 && from.is_finite() && to.is_finite() && last - first <= 20.0).then(|| Self {
            from,
            to,
            steps: (last - first).max(1.0) as usize,
        })
    }

    /// That of the values of a chart.
    pub(crate) fn of(table: &Drawing, kind: Kind, stack: Stack) -> Option<Self> {
        let from_zero = !matches!(kind, Kind::Line | Kind::Scatter);
        if stack == Stack::None {
            return Self::around(
                table.series.iter().flat_map(|series| series.values.iter().flatten().copied()),
                from_zero,
            );
        }
        let sum = |row: usize, keep: fn(f64) -> bool| -> f64 {
            table.series.iter().filter_map(|series| series.values[row]).filter(|value| keep(*value)).sum()
        };
        let sums =
            (0..table.rows).flat_map(|row| [sum(row, |value| value > 0.0), sum(row, |value| value < 0.0)]);
        Self::around(sums, true)
    }

    /// How many letters its longest number has.
    pub(crate) fn letters(&self) -> usize {
        let step = (self.to - self.from) / self.steps as f64;
        let decimals = if step.fract() == 0.0 { 0 } else { 3 };
        let whole = format!("{:.0}", self.from.abs().max(self.to.abs())).len();
        whole + (whole - 1) / 3 + decimals + usize::from(self.from < 0.0)
    }
}

/// The next of 1, 2, 2.5, 5 and 10, times a power of ten.
fn round_step(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    let found = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|round| round * power >= step * 0.999);
    found.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &[f64], from_zero: bool, expected: (f64, f64, usize)) {
        let Scale { from, to, steps } = Scale::around(values.iter().copied(), from_zero).unwrap();
        assert_eq!((from, to, steps), expected, "{values:?}");
    }

    #[test]
    fn numbers_are_round() {
        check(&[300.0, 2010.0], true, (0.0, 2500.0, 5));
        check(&[0.02, 0.07], true, (0.0, 0.08, 4));
        check(&[-30.0, 55.0], true, (-40.0, 60.0, 5));
        check(&[1002.0, 1009.0], false, (1002.0, 1010.0, 4));
        check(&[1002.0, 1009.0], true, (0.0, 1250.0, 5));
        check(&[7.0], true, (0.0, 8.0, 4));
    }

    #[test]
    fn where_there_is_nothing_to_measure() {
        assert_eq!(Scale::around(std::iter::empty(), true), None);
        assert_eq!(Scale::around([0.0].into_iter(), true), None);
        assert_eq!(Scale::around([f64::MAX, f64::MIN].into_iter(), true), None);
    }
}
