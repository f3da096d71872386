//! What the tools take of every request: those that an agent sees from the start, beside all that there are.

use crate::figure::{Bound, Figure};
use cowork_models::tokens;
use cowork_tests::Host;

pub(crate) const NAME: &str = "tool_tokens";

/// Tokens of names, descriptions and schemas. Each tool's own count is printed too.
pub(crate) async fn measure() -> Figure {
    let (mut first, mut all) = (0.0, 0.0);
    for tool in Host::tools().await.registry.tools().filter(|tool| !tool.plugin().is_internal()) {
        let shown = tool.definition();
        let text = format!("{} {} {}", shown.name, shown.description, shown.input_schema);
        let count = f64::from(tokens::count("", &text));
        let on_request = tool.plugin().is_on_request();
        eprintln!("  {:<24} {count:>5} tokens{}", shown.name, if on_request { ", on request" } else { "" });
        all += count;
        first += if on_request { 0.0 } else { count };
    }
    let reference = Some(("all tools", vec![all]));
    Figure { name: NAME, samples: vec![first], unit: "tokens", reference, bound: Bound::AtMost(1.0) }
}
