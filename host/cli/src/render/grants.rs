//! Plugins and their grants, as people read them on a terminal.

use console::style;
use cowork_domain::capability::{GrantEntry, GrantEvent, GrantState};
use cowork_sandbox::Package;
use std::fmt::Write as _;

/// A plugin, what it asks for and what it has.
pub(crate) fn grant(entry: &GrantEntry) -> String {
    let state = match entry.state {
        GrantState::Granted => style("granted").green(),
        GrantState::New => style("waits for a grant").yellow(),
        GrantState::Changed => style("changed, waits for a grant").yellow(),
    };
    let mut text = format!("{}  {state}  {}\n", style(&entry.plugin).bold(), entry.tools.join(", "));
    let (asks, has) = (entry.asks.lines(), entry.has.lines());
    for line in has.union(&asks) {
        let mark = match (has.contains(line), asks.contains(line)) {
            (true, true) => style("  has          ").green(),
            (true, false) => style("  has          ").green(),
            (false, _) => style("  asks, has not").yellow(),
        };
        let _ = writeln!(text, "{mark}  {line}");
    }
    for line in &entry.difference {
        let _ = writeln!(text, "  since it was granted  {line}");
    }
    if entry.state != GrantState::Granted {
        let _ = writeln!(
            text,
            "  {}",
            style(format!("give it what it asks for: cowork grant {}", entry.plugin)).dim()
        );
    }
    text
}

/// A line of the log of grants.
pub(crate) fn grant_event(event: &GrantEvent) -> String {
    let mut text =
        format!("{}  {}  {} by {}\n", event.at.to_rfc3339(), event.plugin, event.action, event.actor);
    for line in &event.difference {
        let _ = writeln!(text, "  {line}");
    }
    text
}

/// What a component could ever do, and what it asks for.
pub(crate) fn package(package: &Package) -> String {
    let mut text = format!("{}\n", style("What it could ever do, by its imports:").bold());
    for power in package.could() {
        let _ = writeln!(text, "  {power}");
    }
    let _ = writeln!(text, "{}", style("What it asks for:").bold());
    match &package.manifest {
        None => text.push_str("  nothing: it has no manifest\n"),
        Some(manifest) => {
            let lines = manifest.powers.lines();
            for line in &lines {
                let _ = writeln!(text, "  {line}");
            }
            if lines.is_empty() {
                text.push_str("  nothing\n");
            }
        }
    }
    let publisher = package.publisher.as_deref().unwrap_or("nobody");
    let _ = writeln!(text, "{} {publisher}", style("Signed by").bold());
    text
}
