//! Plans and their versions.

use console::style;
use cowork_domain::Plan;
use cowork_domain::plan_version::{PlanAuthor, PlanStatus, PlanVersion};
use cowork_domain::preflight::Preflight;
use std::fmt::Write as _;

/// A plan before it is approved.
pub(crate) fn plan(plan: &Plan) -> String {
    let mut text = format!("{}\n", style(&plan.summary).bold());
    for (number, phase) in (1..).zip(&plan.phases) {
        let how = if phase.parallel { " (independent subtasks)" } else { "" };
        let _ = writeln!(text, "{number}. {}{}", phase.name, style(how).dim());
        for subtask in &phase.subtasks {
            let _ = writeln!(text, "   - {subtask}");
        }
    }
    text
}

/// What can be known of a plan before it starts.
pub(crate) fn preflight(preflight: &Preflight) -> String {
    let mut text = String::new();
    if !preflight.asks.is_empty() {
        text.push_str("You will be asked before agents\n");
    }
    for foreseen in &preflight.asks {
        let _ =
            writeln!(text, "  {} {}", foreseen.what, style(format!("({})", foreseen.tools.join(", "))).dim());
    }
    if !preflight.missing.is_empty() {
        text.push_str("Not granted\n");
    }
    for missing in &preflight.missing {
        let _ = writeln!(text, "  {} {}", style("!").yellow(), missing.what);
        if let Some(command) = &missing.command {
            let _ = writeln!(text, "    {}", style(command).dim());
        }
    }
    for overlap in &preflight.overlaps {
        let _ = writeln!(text, "  {} {overlap}", style("!").yellow());
    }
    let estimate = &preflight.estimate;
    let agents =
        if estimate.agents == 1 { "1 agent".to_owned() } else { format!("{} agents", estimate.agents) };
    let cost = estimate.usd.map(|usd| format!(", {usd}")).unwrap_or_default();
    let _ =
        writeln!(text, "It may take {agents}, {} turns, {} tokens{cost}", estimate.turns, estimate.tokens);
    let _ = writeln!(text, "  {}", style(&estimate.basis).dim());
    text
}

/// One version: who wrote it, when, and what became of it.
pub(crate) fn plan_version(version: &PlanVersion) -> String {
    let author = match version.author {
        PlanAuthor::Planner => "the planner",
        PlanAuthor::Person => "a person",
        PlanAuthor::Revision => "the planner, as a person asked",
        PlanAuthor::Fork => "copied from another task",
    };
    let status = match version.status {
        _ if version.in_force => style("in force").green(),
        PlanStatus::Accepted => style("replaced").dim(),
        PlanStatus::Writing => style("being written").yellow(),
        PlanStatus::Proposed => style("proposed").yellow(),
        PlanStatus::Dropped => style("dropped").dim(),
        PlanStatus::Failed => style("failed").red(),
    };
    let at = version.created_at.format("%Y-%m-%d %H:%M");
    let mut text = format!("{:>3}  {at}  {author}, {status}\n", version.version);
    if let Some(words) = &version.words {
        let _ = writeln!(text, "     asked for: {words}");
    }
    if let Some(reason) = &version.reason {
        let _ = writeln!(text, "     {reason}");
    }
    text
}

/// What one version changes in another.
pub(crate) fn plan_diff(diff: &str) -> String {
    if diff.is_empty() {
        return "they are the same\n".to_owned();
    }
    let colour = |line: &str| match line.as_bytes().first() {
        Some(b'+') => style(line.to_owned()).green(),
        Some(b'-') => style(line.to_owned()).red(),
        _ => style(line.to_owned()).dim(),
    };
    diff.lines().map(|line| format!("{}\n", colour(line))).collect()
}
