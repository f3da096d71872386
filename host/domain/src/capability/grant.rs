use super::Powers;
use crate::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a plugin says of itself: the powers that it asks for, and the data that belongs to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    /// Not offered to models: the host uses it for itself.
    pub internal: bool,
    /// Data that is installed beside it: names of files and their BLAKE3, in hexadecimal digits.
    pub assets: BTreeMap<String, String>,
    /// Shown to models only once they have found it, where they can look for tools.
    pub on_request: bool,
    /// What it asks for.
    pub powers: Powers,
}

/// Why a text is no manifest.
#[derive(Debug, thiserror::Error)]
pub enum InvalidManifest {
    /// It is not TOML, or says what no manifest says.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// Only an administrator says whether something is always done, asked about or never done.
    #[error("a manifest asks for powers and says no verdict on them")]
    Verdict,
    /// An asset is a file in one folder, and its hash 64 hexadecimal digits.
    #[error("the asset {0:?} is no name of a file with its BLAKE3 hash")]
    Asset(String),
}

impl Manifest {
    /// From TOML: the fields of [`Powers`], `internal`, `on_request` and `assets`.
    pub fn from_toml(text: &str) -> Result<Self, InvalidManifest> {
        let mut table: toml::Table = toml::from_str(text)?;
        let all = table.len();
        let mut flag = |name| {
            let flag = table.remove(name).map(toml::Value::try_into).transpose()?;
            Ok::<_, toml::de::Error>(flag.unwrap_or(false))
        };
        let (internal, on_request) = (flag("internal")?, flag("on_request")?);
        let assets = table.remove("assets").map(toml::Value::try_into).transpose()?.unwrap_or_default();
        // From the text where it can be, since its errors name the line.
        let only_powers = table.len() == all;
        let powers: Powers =
            if only_powers { toml::from_str(text)? } else { toml::Value::Table(table).try_into()? };
        let says = powers.files.iter().any(|rule| rule.verdict.is_some());
        if says || powers.http.iter().any(|rule| rule.verdict.is_some()) {
            return Err(InvalidManifest::Verdict);
        }
        check_assets(&assets)?;
        Ok(Self { internal, on_request, assets, powers })
    }
}

/// A name leads to no other folder, and a hash is one.
fn check_assets(assets: &BTreeMap<String, String>) -> Result<(), InvalidManifest> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let is_name =
        |name: &str| name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(plain);
    let is_hash = |hash: &str| hash.len() == 64 && hash.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
    let wrong = assets.iter().find(|(name, hash)| !is_name(name) || name.len() > 100 || !is_hash(hash));
    wrong.map_or(Ok(()), |(name, _)| Err(InvalidManifest::Asset(name.clone())))
}

/// What an administrator gave a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The plugin.
    pub plugin: String,
    /// BLAKE3 of the component that it was given to, in hexadecimal digits.
    pub digest: String,
    /// The key of the publisher that had signed it, in hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// What that component asked for.
    pub asked: Powers,
    /// What it was given.
    pub given: Powers,
}

/// Where a plugin stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantState {
    /// It has what it was given.
    Granted,
    /// It was never given anything: it has no power at all.
    New,
    /// It is another component than the one that was given something, and has no power until that is confirmed.
    Changed,
}

/// A plugin and its grant, as administrators see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantEntry {
    /// The plugin.
    pub plugin: String,
    /// BLAKE3 of the component that is installed.
    pub digest: String,
    /// Who signed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// Its tools.
    pub tools: Vec<String>,
    /// Where it stands.
    pub state: GrantState,
    /// What it asks for.
    pub asks: Powers,
    /// What it has.
    pub has: Powers,
    /// Of a changed one: what differs from what was granted, as lines that begin with `+` or `-`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub difference: Vec<String>,
}

/// One line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantEvent {
    /// When.
    pub at: Timestamp,
    /// The plugin.
    pub plugin: String,
    /// BLAKE3 of its component.
    pub digest: String,
    /// Who did it.
    pub actor: String,
    /// What: `granted`, `revoked`, `carried over`.
    pub action: String,
    /// What the plugin had after it.
    pub given: Powers,
    /// What changed by it, as lines that begin with `+` or `-`.
    pub difference: Vec<String>,
}

/// What changes from some powers to others.
pub struct Difference<'a> {
    /// Those before.
    pub from: &'a Powers,
    /// Those after.
    pub to: &'a Powers,
}

impl Difference<'_> {
    /// As lines that begin with `+` or `-`.
    pub fn lines(&self) -> Vec<String> {
        let (from, to) = (self.from.lines(), self.to.lines());
        let gone = from.difference(&to).map(|line| format!("- {line}"));
        let new = to.difference(&from).map(|line| format!("+ {line}"));
        gone.chain(new).collect()
    }

    /// Whether nothing is added, so that what was given before can stand. A limit that is asked lower is not more.
    pub fn adds_nothing(&self) -> bool {
        let without_limits = |powers: &Powers| {
            let powers = Powers { limits: Default::default(), ..powers.clone() };
            powers.lines()
        };
        let (before, after) = (self.from.limits.named(), self.to.limits.named());
        // A limit that is no longer named is the host's own, which may be more.
        let lower = before.iter().all(|(name, value)| after.get(name).is_some_and(|after| after <= value));
        let more = after.iter().any(|(name, value)| before.get(name).is_none_or(|before| value > before));
        without_limits(self.to).is_subset(&without_limits(self.from)) && lower && !more
    }
}
