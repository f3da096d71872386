//! What people read on a terminal.

mod agents;
mod costs;
mod grants;
mod plans;
mod schedules;
mod turns;

pub(crate) use agents::{messages, summary, timeline};
pub(crate) use costs::costs;
pub(crate) use grants::{grant, grant_event, package};
pub(crate) use plans::{plan, plan_diff, plan_version, preflight};
pub(crate) use schedules::{dry_run, fire, schedule, standing_approval};
pub(crate) use turns::{rewind, turn};

use console::style;
use cowork_domain::approval::Approval;
use cowork_domain::call::SubtaskStatus;
use cowork_domain::change_set::{CallChanges, ChangeKind, ChangeSet};
use cowork_domain::coworkspace::{Entry, EntryKind};
use cowork_domain::progress::{PhaseProgress, PhaseStatus, TaskProgress};
use cowork_domain::{Task, TaskState};
use std::fmt::Write as _;

/// A task as it stands.
pub(crate) fn progress(progress: &TaskProgress) -> String {
    let task = &progress.task;
    let mut text = format!("{}\n{}  {}\n", style(&task.outcome).bold(), task.id, state(task));
    for phase in &progress.phases {
        let _ = writeln!(text, "{} {}", phase_icon(phase), phase.name);
        for subtask in &phase.subtasks {
            let note = subtask.note.as_deref().map(|note| format!(" ({note})")).unwrap_or_default();
            let _ =
                writeln!(text, "   {} {}{}", subtask_icon(subtask.status), subtask.title, style(note).dim());
        }
    }
    for deliverable in &progress.deliverables {
        let _ = writeln!(text, "deliverable: {} ({})", deliverable.path, deliverable.title);
        let calls: Vec<String> = deliverable.made_by.iter().map(ToString::to_string).collect();
        if !calls.is_empty() {
            let _ = writeln!(text, "   {}", style(format!("made by {}", calls.join(", "))).dim());
        }
    }
    for warning in &progress.warnings {
        let _ = writeln!(text, "{} {}", style("warning:").yellow(), warning.detail);
    }
    let _ = writeln!(text, "{}", style(format!("used: {}", costs::spent(&progress.spent))).dim());
    match &task.state {
        TaskState::Completed { report } => text.push_str(&format!("\n{report}\n")),
        TaskState::Failed { reason, .. } => {
            let _ = writeln!(text, "\nstopped: {reason}\ngo on with: cowork task approve {}", task.id);
        }
        TaskState::OverBudget { reason, .. } => {
            let _ = writeln!(text, "\nstopped: {reason}");
        }
        TaskState::Paused { .. } => {
            let _ = writeln!(text, "\ngo on with: cowork task resume {}", task.id);
        }
        TaskState::Cancelled => {
            let _ = writeln!(text, "\ntake back what it did with: cowork undo {}", task.id);
        }
        _ => {}
    }
    text
}

/// One line for a task.
pub(crate) fn task(task: &Task) -> String {
    let outcome: String = task.outcome.chars().take(60).collect();
    format!("{}  {:<10}  {:<24}  {outcome}", task.id, task.state.name(), task.coworkspace_slug)
}

/// What a call would do.
pub(crate) fn approval(approval: &Approval) -> String {
    let mut text = format!("{}\n", style(&approval.tool).bold());
    if let Some(reason) = &approval.reason {
        let _ = writeln!(text, "  {} {reason}", style("asked again:").yellow());
    }
    if let Some(question) = &approval.question {
        let _ = writeln!(text, "  {}", style(&question.text).bold());
        for (number, option) in (1..).zip(&question.options) {
            let _ = writeln!(text, "  {number}. {option}");
        }
        if let Some(why) = &question.why {
            let _ = writeln!(text, "  {}", style(why).dim());
        }
        return text;
    }
    match &approval.request {
        Some(request) => {
            let size = request.size;
            let _ = writeln!(text, "  {} {} ({size} bytes)", style(&request.method).red(), request.url);
            for line in request.shown.lines() {
                let _ = writeln!(text, "    {}", style(line).dim());
            }
        }
        None => text.push_str(&changes(&approval.changes)),
    }
    if let Some(kind) = &approval.kind {
        let with = format!("for the rest of the task with `cowork approve {} --kind`: {kind}", approval.id);
        let _ = writeln!(text, "  {}", style(with).dim());
    }
    for line in approval.diff.lines() {
        let line = match line.as_bytes().first() {
            Some(b'+') => style(line).green(),
            Some(b'-') => style(line).red(),
            _ => style(line).dim(),
        };
        let _ = writeln!(text, "    {line}");
    }
    text
}

/// What one call did to files.
pub(crate) fn call_changes(done: &CallChanges) -> String {
    let what = match (&done.tool, done.undoes, done.rewinds_to) {
        (Some(tool), _, _) => tool.clone(),
        (None, Some(call), _) => format!("undo of {call}"),
        (None, None, Some(turn)) => format!("rewind to turn {turn}"),
        (None, None, None) => "by hand".to_owned(),
    };
    let turn = done.turn.map(|turn| format!(", turn {turn}")).unwrap_or_default();
    let purged = if done.purged { ", cannot be undone any more" } else { "" };
    let head = format!("{} {}{turn}, {}{purged}", done.call_id, style(what).bold(), done.status.name());
    format!("{head}\n{}", changes(&done.changes))
}

/// The longest list of changes that is shown whole.
const SHOWN: usize = 40;

/// What would happen to files: counts, then each path.
pub(crate) fn changes(set: &ChangeSet) -> String {
    let mut text = format!("  {}\n", set.counts());
    for change in set.changes().iter().take(SHOWN) {
        let mark = match change.kind {
            ChangeKind::Created => style("+").green(),
            ChangeKind::Modified | ChangeKind::Touched => style("~").yellow(),
            ChangeKind::Moved { .. } => style("→").cyan(),
            ChangeKind::Deleted => style("-").red(),
        };
        let slash = if change.entry == EntryKind::Directory { "/" } else { "" };
        let _ = match &change.kind {
            ChangeKind::Moved { from } => writeln!(text, "  {mark} {from}{slash} → {}{slash}", change.path),
            _ => writeln!(text, "  {mark} {}{slash}", change.path),
        };
    }
    let more = set.changes().len().saturating_sub(SHOWN);
    if more > 0 {
        let _ = writeln!(text, "  … and {more} more");
    }
    text
}

pub(crate) fn tree(entries: &[Entry]) -> String {
    let mut text = String::new();
    for entry in entries {
        let depth = entry.path.matches('/').count();
        let name = entry.path.rsplit('/').next().unwrap_or(&entry.path);
        let mark = if entry.kind == EntryKind::Directory { "/" } else { "" };
        let _ = writeln!(text, "{}{name}{mark}", "  ".repeat(depth));
    }
    text
}

pub(crate) fn subtask_icon(status: SubtaskStatus) -> console::StyledObject<&'static str> {
    match status {
        SubtaskStatus::Pending => style("·").dim(),
        SubtaskStatus::Running => style("▸").yellow(),
        SubtaskStatus::Completed => style("✓").green(),
        SubtaskStatus::Failed => style("✗").red(),
    }
}

fn phase_icon(phase: &PhaseProgress) -> console::StyledObject<&'static str> {
    match phase.status {
        PhaseStatus::Pending => style("·").dim(),
        PhaseStatus::Running => style("▸").yellow(),
        PhaseStatus::Completed => style("✓").green(),
    }
}

fn state(task: &Task) -> console::StyledObject<&'static str> {
    let name = style(task.state.name());
    match task.state {
        TaskState::Completed { .. } => name.green(),
        TaskState::Failed { .. } | TaskState::OverBudget { .. } | TaskState::Cancelled => name.red(),
        _ => name.yellow(),
    }
}
