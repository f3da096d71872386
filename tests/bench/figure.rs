//! One measured figure.

use serde_json::{Value, json};

/// A figure with its reference and the bound that it must keep.
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) samples: Vec<f64>,
    pub(crate) unit: &'static str,
    /// What it is held against, measured in the same run; none for a start-up time.
    pub(crate) reference: Option<(&'static str, Vec<f64>)>,
    pub(crate) bound: Bound,
}

/// What must hold: of the ratio of the medians, ours to the reference's, or of our median where there is none.
#[derive(Clone, Copy)]
pub(crate) enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

impl Figure {
    pub(crate) fn ok(&self) -> bool {
        let measured = self.ratio().unwrap_or_else(|| self.median());
        match self.bound {
            Bound::AtMost(bound) => measured <= bound,
            Bound::AtLeast(bound) => measured >= bound,
        }
    }

    pub(crate) fn json(&self) -> Value {
        let (bound, direction) = match self.bound {
            Bound::AtMost(bound) => (bound, "at_most"),
            Bound::AtLeast(bound) => (bound, "at_least"),
        };
        json!({
            "name": self.name,
            "median": self.median(),
            "p99": quantile(&self.samples, 0.99),
            "unit": self.unit,
            "reference": self.reference.as_ref().map(|(name, _)| name),
            "reference_median": self.reference.as_ref().map(|(_, samples)| quantile(samples, 0.5)),
            "ratio": self.ratio(),
            "bound": bound,
            "direction": direction,
            "ok": self.ok(),
        })
    }

    pub(crate) fn line(&self) -> String {
        let (median, p99) = (self.median(), quantile(&self.samples, 0.99));
        let beside = match (&self.reference, self.ratio()) {
            (Some((name, samples)), Some(ratio)) => {
                format!(", {name}: {:.1} {}, ratio {ratio:.3}", quantile(samples, 0.5), self.unit)
            }
            _ => String::new(),
        };
        let verdict = if self.ok() { "ok" } else { "NOT OK" };
        format!(
            "{}: median {median:.1} {unit}, p99 {p99:.1} {unit}{beside}: {verdict}",
            self.name,
            unit = self.unit
        )
    }

    fn median(&self) -> f64 {
        quantile(&self.samples, 0.5)
    }

    fn ratio(&self) -> Option<f64> {
        self.reference.as_ref().map(|(_, samples)| self.median() / quantile(samples, 0.5))
    }
}

/// The sample below which this part of them lies.
pub(crate) fn quantile(samples: &[f64], at: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[((sorted.len() - 1) as f64 * at).round() as usize]
}
