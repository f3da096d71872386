//! What each plugin was given, and what is left of it for a call.

mod administer;
mod explain;

pub use explain::{Explanation, Probe, Question};

use crate::Result;
use cowork_domain::capability::{
    Difference, Effective, Grant, GrantEvent, GrantState, Layer, LiveGrant, Powers,
};
use cowork_domain::{Slug, TaskId, Timestamp};
use cowork_sandbox::{Plugin, Registry};
use cowork_store::Store;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Who gives what a first start gives.
const DISTRIBUTION: &str = "the distribution";

/// The plugins of a host and what they have now. The database is the authority.
pub(crate) struct Grants {
    plugins: BTreeMap<String, Installed>,
}

struct Installed {
    plugin: Arc<Plugin>,
    live: Arc<LiveGrant>,
    /// The grant in the database, whether it counts for this component or not.
    recorded: Mutex<Option<Grant>>,
}

/// What becomes of a grant when the host starts with a component.
enum Start {
    /// It counts, or there is none.
    Stays,
    /// It counts from now on for this component too.
    Renewed(Box<Grant>, &'static str, &'static str),
    /// It does not count before an administrator confirms it.
    Waits,
}

impl Grants {
    /// Reads what was given. `bundled` are the digests of components that the distribution gives what they ask for.
    pub(crate) async fn open(
        store: &Store,
        tools: &Registry,
        bundled: &BTreeSet<String>,
        now: Timestamp,
    ) -> Result<Self> {
        let mut recorded: BTreeMap<String, Grant> =
            store.grants().await?.into_iter().map(|grant| (grant.plugin.clone(), grant)).collect();
        let mut plugins = BTreeMap::new();
        for (name, plugin) in tools.plugins() {
            let mut grant = recorded.remove(name);
            match start(plugin, grant.as_ref(), bundled) {
                Start::Stays => {}
                Start::Renewed(new, actor, action) => {
                    record(store, &new, grant.as_ref(), actor, action, now).await?;
                    grant = Some(*new);
                }
                Start::Waits => {
                    tracing::warn!(
                        plugin.name = name,
                        "the plugin has no power before an administrator grants it; see `cowork grants`"
                    );
                }
            }
            let installed = Installed::new(Arc::clone(plugin), grant);
            plugins.insert(name.to_owned(), installed);
        }
        Ok(Self { plugins })
    }

    /// What is left for a call of a plugin: what it asks for, what it was given, and what its task and its coworkspace
    /// allow.
    pub(crate) async fn powers(
        &self,
        store: &Store,
        plugin: &Plugin,
        place: &Slug,
        task: Option<TaskId>,
    ) -> Result<Effective> {
        let live = match self.plugins.get(&plugin.name) {
            Some(installed) => Arc::clone(&installed.live),
            None => Arc::default(),
        };
        let mut powers =
            Effective::unlimited().limited_by(Layer::Manifest, Arc::new(asked(plugin))).granted_by(live);
        let (coworkspace, of_task) = store.limits(place, task).await?;
        for (layer, limits) in [(Layer::Coworkspace, coworkspace), (Layer::Task, of_task)] {
            if let Some(limits) = limits {
                powers = powers.limited_by(layer, Arc::new(limits));
            }
        }
        Ok(powers)
    }
}

impl Installed {
    fn new(plugin: Arc<Plugin>, recorded: Option<Grant>) -> Self {
        let this = Self { plugin, live: Arc::default(), recorded: Mutex::new(recorded) };
        this.make_live();
        this
    }

    fn recorded(&self) -> MutexGuard<'_, Option<Grant>> {
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> GrantState {
        match &*self.recorded() {
            None => GrantState::New,
            Some(grant) if grant.digest == digest(&self.plugin) => GrantState::Granted,
            Some(_) => GrantState::Changed,
        }
    }

    /// What is recorded counts from now on, if it was given to this component.
    fn make_live(&self) {
        let given = match (self.state(), &*self.recorded()) {
            (GrantState::Granted, Some(grant)) => grant.given.clone(),
            _ => Powers::default(),
        };
        self.live.set(given);
    }
}

pub(crate) fn asked(plugin: &Plugin) -> Powers {
    plugin.package.manifest.as_ref().map(|manifest| manifest.powers.clone()).unwrap_or_default()
}

fn digest(plugin: &Plugin) -> String {
    plugin.digest.to_hex().to_string()
}

fn start(plugin: &Plugin, recorded: Option<&Grant>, bundled: &BTreeSet<String>) -> Start {
    let (digest, asked) = (digest(plugin), asked(plugin));
    let is_bundled = bundled.contains(&digest);
    let new = |given: Powers| {
        Box::new(Grant {
            plugin: plugin.name.clone(),
            digest: digest.clone(),
            publisher: plugin.package.publisher.clone(),
            asked: asked.clone(),
            given,
        })
    };
    match recorded {
        None if is_bundled => Start::Renewed(new(asked.clone()), DISTRIBUTION, "granted"),
        None => Start::Waits,
        Some(grant) if grant.digest == digest => Start::Stays,
        Some(grant) => {
            let same_publisher = grant.publisher.is_some() && grant.publisher == plugin.package.publisher;
            let adds_nothing = Difference { from: &grant.asked, to: &asked }.adds_nothing();
            // What an administrator has changed stays as it is.
            let given = if grant.given == grant.asked { asked.clone() } else { grant.given.clone() };
            match (same_publisher && adds_nothing, is_bundled) {
                (true, _) => {
                    Start::Renewed(new(grant.given.clone()), "the publisher's signature", "carried over")
                }
                (false, true) => Start::Renewed(new(given), DISTRIBUTION, "carried over"),
                (false, false) => Start::Waits,
            }
        }
    }
}

/// Writes a grant down, and that it was given.
async fn record(
    store: &Store,
    grant: &Grant,
    before: Option<&Grant>,
    actor: &str,
    action: &str,
    now: Timestamp,
) -> Result<()> {
    let nothing = Powers::default();
    let from = before.map_or(&nothing, |grant| &grant.given);
    let event = GrantEvent {
        at: now,
        plugin: grant.plugin.clone(),
        digest: grant.digest.clone(),
        actor: actor.to_owned(),
        action: action.to_owned(),
        given: grant.given.clone(),
        difference: Difference { from, to: &grant.given }.lines(),
    };
    let mut unit = store.begin().await?;
    unit.put_grant(grant, now).await?;
    unit.log_grant(&event).await?;
    Ok(unit.commit().await?)
}
