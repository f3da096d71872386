//! Powers as options of a command.

use anyhow::Context as _;
use clap::Args;
use cowork_domain::capability::{FileAccess, FileRule, HttpRule, Powers, SecretRule, import_wassette};
use cowork_domain::policy::Verdict;
use std::path::PathBuf;

#[derive(Args)]
pub(crate) struct PowersOptions {
    /// Files, and what may be done with them: `files/**:read,create`, with `=ask`, `=always` or `=never` behind it.
    #[arg(long, value_name = "PATTERN:ACCESS[=VERDICT]")]
    files: Vec<String>,
    /// Requests: `GET,POST https://api.example.com/v1/**`, with `=ask`, `=always` or `=never` behind it.
    #[arg(long, value_name = "METHODS URL[=VERDICT]")]
    http: Vec<String>,
    /// Requests of `--http` only ask, whatever their method.
    #[arg(long, requires = "http")]
    query: bool,
    /// Hosts of `--http` may be in this machine or in its own network.
    #[arg(long, requires = "http")]
    private: bool,
    /// An interface of the host: `cowork:host/plan`.
    #[arg(long, value_name = "NAME")]
    interface: Vec<String>,
    /// A secret for a host: `NAME=https://api.example.com`, sent as `authorization: Bearer …`.
    #[arg(long, value_name = "NAME=URL")]
    secret: Vec<String>,
    /// A limit: `memory_mib=256`.
    #[arg(long, value_name = "NAME=NUMBER")]
    limit: Vec<String>,
    /// A setting of the plugin: `provider=brave`.
    #[arg(long, value_name = "NAME=VALUE")]
    setting: Vec<String>,
    /// Powers from a file in TOML, as in a manifest, with a `verdict` where one is wanted.
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Powers from a Wassette policy.yaml; what has no equal here is told.
    #[arg(long, value_name = "FILE")]
    wassette: Option<PathBuf>,
}

impl PowersOptions {
    /// The powers that are named; none where there are none.
    pub(crate) fn read(&self) -> anyhow::Result<Option<Powers>> {
        let mut powers = match (&self.from, &self.wassette) {
            (Some(path), _) => {
                let text = std::fs::read_to_string(path)
                    .with_context(|| format!("cannot read {}", path.display()))?;
                toml::from_str(&text).with_context(|| format!("{} names no powers", path.display()))?
            }
            (None, Some(path)) => wassette(path)?,
            (None, None) => Powers::default(),
        };
        for text in &self.files {
            powers.files.push(file_rule(text).with_context(|| format!("--files {text}"))?);
        }
        for text in &self.http {
            let rule = http_rule(text).with_context(|| format!("--http {text}"))?;
            powers.http.push(HttpRule { query: self.query, private: self.private, ..rule });
        }
        for text in &self.secret {
            powers.secrets.push(secret_rule(text).with_context(|| format!("--secret {text}"))?);
        }
        for text in &self.setting {
            let (name, value) =
                text.split_once('=').with_context(|| format!("--setting {text}: write NAME=VALUE"))?;
            powers.settings.insert(name.to_owned(), value.to_owned());
        }
        powers.interfaces.extend(self.interface.iter().cloned());
        if !self.limit.is_empty() {
            powers.limits = toml::from_str(&self.limit.join("\n")).context("--limit")?;
        }
        let is_named = self.from.is_some() || self.wassette.is_some() || powers != Powers::default();
        Ok(is_named.then_some(powers))
    }
}

fn wassette(path: &std::path::Path) -> anyhow::Result<Powers> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let imported = import_wassette(&text).with_context(|| format!("{} is no policy", path.display()))?;
    for line in &imported.left_out {
        eprintln!("not brought over: {line}");
    }
    Ok(imported.powers)
}

fn file_rule(text: &str) -> anyhow::Result<FileRule> {
    let (text, verdict) = verdict(text)?;
    let (paths, access) =
        text.rsplit_once(':').context("write PATTERN:ACCESS, such as files/**:read,create")?;
    let one = |name: &str| {
        let known = FileAccess::ALL.into_iter().find(|access| access.name() == name);
        known.with_context(|| format!("{name:?} is no access: there are read, create, modify, delete"))
    };
    Ok(FileRule {
        paths: paths.parse()?,
        access: access.split(',').map(one).collect::<Result<_, _>>()?,
        verdict,
    })
}

fn http_rule(text: &str) -> anyhow::Result<HttpRule> {
    let (text, verdict) = verdict(text)?;
    let (methods, url) =
        text.split_once(' ').context("write METHODS URL, such as GET https://api.example.com/v1/**")?;
    let (host, path) = host_and_path(url);
    Ok(HttpRule {
        hosts: [host.parse()?].into(),
        methods: methods.split(',').map(str::to_ascii_uppercase).collect(),
        paths: path.parse()?,
        query: false,
        private: false,
        verdict,
    })
}

fn secret_rule(text: &str) -> anyhow::Result<SecretRule> {
    let (name, url) = text.split_once('=').context("write NAME=URL")?;
    let (host, path) = host_and_path(url);
    Ok(SecretRule {
        name: name.to_owned(),
        host: host.parse()?,
        paths: path.parse()?,
        header: "authorization".to_owned(),
        prefix: "Bearer ".to_owned(),
    })
}

/// `https://host/path` as a pattern of hosts and one of paths; no path is every path.
fn host_and_path(url: &str) -> (&str, &str) {
    let after = url.find("://").map_or(0, |at| at + 3);
    match url[after..].find('/') {
        Some(at) if after + at + 1 < url.len() => (&url[..after + at], &url[after + at + 1..]),
        Some(at) => (&url[..after + at], "**"),
        None => (url, "**"),
    }
}

fn verdict(text: &str) -> anyhow::Result<(&str, Option<Verdict>)> {
    Ok(match text.rsplit_once('=') {
        Some((rest, "ask")) => (rest, Some(Verdict::Ask)),
        Some((rest, "always")) => (rest, Some(Verdict::Allow)),
        Some((rest, "never")) => (rest, Some(Verdict::Deny)),
        _ => (text, None),
    })
}
