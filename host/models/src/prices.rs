//! What models cost.

use cowork_domain::message::Usage;
use cowork_domain::money::Money;
use serde::{Deserialize, Serialize};

/// The price of the models that a pattern names, in US dollars for a million tokens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// The model as its provider calls it; `*` stands for anything.
    pub model: String,
    /// For what it reads.
    pub input: PerMillion,
    /// For what it reads from the provider's cache. Default: as `input`.
    #[serde(default)]
    pub cached_input: Option<PerMillion>,
    /// For what it reads and the provider puts into its cache. Default: as `input`.
    #[serde(default)]
    pub cache_write: Option<PerMillion>,
    /// For what it writes, thoughts with it.
    pub output: PerMillion,
}

/// Dollars for a million tokens, kept as millionths of a dollar: a price is exact, however small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct PerMillion(u64);

/// A price that is none.
#[derive(Debug, thiserror::Error)]
#[error("{0} is no price: say dollars for a million tokens, from 0 to 1000000")]
pub struct NoPrice(f64);

impl TryFrom<f64> for PerMillion {
    type Error = NoPrice;

    fn try_from(usd: f64) -> Result<Self, NoPrice> {
        if (0.0..=1e6).contains(&usd) { Ok(Self((usd * 1e6).round() as u64)) } else { Err(NoPrice(usd)) }
    }
}

impl From<PerMillion> for f64 {
    fn from(price: PerMillion) -> Self {
        price.0 as Self / 1e6
    }
}

/// All prices. The first pattern that fits a model counts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Prices(Vec<Price>);

impl Prices {
    /// The price of a model, if there is one.
    pub fn of(&self, model: &str) -> Option<&Price> {
        self.0.iter().find(|price| fits(&price.model, model))
    }

    /// What an answer of a model cost; `None` where its price is not known. Rounded up, so that nothing that costs is
    /// free.
    pub fn cost(&self, model: &str, usage: Usage) -> Option<Money> {
        Some(self.of(model)?.cost(usage))
    }
}

impl From<Vec<Price>> for Prices {
    fn from(prices: Vec<Price>) -> Self {
        Self(prices)
    }
}

impl Price {
    fn cost(&self, usage: Usage) -> Money {
        let Usage { input_tokens, cached_input_tokens, cache_write_tokens, output_tokens } = usage;
        let plain = input_tokens.saturating_sub(cached_input_tokens).saturating_sub(cache_write_tokens);
        let parts = [
            (plain, self.input),
            (cached_input_tokens, self.cached_input.unwrap_or(self.input)),
            (cache_write_tokens, self.cache_write.unwrap_or(self.input)),
            (output_tokens, self.output),
        ];
        // Millionths of a dollar for a million tokens: a picodollar for each token.
        let pico: u128 = parts.iter().map(|(tokens, price)| u128::from(*tokens) * u128::from(price.0)).sum();
        Money::from_nano(i64::try_from(pico.div_ceil(1000)).unwrap_or(i64::MAX))
    }
}

/// Whether a name fits a pattern in which `*` stands for anything.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((begin, rest)) => name.strip_prefix(begin).is_some_and(|name| {
            let ends = name.char_indices().map(|(at, _)| at).chain([name.len()]);
            ends.into_iter().any(|at| fits(rest, &name[at..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prices(text: &str) -> Prices {
        #[derive(Deserialize)]
        struct File {
            prices: Prices,
        }
        toml::from_str::<File>(text).expect("prices").prices
    }

    const TABLE: &str = r#"
[[prices]]
model = "claude-sonnet-*"
input = 3.0
cached_input = 0.3
cache_write = 3.75
output = 15
[[prices]]
model = "*nano*"
input = 0.0125
output = 0.1
[[prices]]
model = "local"
input = 0
output = 0
"#;

    #[test]
    fn each_kind_of_token_has_its_price() {
        let usage = Usage {
            input_tokens: 1_000_000,
            cached_input_tokens: 600_000,
            cache_write_tokens: 100_000,
            output_tokens: 10_000,
        };
        let cost = prices(TABLE).cost("claude-sonnet-4-5", usage).expect("a price");
        // 0.3 × 3 + 0.6 × 0.3 + 0.1 × 3.75 + 0.01 × 15
        assert_eq!(cost.nano(), 1_605_000_000);
    }

    #[test]
    fn the_smallest_price_counts() {
        let one = Usage { input_tokens: 1, ..Usage::default() };
        // 12.5 billionths, rounded up.
        assert_eq!(prices(TABLE).cost("gpt-5-nano-2025", one).expect("a price").nano(), 13);
        assert_eq!(prices(TABLE).cost("local", one).expect("a price"), Money::ZERO);
        assert_eq!(prices(TABLE).cost("other", one), None);
    }

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, name, expected) in [
            ("a*c", "abc", true),
            ("a*c", "ac", true),
            ("a*c", "ab", false),
            ("*", "", true),
            ("*ä*", "xäy", true),
            ("a", "ab", false),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }
}
