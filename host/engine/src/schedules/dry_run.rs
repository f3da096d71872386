//! What would become of a firing: told before the hour, with nothing done.

use crate::{Orchestrator, Result};
use cowork_domain::approval::Approval;
use cowork_domain::capability::{GrantEntry, GrantState, Powers};
use cowork_domain::policy::{Effect, effect_of};
use cowork_domain::schedule::{
    DryRun, Finding, Impact, OverlapPolicy, Schedule, ScheduleView, StandingApproval,
};
use cowork_domain::{PermissionMode, ScheduleId, Timestamp};
use std::collections::BTreeMap;

/// Earlier firings whose questions are looked at, and questions of each.
const LOOKED_AT: u32 = 3;
const QUESTIONS: u32 = 100;

impl Orchestrator {
    /// Tells what would be in the way of a firing at a time; at the next one, where none is given.
    pub async fn dry_run_schedule(&self, id: ScheduleId, at: Option<Timestamp>) -> Result<DryRun> {
        let now = self.core.clock.now();
        let view = self.schedule(id).await?;
        let schedule = &view.schedule;
        let at = at.or_else(|| schedule.timing.next_after(now)).unwrap_or(now);
        let mut findings = self.what_keeps_it_from_beginning(&view);
        findings.extend(grants(&self.grants()));
        findings.extend(review(schedule));
        findings.extend(self.questions(&view, at).await?);
        findings.sort();
        let would_begin = findings.iter().all(|finding| finding.impact != Impact::NoTask);
        Ok(DryRun { schedule_id: id, at: schedule.timing.shown(at), would_begin, findings })
    }

    fn what_keeps_it_from_beginning(&self, view: &ScheduleView) -> Vec<Finding> {
        let (schedule, mut found) = (&view.schedule, Vec::new());
        if schedule.paused_at.is_some() {
            let hint = format!("cowork schedule resume {}", schedule.id);
            found.push(Finding::new(Impact::NoTask, "the schedule is paused").hint(hint));
        }
        if let Err(error) = self.core.coworkspaces.open(&schedule.task.coworkspace_slug) {
            found.push(Finding::new(Impact::Stops, error.to_string()));
        }
        if let Some(trouble) = self.core.model.trouble() {
            let finding = Finding::new(Impact::Stops, format!("as it is now: {trouble}"));
            found.push(trouble.hint().into_iter().fold(finding, |finding, hint| finding.hint(hint)));
        }
        if let Some(task) = view.open_tasks.first() {
            let finding = match schedule.overlap {
                OverlapPolicy::Skip => Finding::new(
                    Impact::NoTask,
                    format!("task {task} is not over; if it is not by then, nothing begins"),
                ),
                OverlapPolicy::Queue => Finding::new(
                    Impact::Waits,
                    format!("task {task} is not over; if it is not by then, this one waits for it"),
                ),
                OverlapPolicy::Allow => {
                    Finding::new(Impact::Note, format!("task {task} may be at work beside it"))
                }
            };
            found.push(finding.hint(format!("cowork task show {task}")));
        }
        found
    }

    /// What would be asked: by the mode, and as far as earlier firings tell.
    async fn questions(&self, view: &ScheduleView, at: Timestamp) -> Result<Vec<Finding>> {
        let mut found = vec![mode(&view.schedule, &view.standing_approvals, at)];
        let mut asked: BTreeMap<String, (u32, bool)> = BTreeMap::new();
        for fire in self.core.store.fires(view.schedule.id, LOOKED_AT).await? {
            let Some(task) = fire.task_id else { continue };
            for approval in self.core.store.all_approvals_of(task, QUESTIONS).await? {
                let covered = is_covered(&approval, &view.standing_approvals, at);
                asked.entry(words(&approval)).or_insert((0, covered)).0 += 1;
            }
        }
        for (what, (times, covered)) in asked {
            let often = if times == 1 { "once".to_owned() } else { format!("{times} times") };
            found.push(match covered {
                true => Finding::new(
                    Impact::Note,
                    format!("earlier runs asked {often}: {what}; it is allowed by then"),
                ),
                false => Finding::new(Impact::Waits, format!("earlier runs asked {often}: {what}")),
            });
        }
        Ok(found)
    }
}

/// Plugins that ask for powers and have none.
fn grants(all: &[GrantEntry]) -> Vec<Finding> {
    let nothing = Powers::default();
    let has_none = |entry: &GrantEntry| entry.state != GrantState::Granted || entry.has == nothing;
    let lacks = |entry: &&GrantEntry| entry.asks != nothing && has_none(entry);
    let finding = |entry: &GrantEntry| {
        let tools = entry.tools.join(", ");
        let why = match entry.state {
            GrantState::Changed => "is another component than the one that was granted",
            GrantState::New => "has no grant",
            GrantState::Granted => "has nothing of what it asks for",
        };
        let detail = format!("the plugin {} {why}: {tools} would be refused what they need", entry.plugin);
        Finding::new(Impact::Refused, detail).hint(format!("cowork grant {}", entry.plugin))
    };
    all.iter().filter(lacks).map(finding).collect()
}

fn review(schedule: &Schedule) -> Option<Finding> {
    let waits = !schedule.task.auto_approve_plan;
    waits.then(|| Finding::new(Impact::Waits, "the plan waits for a person's review"))
}

/// What the task's mode asks about, but for what is allowed at that hour.
fn mode(schedule: &Schedule, standing: &[StandingApproval], at: Timestamp) -> Finding {
    let asked = match schedule.task.permission_mode {
        PermissionMode::AskBefore => {
            "changes of files that were there before, requests that change something, and deletions are asked about"
        }
        PermissionMode::ActAutonomously => {
            "deletions are asked about, and requests that change something once the agent has read what came from another host"
        }
    };
    let counting: Vec<String> =
        standing.iter().filter(|given| given.counts_at(at)).map(|given| given.kind.to_string()).collect();
    let ended = standing.iter().filter(|given| given.revoked_at.is_none() && !given.counts_at(at)).count();
    let but = if counting.is_empty() {
        String::new()
    } else {
        format!("; allowed without a question: {}", counting.join(", "))
    };
    let over =
        if ended == 0 { String::new() } else { format!("; {ended} standing approvals have expired by then") };
    Finding::new(Impact::Note, format!("{asked}{but}{over}"))
}

/// Whether what was asked would pass without a question.
fn is_covered(asked: &Approval, standing: &[StandingApproval], at: Timestamp) -> bool {
    let asks = |effect: Effect| matches!(effect, Effect::Modify | Effect::Delete);
    let covered = |given: &StandingApproval, effect, change| given.covers(&asked.tool, effect, change, at);
    let mut changes = asked
        .changes
        .changes()
        .iter()
        .map(|change| (effect_of(change), change))
        .filter(|(effect, _)| asks(*effect));
    asked.request.is_none()
        && changes.all(|(effect, change)| standing.iter().any(|given| covered(given, effect, change)))
}

fn words(asked: &Approval) -> String {
    match (&asked.request, &asked.kind) {
        (Some(request), _) => {
            format!("{} sends {} {}", asked.tool, request.method, without_query(&request.url))
        }
        (None, Some(kind)) => kind.to_string(),
        (None, None) => format!("{}: {}", asked.tool, asked.changes.counts()),
    }
}

fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}
