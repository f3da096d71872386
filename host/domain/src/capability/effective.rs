use super::{FileAccess, HttpRule, Powers, SecretRule, UrlParts};
use crate::change_set::Hash;
use crate::policy::Verdict;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// What is left for one call: what every layer holds.
#[derive(Debug, Clone, Default)]
pub struct Effective {
    layers: Vec<(Layer, Source)>,
}

/// Who limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// What the plugin asks for.
    Manifest,
    /// What an administrator gave it.
    Grant,
    /// What the person gave the task.
    Task,
    /// What the coworkspace allows.
    Coworkspace,
}

#[derive(Debug, Clone)]
enum Source {
    Fixed(Arc<Powers>),
    Live(Arc<LiveGrant>),
}

/// A grant as it is now. It changes while calls run, and they notice at their next use of a power.
#[derive(Debug, Default)]
pub struct LiveGrant {
    version: AtomicU64,
    powers: RwLock<Arc<Powers>>,
}

/// What is said of one use of a power, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ruling {
    /// None: it is there, and the task's mode says whether a person is asked.
    pub verdict: Option<Verdict>,
    /// The layer that decides.
    pub layer: Layer,
    /// The rule that decides. None: no rule of the layer speaks of it, so it is denied.
    pub rule: Option<String>,
}

impl LiveGrant {
    /// With these powers for now.
    pub fn new(powers: Powers) -> Self {
        Self { version: AtomicU64::new(0), powers: RwLock::new(Arc::new(powers)) }
    }

    /// From now on it is these.
    pub fn set(&self, powers: Powers) {
        *self.powers.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(powers);
        self.version.fetch_add(1, Ordering::Release);
    }

    /// What it is now.
    pub fn get(&self) -> Arc<Powers> {
        Arc::clone(&self.powers.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Effective {
    /// Nothing limits: only for what a person does by their own hand, and for tests of other things.
    pub fn unlimited() -> Self {
        Self::default()
    }

    /// Limited by what does not change.
    pub fn limited_by(mut self, layer: Layer, powers: Arc<Powers>) -> Self {
        self.layers.push((layer, Source::Fixed(powers)));
        self
    }

    /// Limited by a grant that may change at any moment.
    pub fn granted_by(mut self, grant: Arc<LiveGrant>) -> Self {
        self.layers.push((Layer::Grant, Source::Live(grant)));
        self
    }

    /// Changes whenever a ruling may have changed.
    pub fn version(&self) -> u64 {
        let of = |(_, source): &(Layer, Source)| match source {
            Source::Fixed(_) => 0,
            Source::Live(grant) => grant.version.load(Ordering::Acquire),
        };
        self.layers.iter().map(of).sum()
    }

    /// Whether every access to every file is there.
    pub fn has_all_files(&self) -> bool {
        self.layers.iter().all(|(_, source)| source.with(Powers::has_all_files))
    }

    /// What is said of an access to a path.
    pub fn file(&self, path: &Path, access: FileAccess) -> Ruling {
        self.rule(|powers| {
            strictest(powers.file_rules(path, access).map(|rule| (rule.verdict, rule.to_string())))
        })
    }

    /// Whether a name may be looked up: something may be done with what it names.
    pub fn sight(&self, path: &Path) -> Ruling {
        self.rule(|powers| powers.reaches(path).then(|| (None, "files".to_owned())))
    }

    /// The same of a folder, which is also seen where something below it may be in reach.
    pub fn sight_of_folder(&self, path: &Path) -> Ruling {
        self.rule(|powers| {
            (powers.reaches(path) || powers.leads_through(path)).then(|| (None, "files".to_owned()))
        })
    }

    /// Tells powers apart: the same for the same, until one of them changes.
    pub fn fingerprint(&self) -> Hash {
        let mut hasher = blake3::Hasher::new();
        for (layer, source) in &self.layers {
            let text = source.with(|powers| format!("{layer}{powers:?}"));
            hasher.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
        }
        Hash::from_bytes(*hasher.finalize().as_bytes())
    }

    /// Whether an access to everything below a folder is there.
    pub fn covers_below(&self, folder: &Path, access: FileAccess) -> bool {
        let covers = |powers: &Powers| {
            powers.files.iter().all(|rule| rule.verdict != Some(Verdict::Deny))
                && powers
                    .files
                    .iter()
                    .any(|rule| rule.access.contains(&access) && rule.paths.covers_below(folder))
        };
        self.layers.iter().all(|(_, source)| source.with(covers))
    }

    /// What is said of a request.
    pub fn http(&self, method: &str, url: &UrlParts<'_>) -> Ruling {
        self.rule(|powers| {
            strictest(powers.http_rules(method, url).map(|rule| (rule.verdict, rule.to_string())))
        })
    }

    /// Whether every layer that speaks of a request says this of it too.
    pub fn http_is(&self, method: &str, url: &UrlParts<'_>, holds: impl Fn(&HttpRule) -> bool) -> bool {
        !self.layers.is_empty()
            && self
                .layers
                .iter()
                .all(|(_, source)| source.with(|powers| powers.http_rules(method, url).any(&holds)))
    }

    /// What is said of an interface of the host.
    pub fn interface(&self, name: &str) -> Ruling {
        self.rule(|powers| powers.interfaces.get(name).map(|name| (None, format!("interface {name}"))))
    }

    /// The secrets that every layer gives, to whomever.
    pub fn all_secrets(&self) -> Vec<SecretRule> {
        self.secrets_where(|_| true)
    }

    /// The secrets that every layer gives to a request.
    pub fn secrets(&self, url: &UrlParts<'_>) -> Vec<SecretRule> {
        let path = Path::new(url.path.strip_prefix('/').unwrap_or(url.path));
        self.secrets_where(|rule| rule.host.matches(url) && rule.paths.matches(path))
    }

    fn secrets_where(&self, fits: impl Fn(&SecretRule) -> bool) -> Vec<SecretRule> {
        let fits = |rule: &&SecretRule| fits(rule);
        let Some((_, first)) = self.layers.first() else { return Vec::new() };
        let given: Vec<SecretRule> =
            first.with(|powers| powers.secrets.iter().filter(fits).cloned().collect());
        let everywhere = |rule: &SecretRule| {
            self.layers.iter().all(|(_, source)| source.with(|powers| powers.secrets.contains(rule)))
        };
        given.into_iter().filter(everywhere).collect()
    }

    /// Whether any layer speaks of a limit.
    pub fn sets_limit(&self, name: &str) -> bool {
        self.layers.iter().any(|(_, source)| source.with(|powers| powers.limits.named().contains_key(name)))
    }

    /// A limit: what the grant sets, or the manifest asks for up to `default`; lowered by task and coworkspace, and at
    /// most `most`.
    pub fn limit(&self, name: &str, default: u64, most: u64) -> u64 {
        let mut value = default;
        for (layer, source) in &self.layers {
            let said = source.with(|powers| powers.limits.named().get(name).copied());
            value = match (layer, said) {
                (_, None) => value,
                (Layer::Grant, Some(said)) => said,
                (_, Some(said)) => value.min(said),
            };
        }
        value.min(most)
    }

    /// What is chosen for each setting that the manifest has: by the grant, else by the manifest itself.
    pub fn settings(&self) -> BTreeMap<String, String> {
        let mut settings = BTreeMap::new();
        for (layer, source) in &self.layers {
            source.with(|powers| match layer {
                Layer::Manifest => settings.extend(powers.settings.clone()),
                Layer::Grant => {
                    let chosen = powers.settings.iter().filter(|(name, _)| settings.contains_key(*name));
                    let chosen: Vec<_> = chosen.map(|(name, value)| (name.clone(), value.clone())).collect();
                    settings.extend(chosen);
                }
                Layer::Task | Layer::Coworkspace => {}
            });
        }
        settings
    }

    fn rule(&self, of: impl Fn(&Powers) -> Option<(Option<Verdict>, String)>) -> Ruling {
        let mut hardest = Ruling { verdict: None, layer: Layer::Manifest, rule: None };
        for (layer, source) in &self.layers {
            let Some((verdict, rule)) = source.with(&of) else {
                return Ruling { verdict: Some(Verdict::Deny), layer: *layer, rule: None };
            };
            // Only a grant can say that something is always done.
            let verdict = verdict.filter(|verdict| *verdict != Verdict::Allow || *layer == Layer::Grant);
            if hardest.rule.is_none() || verdict > hardest.verdict {
                hardest = Ruling { verdict, layer: *layer, rule: Some(rule) };
            }
        }
        hardest
    }
}

impl Ruling {
    /// Whether it is refused.
    pub fn is_denied(&self) -> bool {
        self.verdict == Some(Verdict::Deny)
    }
}

impl Source {
    fn with<T>(&self, use_powers: impl FnOnce(&Powers) -> T) -> T {
        match self {
            Self::Fixed(powers) => use_powers(powers),
            Self::Live(grant) => use_powers(&grant.powers.read().unwrap_or_else(PoisonError::into_inner)),
        }
    }
}

/// Deny beats ask beats allow; what leaves it to the mode yields to all of them.
fn strictest(rules: impl Iterator<Item = (Option<Verdict>, String)>) -> Option<(Option<Verdict>, String)> {
    rules.max_by(|(one, _), (other, _)| one.cmp(other))
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Manifest => "manifest",
            Self::Grant => "grant",
            Self::Task => "task",
            Self::Coworkspace => "coworkspace",
        })
    }
}

#[cfg(test)]
#[path = "effective_tests.rs"]
mod tests;
