//! Schedules on a terminal.

use console::style;
use cowork_domain::schedule::{DryRun, Fire, FireStatus, FiredBy, Impact, ScheduleView, StandingApproval};
use std::fmt::Write as _;

/// A schedule with what it allows and when it fires.
pub(crate) fn schedule(view: &ScheduleView) -> String {
    let (schedule, task) = (&view.schedule, &view.schedule.task);
    let timing = &schedule.timing;
    let mut text = format!("{} {}\n", schedule.id, style(&task.outcome).bold());
    let _ = writeln!(
        text,
        "  {} in {}, coworkspace {}, {}, missed: {}, overlap: {}",
        timing.cron(),
        timing.time_zone(),
        task.coworkspace_slug,
        task.permission_mode.name(),
        schedule.missed.name(),
        schedule.overlap.name()
    );
    if let Some(since) = schedule.paused_at {
        let _ =
            writeln!(text, "  {}", style(format!("paused since {}", minute(&timing.shown(since)))).yellow());
    }
    for at in &view.next_firings {
        let _ = writeln!(text, "  fires {}", minute(at));
    }
    for task in &view.open_tasks {
        let _ = writeln!(text, "  task {task} is not over");
    }
    for given in &view.standing_approvals {
        text.push_str(&standing_approval(given));
    }
    text
}

/// What its tasks may do without asking.
pub(crate) fn standing_approval(given: &StandingApproval) -> String {
    let until = match given.revoked_at {
        Some(at) => style(format!("taken back {}", at.format("%Y-%m-%d"))).red(),
        None => style(format!("until {}", given.expires_at.format("%Y-%m-%d"))).dim(),
    };
    format!("  allowed {} {} {until}\n", given.id, given.kind)
}

/// What became of a firing.
pub(crate) fn fire(fire: &Fire) -> String {
    let at = fire.scheduled_at.format("%Y-%m-%d %H:%M:%S UTC");
    let since = fire
        .since
        .map(|since| format!(", and all since {}", since.format("%Y-%m-%d %H:%M")))
        .unwrap_or_default();
    let by = if fire.fired_by == FiredBy::Person { ", by hand" } else { "" };
    let what = match (fire.status, fire.task_id) {
        (FireStatus::Started, Some(task)) => format!("task {task}"),
        (FireStatus::Started, None) => "begun".to_owned(),
        (FireStatus::Queued, _) => "waits for an earlier task".to_owned(),
        (FireStatus::Skipped, _) => "left out: an earlier task was not over".to_owned(),
        (FireStatus::Missed, _) => format!("missed{since}"),
    };
    format!("{at}{by}  {what}\n")
}

/// What would be in the way.
pub(crate) fn dry_run(report: &DryRun) -> String {
    let begins = if report.would_begin { "a task would begin" } else { "no task would begin" };
    let mut text = format!("at {}: {}\n", minute(&report.at), style(begins).bold());
    for finding in &report.findings {
        let impact = match finding.impact {
            Impact::NoTask => style("no task").red(),
            Impact::Stops => style("stops").red(),
            Impact::Waits => style("waits").yellow(),
            Impact::Refused => style("refused").yellow(),
            Impact::Note => style("note").dim(),
        };
        let _ = writeln!(text, "  {impact}: {}", finding.detail);
        if let Some(hint) = &finding.hint {
            let _ = writeln!(text, "    {}", style(hint).dim());
        }
    }
    text
}

fn minute(at: &chrono::DateTime<chrono::FixedOffset>) -> String {
    at.format("%a %Y-%m-%d %H:%M %:z").to_string()
}
