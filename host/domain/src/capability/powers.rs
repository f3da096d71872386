use super::{HostPattern, PathPattern, UrlParts};
use crate::policy::Verdict;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

/// Power over files, hosts, interfaces and secrets, and the limits of using it. What is not named is not there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Powers {
    /// Interfaces of the host, by name without version: `cowork:host/plan`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub interfaces: BTreeSet<String>,
    /// Files. A path is in reach when a rule says so and none denies it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileRule>,
    /// Requests to other hosts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub http: Vec<HttpRule>,
    /// Secrets that the host adds to requests. The plugin never sees them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<SecretRule>,
    /// Limits of a call and of calls.
    #[serde(default, skip_serializing_if = "LimitRules::is_empty")]
    pub limits: LimitRules,
    /// What an administrator chooses, by name: no power, and no secret. A manifest has the names and what holds unless a
    /// grant says something else.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, String>,
}

/// What may be done with the files that fit a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRule {
    /// Which.
    pub paths: PathPattern,
    /// What.
    pub access: BTreeSet<FileAccess>,
    /// In a grant: whether it is done, asked about or refused. None leaves it to the task's mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
}

/// Kinds of access to a file or folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileAccess {
    /// To read a file, to list a folder.
    Read,
    /// To make one where nothing is.
    Create,
    /// To change its content, its times or its place.
    Modify,
    /// To remove it.
    Delete,
}

/// Requests that may be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpRule {
    /// To whom.
    pub hosts: BTreeSet<HostPattern>,
    /// By which methods.
    #[serde(default = "asking_methods")]
    pub methods: BTreeSet<String>,
    /// For which paths, with their leading slash left out: `v1/**`.
    #[serde(default = "everything")]
    pub paths: PathPattern,
    /// These requests only ask, whatever their method.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub query: bool,
    /// The host may be in this machine or its own network.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub private: bool,
    /// In a grant: whether it is done, asked about or refused. None leaves it to the task's mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
}

/// A secret for requests to one audience.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretRule {
    /// Its name in the host's store.
    pub name: String,
    /// Which host gets it.
    pub host: HostPattern,
    /// For which paths.
    #[serde(default = "everything")]
    pub paths: PathPattern,
    /// The header that it is put in.
    #[serde(default = "authorization")]
    pub header: String,
    /// What stands before it in that header: `Bearer `, unless something else is said.
    #[serde(default = "bearer")]
    pub prefix: String,
}

/// Limits that a manifest asks for or a grant sets. None: the host's own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitRules {
    /// Memory of a call, in MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_mib: Option<u64>,
    /// Processor time of a call, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_seconds: Option<u64>,
    /// From the start of a call to its end, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wall_seconds: Option<u64>,
    /// What a call writes to files, in MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staged_mib: Option<u64>,
    /// What a call sends and receives, in MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_mib: Option<u64>,
    /// Calls of the plugin in a minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls_per_minute: Option<u64>,
    /// Calls of the plugin at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls_at_once: Option<u64>,
}

fn asking_methods() -> BTreeSet<String> {
    ["GET", "HEAD"].map(str::to_owned).into()
}

#[expect(clippy::expect_used, reason = "the text is a pattern")]
fn everything() -> PathPattern {
    "**".parse().expect("a pattern")
}

fn bearer() -> String {
    "Bearer ".to_owned()
}

fn authorization() -> String {
    "authorization".to_owned()
}

impl FileAccess {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Read, Self::Create, Self::Modify, Self::Delete];

    /// As manifests name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Create => "create",
            Self::Modify => "modify",
            Self::Delete => "delete",
        }
    }
}

impl Powers {
    /// Every file, and nothing else.
    pub fn all_files() -> Self {
        let rule = FileRule { paths: everything(), access: FileAccess::ALL.into(), verdict: None };
        Self { files: vec![rule], ..Self::default() }
    }

    /// Whether every access to every file is there without a word more: the common case, decided at once.
    pub fn has_all_files(&self) -> bool {
        let is_plain = |rule: &FileRule| rule.verdict.is_none();
        let is_all =
            |rule: &FileRule| rule.paths.is_everything() && rule.access.len() == FileAccess::ALL.len();
        self.files.iter().all(is_plain) && self.files.iter().any(is_all)
    }

    /// The rules that speak of an access to a path.
    pub fn file_rules(&self, path: &Path, access: FileAccess) -> impl Iterator<Item = &FileRule> {
        let fits = move |rule: &&FileRule| rule.access.contains(&access) && rule.paths.matches(path);
        self.files.iter().filter(fits)
    }

    /// Whether any access to a path is given and not denied.
    pub(super) fn reaches(&self, path: &Path) -> bool {
        FileAccess::ALL.iter().any(|access| {
            let mut rules = self.file_rules(path, *access).peekable();
            rules.peek().is_some() && rules.all(|rule| rule.verdict != Some(Verdict::Deny))
        })
    }

    /// Whether a folder is on the way to something that is given, and is not itself out of sight.
    pub(super) fn leads_through(&self, folder: &Path) -> bool {
        let gives = |rule: &&FileRule| rule.verdict != Some(Verdict::Deny) && !rule.access.is_empty();
        let mut denied = self.file_rules(folder, FileAccess::Read).filter(|rule| !gives(rule));
        denied.next().is_none()
            && self.files.iter().filter(gives).any(|rule| rule.paths.leads_through(folder))
    }

    /// The rules that speak of a request.
    pub fn http_rules(&self, method: &str, url: &UrlParts<'_>) -> impl Iterator<Item = &HttpRule> {
        let path = Path::new(url.path.strip_prefix('/').unwrap_or(url.path));
        let fits = move |rule: &&HttpRule| {
            rule.methods.iter().any(|known| known.eq_ignore_ascii_case(method))
                && rule.hosts.iter().any(|host| host.matches(url))
                && rule.paths.matches(path)
        };
        self.http.iter().filter(fits)
    }

    /// One line for each power, sorted: what people compare.
    pub fn lines(&self) -> BTreeSet<String> {
        let mut lines: BTreeSet<String> =
            self.interfaces.iter().map(|name| format!("interface {name}")).collect();
        lines.extend(self.files.iter().map(FileRule::to_string));
        lines.extend(self.http.iter().map(HttpRule::to_string));
        lines.extend(self.secrets.iter().map(SecretRule::to_string));
        lines.extend(self.limits.named().into_iter().map(|(name, value)| format!("limit {name} {value}")));
        lines.extend(self.settings.iter().map(|(name, value)| format!("setting {name}: {value}")));
        // What a plugin writes there must not look like another line.
        lines.into_iter().map(|line| line.replace(char::is_control, "\u{fffd}")).collect()
    }
}

impl LimitRules {
    /// Those that are set.
    pub fn named(&self) -> BTreeMap<&'static str, u64> {
        let all = [
            ("memory_mib", self.memory_mib),
            ("cpu_seconds", self.cpu_seconds),
            ("wall_seconds", self.wall_seconds),
            ("staged_mib", self.staged_mib),
            ("http_mib", self.http_mib),
            ("calls_per_minute", self.calls_per_minute),
            ("calls_at_once", self.calls_at_once),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for FileRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let access: Vec<&str> = self.access.iter().map(|access| access.name()).collect();
        write!(f, "files {}: {}{}", self.paths, access.join(", "), verdict(self.verdict))
    }
}

impl fmt::Display for HttpRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts: Vec<String> = self.hosts.iter().map(ToString::to_string).collect();
        let methods: Vec<&str> = self.methods.iter().map(String::as_str).collect();
        let query = if self.query { ", which only ask" } else { "" };
        let private = if self.private { ", also in private networks" } else { "" };
        write!(f, "http {} {}/{}{query}{private}", methods.join(" "), hosts.join(" "), self.paths)?;
        f.write_str(&verdict(self.verdict))
    }
}

impl fmt::Display for SecretRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "secret {} in {}: {}… to {}/{}", self.name, self.header, self.prefix, self.host, self.paths)
    }
}

fn verdict(verdict: Option<Verdict>) -> String {
    match verdict {
        None => String::new(),
        Some(Verdict::Allow) => " (always)".to_owned(),
        Some(Verdict::Ask) => " (asked about)".to_owned(),
        Some(Verdict::Deny) => " (never)".to_owned(),
    }
}
