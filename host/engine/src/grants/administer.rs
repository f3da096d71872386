//! Giving and taking, while calls run.

use super::{Installed, asked, digest, record};
use crate::{Error, Orchestrator, Result};
use cowork_domain::capability::{
    Difference, FileAccess, FileRule, Grant, GrantEntry, GrantEvent, GrantState, LimitRules, Powers,
};
use cowork_domain::policy::Verdict;
use std::collections::BTreeMap;

const REVOKED: &str = "revoked";

impl Orchestrator {
    /// All plugins, with what they ask for and what they have.
    pub fn grants(&self) -> Vec<GrantEntry> {
        self.core.grants.plugins.values().map(entry).collect()
    }

    /// The log of what was given and taken, newest first.
    pub async fn grant_log(&self, plugin: Option<&str>) -> Result<Vec<GrantEvent>> {
        Ok(self.core.store.grant_log(plugin, 1000).await?)
    }

    /// Gives a plugin powers beside those that it has; none: what it asks for. They count at once, for the component
    /// that is installed now. What a plugin does not ask for it cannot use, whatever it is given.
    pub async fn grant(&self, plugin: &str, powers: Option<Powers>, actor: &str) -> Result<GrantEntry> {
        let reads = powers.iter().flat_map(|powers| &powers.files);
        let asks = |rule: &FileRule| rule.verdict == Some(Verdict::Ask);
        if reads.clone().any(|rule| asks(rule) && rule.access.contains(&FileAccess::Read)) {
            let problem =
                "cannot ask about reading: grant it or not, and ask about the other kinds".to_owned();
            return Err(Error::Invalid { field: "powers", problem });
        }
        self.change_grant(plugin, actor, "granted", |installed, has| {
            let known = asked(&installed.plugin).settings;
            let mut chosen = powers.iter().flat_map(|powers| powers.settings.keys());
            if let Some(name) = chosen.find(|name| !known.contains_key(*name)) {
                return Err(no_setting(name, &known));
            }
            Ok(joined(has, powers.unwrap_or_else(|| asked(&installed.plugin))))
        })
        .await
    }

    /// Takes powers from a plugin; none: all that it has. Calls that run are refused at their next use of them.
    pub async fn revoke(&self, plugin: &str, powers: Option<Powers>, actor: &str) -> Result<GrantEntry> {
        self.change_grant(plugin, actor, REVOKED, |_, has| match &powers {
            None => Ok(Powers::default()),
            Some(powers) => without(has, powers),
        })
        .await
    }

    async fn change_grant(
        &self,
        name: &str,
        actor: &str,
        action: &str,
        change: impl FnOnce(&Installed, Powers) -> Result<Powers>,
    ) -> Result<GrantEntry> {
        let core = &self.core;
        let installed = core.grants.plugins.get(name).ok_or_else(|| Error::NoPlugin(name.to_owned()))?;
        // One after the other, so that the log tells what happened.
        let _one = core.granting.lock().await;
        let before = installed.recorded().clone();
        let has = match (&before, installed.state()) {
            (Some(grant), GrantState::Granted) => grant.given.clone(),
            // What was refused to the component before is refused to this one too.
            (Some(grant), _) => refusals(&grant.given),
            (None, _) => Powers::default(),
        };
        let grant = Grant {
            plugin: name.to_owned(),
            digest: digest(&installed.plugin),
            publisher: installed.plugin.package.publisher.clone(),
            asked: asked(&installed.plugin),
            given: change(installed, has)?,
        };
        if action == REVOKED {
            // At once, and whatever becomes of the record: what is taken is taken.
            installed.live.set(grant.given.clone());
        }
        record(&core.store, &grant, before.as_ref(), actor, action, core.clock.now()).await?;
        *installed.recorded() = Some(grant);
        installed.make_live();
        Ok(entry(installed))
    }
}

fn entry(installed: &Installed) -> GrantEntry {
    let (plugin, state) = (&installed.plugin, installed.state());
    let asks = asked(plugin);
    let difference = match (&*installed.recorded(), state) {
        (Some(grant), GrantState::Changed) => Difference { from: &grant.asked, to: &asks }.lines(),
        _ => Vec::new(),
    };
    GrantEntry {
        plugin: plugin.name.clone(),
        digest: digest(plugin),
        publisher: plugin.package.publisher.clone(),
        tools: plugin.definitions().map(|tool| tool.name.clone()).collect(),
        state,
        has: installed.live.get().as_ref().clone(),
        asks,
        difference,
    }
}

fn no_setting(name: &str, known: &BTreeMap<String, String>) -> Error {
    let names: Vec<&str> = known.keys().map(String::as_str).collect();
    let known =
        if names.is_empty() { "it has none".to_owned() } else { format!("it has {}", names.join(", ")) };
    Error::Invalid {
        field: "settings",
        problem: format!("name one that the plugin has, not {name:?}: {known}"),
    }
}

fn joined(mut has: Powers, more: Powers) -> Powers {
    has.interfaces.extend(more.interfaces);
    has.files.extend(more.files.into_iter().filter(|rule| !has.files.contains(rule)).collect::<Vec<_>>());
    has.http.extend(more.http.into_iter().filter(|rule| !has.http.contains(rule)).collect::<Vec<_>>());
    has.secrets
        .extend(more.secrets.into_iter().filter(|rule| !has.secrets.contains(rule)).collect::<Vec<_>>());
    has.settings.extend(more.settings);
    let limits = &mut has.limits;
    for (of, to) in [
        (more.limits.memory_mib, &mut limits.memory_mib),
        (more.limits.cpu_seconds, &mut limits.cpu_seconds),
        (more.limits.wall_seconds, &mut limits.wall_seconds),
        (more.limits.staged_mib, &mut limits.staged_mib),
        (more.limits.http_mib, &mut limits.http_mib),
        (more.limits.calls_per_minute, &mut limits.calls_per_minute),
        (more.limits.calls_at_once, &mut limits.calls_at_once),
    ] {
        *to = of.or(*to);
    }
    has
}

/// The rules that refuse or ask, the limits, and what was chosen.
fn refusals(given: &Powers) -> Powers {
    let refuses = |verdict: Option<Verdict>| matches!(verdict, Some(Verdict::Ask | Verdict::Deny));
    Powers {
        files: given.files.iter().filter(|rule| refuses(rule.verdict)).cloned().collect(),
        http: given.http.iter().filter(|rule| refuses(rule.verdict)).cloned().collect(),
        limits: given.limits.clone(),
        settings: given.settings.clone(),
        ..Powers::default()
    }
}

/// What is left. Each power that is named must be there, so that nobody believes that something was taken which was not.
fn without(mut has: Powers, less: &Powers) -> Result<Powers> {
    let missing = |what: String| {
        let problem = format!("name what the plugin does not have: {what}; see `cowork grants`");
        Error::Invalid { field: "powers", problem }
    };
    for name in &less.interfaces {
        if !has.interfaces.remove(name) {
            return Err(missing(format!("interface {name}")));
        }
    }
    for gone in &less.files {
        let means = |rule: &FileRule| {
            rule.paths == gone.paths && gone.verdict.is_none_or(|v| rule.verdict == Some(v))
        };
        let mut left = gone.access.clone();
        for rule in has.files.iter_mut().filter(|rule| means(rule)) {
            left.retain(|access| !rule.access.contains(access));
            rule.access.retain(|access| !gone.access.contains(access));
        }
        if !left.is_empty() {
            return Err(missing(gone.to_string()));
        }
    }
    has.files.retain(|rule| !rule.access.is_empty());
    for gone in &less.http {
        let before = has.http.len();
        has.http.retain(|rule| rule != gone);
        if has.http.len() == before {
            return Err(missing(gone.to_string()));
        }
    }
    for gone in &less.secrets {
        let before = has.secrets.len();
        has.secrets.retain(|rule| rule != gone);
        if has.secrets.len() == before {
            return Err(missing(gone.to_string()));
        }
    }
    for name in less.settings.keys() {
        if has.settings.remove(name).is_none() {
            return Err(missing(format!("setting {name}")));
        }
    }
    if less.limits != LimitRules::default() {
        return Err(missing("a limit is not taken but set anew, by a grant".to_owned()));
    }
    Ok(has)
}
