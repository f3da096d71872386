//! Giving and taking, while calls run.

use super::{Installed, asked, digest, record};
use crate::{Error, Orchestrator, Result};
use cowork_domain::capability::{Difference, Grant, GrantEntry, GrantEvent, GrantState, Powers};

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
        self.change_grant(plugin, actor, "granted", |installed, has| match powers {
            None => Ok(asked(&installed.plugin)),
            Some(powers) => Ok(joined(has, powers)),
        })
        .await
    }

    /// Takes powers from a plugin; none: all that it has. Calls that run are refused at their next use of them.
    pub async fn revoke(&self, plugin: &str, powers: Option<Powers>, actor: &str) -> Result<GrantEntry> {
        self.change_grant(plugin, actor, "revoked", |_, has| match &powers {
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
        let has = if installed.state() == GrantState::Granted {
            installed.live.get().as_ref().clone()
        } else {
            Powers::default()
        };
        let grant = Grant {
            plugin: name.to_owned(),
            digest: digest(&installed.plugin),
            publisher: installed.plugin.package.publisher.clone(),
            asked: asked(&installed.plugin),
            given: change(installed, has)?,
        };
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

fn joined(mut has: Powers, more: Powers) -> Powers {
    has.interfaces.extend(more.interfaces);
    has.files.extend(more.files.into_iter().filter(|rule| !has.files.contains(rule)).collect::<Vec<_>>());
    has.http.extend(more.http.into_iter().filter(|rule| !has.http.contains(rule)).collect::<Vec<_>>());
    has.secrets
        .extend(more.secrets.into_iter().filter(|rule| !has.secrets.contains(rule)).collect::<Vec<_>>());
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

/// What is left; what it does not have cannot be taken, and that is said.
fn without(mut has: Powers, less: &Powers) -> Result<Powers> {
    let before = has.lines();
    has.interfaces.retain(|name| !less.interfaces.contains(name));
    // A rule goes as it was given; an access of it goes by itself.
    for gone in &less.files {
        for rule in
            has.files.iter_mut().filter(|rule| rule.paths == gone.paths && rule.verdict == gone.verdict)
        {
            rule.access.retain(|access| !gone.access.contains(access));
        }
    }
    has.files.retain(|rule| !rule.access.is_empty());
    has.http.retain(|rule| !less.http.contains(rule));
    has.secrets.retain(|rule| !less.secrets.contains(rule));
    if has.lines() == before {
        let problem = "is nothing that the plugin has; see `cowork grants`".to_owned();
        return Err(Error::Invalid { field: "powers", problem });
    }
    Ok(has)
}
