//! What can be known of a plan before anyone says go: from the powers of the tools, from the files that are there, and
//! from what former tasks took.

use crate::core::Core;
use crate::{Error, Orchestrator, Result, prompts};
use cowork_domain::capability::{
    Difference, Effective, FileAccess, GrantEntry, GrantState, HttpRule, UrlParts,
};
use cowork_domain::coworkspace::EntryKind;
use cowork_domain::message::Usage;
use cowork_domain::policy::{Circumstances, Effect, Verdict, judge};
use cowork_domain::preflight::{Costs, Estimate, Foreseen, MissingGrant, Preflight, Range};
use cowork_domain::{PermissionMode, Plan, Task, TaskId};
use cowork_models::{Label, tokens};
use cowork_sandbox::Plugin;
use std::path::PathBuf;

/// Files that are looked at one by one.
const LOOKED_AT: usize = 300;
/// Completed tasks from which the next one is told.
const HISTORY: u32 = 50;
/// One token of so many is written, at most.
const WRITTEN: u64 = 5;
/// The last parts of names that are taken for hosts where a text has no `https://` before them.
const DOMAINS: [&str; 16] =
    ["com", "org", "net", "edu", "gov", "io", "dev", "eu", "de", "fr", "uk", "ch", "at", "nl", "us", "app"];

/// A plugin that agents may use, with what is left to it.
struct Holder {
    /// Those that do not only look.
    tools: Vec<String>,
    powers: Effective,
    /// What it was granted.
    http: Vec<HttpRule>,
}

impl Orchestrator {
    /// What can be known of the plan of a task that waits with it, or is at work by it.
    pub async fn preflight(&self, id: TaskId) -> Result<Preflight> {
        let task = self.core.task(id).await?;
        let plan = self.core.store.plan(id).await?.ok_or(Error::NoPlan)?;
        self.preflight_of(&task, &plan).await
    }

    pub(crate) async fn preflight_of(&self, task: &Task, plan: &Plan) -> Result<Preflight> {
        let core = &self.core;
        let holders = holders(core, task, &self.grants()).await?;
        let folder = core.coworkspaces.open(&task.coworkspace_slug)?;
        let (entries, more) = folder.list(None, true, LOOKED_AT)?;
        let files = entries.into_iter().filter(|entry| entry.kind == EntryKind::File);
        let files: Vec<PathBuf> = files.map(|entry| entry.path.into()).collect();
        let mut asks = Vec::new();
        asks.extend(asks_about_files(task.permission_mode, &holders, &files, more));
        asks.extend(asks_about_requests(task, &holders));
        let mut missing = self.not_granted();
        missing.extend(hosts_out_of_reach(task, &holders));
        let before = core.store.completed_tasks(HISTORY).await?;
        let estimate = Estimate::of(plan, &before, fixed_tokens(core, task)?);
        let estimate = Estimate { usd: self.costs(estimate.tokens), ..estimate };
        let overlaps = plan.overlaps().into_iter().map(|overlap| overlap.to_string()).collect();
        Ok(Preflight { asks, missing, overlaps, estimate })
    }

    /// What so many tokens cost at the price of the model that is asked first.
    fn costs(&self, tokens: Range) -> Option<Costs> {
        let cost = |tokens: u64, written: u64| {
            let usage = Usage { input_tokens: tokens - written, output_tokens: written, ..Usage::default() };
            self.core.settings.prices.cost(self.core.model.name(), usage)
        };
        Some(Costs { low: cost(tokens.low, 0)?, high: cost(tokens.high, tokens.high / WRITTEN)? })
    }

    fn not_granted(&self) -> Vec<MissingGrant> {
        let internal = |plugin: &str| self.core.tools.plugins().get(plugin).is_some_and(|p| p.is_internal());
        let entries = self.grants().into_iter().filter(|entry| !internal(&entry.plugin));
        let lacks = entries.filter_map(|entry| {
            let tools = entry.tools.join(", ");
            let what = match entry.state {
                GrantState::New | GrantState::Changed if entry.asks != Default::default() => {
                    format!("{tools}: the plugin {} has no power before it is granted", entry.plugin)
                }
                _ => {
                    let lines = Difference { from: &entry.has, to: &entry.asks }.lines();
                    let lines: Vec<&str> = lines.iter().filter_map(|line| line.strip_prefix("+ ")).collect();
                    if lines.is_empty() {
                        return None;
                    }
                    format!("{tools}: not granted, though asked for: {}", lines.join("; "))
                }
            };
            Some(MissingGrant { what, command: Some(format!("cowork grant {}", entry.plugin)) })
        });
        lacks.collect()
    }
}

async fn holders(core: &Core, task: &Task, entries: &[GrantEntry]) -> Result<Vec<Holder>> {
    let mut holders = Vec::new();
    for plugin in core.tools.plugins().values().filter(|plugin| !plugin.is_internal()) {
        let powers = core.grants.powers(&core.store, plugin, &task.coworkspace_slug, Some(task.id)).await?;
        let entry = entries.iter().find(|entry| entry.plugin == plugin.name);
        let http = entry.map(|entry| entry.has.http.clone()).unwrap_or_default();
        holders.push(Holder { tools: changing(plugin), powers, http });
    }
    Ok(holders)
}

/// The tools of a plugin that do not only look.
fn changing(plugin: &Plugin) -> Vec<String> {
    plugin.definitions().filter(|tool| !tool.read_only).map(|tool| tool.name.clone()).collect()
}

fn asks_about_files(
    mode: PermissionMode,
    holders: &[Holder],
    files: &[PathBuf],
    more: bool,
) -> Vec<Foreseen> {
    let kinds = [
        (Effect::Modify, FileAccess::Modify, "change or move"),
        (Effect::Delete, FileAccess::Delete, "delete, or leave empty,"),
    ];
    let foreseen = kinds.into_iter().filter_map(|(effect, access, verb)| {
        let is_asked = |holder: &Holder, file: &PathBuf| {
            let grant = holder.powers.file(file, access).verdict;
            judge(effect, Circumstances { mode, grant, remembered: false, tainted: false }) == Verdict::Ask
        };
        let count = files.iter().filter(|file| holders.iter().any(|holder| is_asked(holder, file))).count();
        let able = holders.iter().filter(|holder| files.iter().any(|file| is_asked(holder, file)));
        let mut tools: Vec<String> = able.flat_map(|holder| holder.tools.clone()).collect();
        tools.sort();
        let many = match (count, more) {
            (1, false) => "the 1 file that is there".to_owned(),
            (_, false) => format!("any of the {count} files that are there"),
            (_, true) => format!("any of the {count} files and more that are there"),
        };
        (count > 0 && !tools.is_empty()).then(|| Foreseen { what: format!("{verb} {many}"), tools })
    });
    foreseen.collect()
}

/// Requests that change something, to hosts that were granted.
fn asks_about_requests(task: &Task, holders: &[Holder]) -> Vec<Foreseen> {
    let named = hosts_in(&task.outcome);
    let verdict = |rule: &HttpRule, tainted| {
        let is_named = |host: &String| {
            let url = UrlParts { scheme: "https", host, port: 443, path: "/" };
            rule.hosts.iter().any(|pattern| pattern.matches(&url))
        };
        let effect = Effect::HttpWrite { named: named.iter().any(is_named) };
        let mode = task.permission_mode;
        judge(effect, Circumstances { mode, grant: rule.verdict, remembered: false, tainted })
    };
    let mut foreseen = Vec::new();
    for holder in holders.iter().filter(|holder| !holder.tools.is_empty()) {
        let changes = |rule: &&HttpRule| {
            !rule.query && rule.methods.iter().any(|method| !matches!(method.as_str(), "GET" | "HEAD"))
        };
        for rule in holder.http.iter().filter(changes) {
            let when = match (verdict(rule, false), verdict(rule, true)) {
                (Verdict::Ask, _) => "",
                (_, Verdict::Ask) => ", once they have read what came from other hosts",
                _ => continue,
            };
            let hosts = rule.hosts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let what = format!("send requests that change something to {hosts}{when}");
            foreseen.push(Foreseen { what, tools: holder.tools.clone() });
        }
    }
    foreseen
}

/// Hosts that the outcome names and that no tool may even ask.
fn hosts_out_of_reach(task: &Task, holders: &[Holder]) -> Vec<MissingGrant> {
    let reachable = |host: &str| {
        let url = UrlParts { scheme: "https", host, port: 443, path: "/" };
        holders.iter().any(|holder| holder.powers.http("GET", &url).verdict != Some(Verdict::Deny))
    };
    let out_of_reach = hosts_in(&task.outcome).into_iter().filter(|host| !reachable(host));
    out_of_reach
        .map(|host| MissingGrant {
            what: format!("the outcome names {host}, and no tool may send requests there"),
            command: Some(format!("cowork grant PLUGIN --http 'GET https://{host}/**'")),
        })
        .collect()
}

/// The hosts that a text names: after `http://` or `https://`, or as names that end like domains.
fn hosts_in(text: &str) -> Vec<String> {
    let mut hosts = Vec::new();
    let text = text.to_lowercase();
    let ends = |c: char| c.is_whitespace() || "\"'<>(),;".contains(c);
    for word in text.split(ends) {
        let (is_url, rest) = match word.split_once("://") {
            Some(("http" | "https", rest)) => (true, rest),
            Some(_) => continue,
            None => (false, word),
        };
        let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default().trim_matches('.');
        let labels: Vec<&str> = host.split('.').collect();
        let fits = |label: &&str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
        let is_domain = labels.len() > 1
            && labels.iter().all(fits)
            && (is_url || labels.last().is_some_and(|last| DOMAINS.contains(last)));
        if is_domain && !hosts.iter().any(|known| known == host) {
            hosts.push(host.to_owned());
        }
    }
    hosts
}

/// Tokens that every turn of an agent reads anew.
fn fixed_tokens(core: &Core, task: &Task) -> Result<u64> {
    let system = prompts::agent(core, task, &Label::Agent("agent".to_owned()))?;
    let tools = serde_json::to_string(&*core.offered)
        .map_err(|source| cowork_store::Error::Json { column: "tools", source })?;
    Ok(u64::from(tokens::count("", &system)) + u64::from(tokens::count("", &tools)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_found_in_words_and_files_are_not_taken_for_them() {
        let text = "Read https://News.example/today, ask api.example.com (and example.org.) and fill report.pdf, v1.2";
        assert_eq!(hosts_in(text), ["news.example", "api.example.com", "example.org"]);
    }
}
