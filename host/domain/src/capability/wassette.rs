use super::{FileAccess, FileRule, HostPattern, HttpRule, InvalidPathPattern, PathPattern, Powers};
use crate::policy::Verdict;
use serde_norway::Value;
use std::collections::BTreeSet;

/// What an import gave and what it could not bring over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// The powers, for an administrator to look through before they are granted.
    pub powers: Powers,
    /// One line for each part of the policy that has no equal here, and why.
    pub left_out: Vec<String>,
}

/// Why a text is no policy of Wassette's.
#[derive(Debug, thiserror::Error)]
pub enum InvalidPolicy {
    /// It cannot be read at all.
    #[error("the policy is not YAML")]
    Yaml(#[source] serde_norway::Error),
    /// It may mean something else than what is known here.
    #[error("the version of a Wassette policy begins with \"1.\"; this one is {0:?}")]
    Version(String),
}

/// Powers from the `policy.yaml` of Microsoft Wassette.
///
/// Wassette resolves `fs://workspace/**` in the directory of the policy. A coworkspace is what that directory
/// was, so the path stays: `workspace/**`. What lies outside is left out, and nothing becomes wider. What is
/// denied becomes no narrower: it includes what is below a path, deletion where it speaks of writing, and
/// both schemes and all ports that the policy names.
pub fn import_wassette(yaml: &str) -> Result<Imported, InvalidPolicy> {
    let policy: Value = serde_norway::from_str(yaml).map_err(InvalidPolicy::Yaml)?;
    let version = match policy.get("version") {
        Some(Value::Number(number)) => number.to_string(),
        other => other.and_then(Value::as_str).unwrap_or_default().chars().take(200).collect(),
    };
    if !version.starts_with("1.") {
        return Err(InvalidPolicy::Version(version));
    }
    let mut imported = Imported::default();
    imported.read(&[], &policy);
    let writes = |rule: &FileRule| rule.verdict.is_none() && rule.access.contains(&FileAccess::Modify);
    if imported.powers.files.iter().any(writes) {
        let why = "deletion has no word in Wassette's policy: grant `delete` by hand where it is meant";
        imported.left_out.push(format!("permissions.storage: {why}"));
    }
    Ok(imported)
}

/// Why a value at a place has no equal here.
fn why(place: &[&str]) -> &'static str {
    let ["permissions", place @ ..] = place else { return "is no permission" };
    match place {
        ["storage", _, _, "access", ..] => "access is a list of read and write alone",
        ["network", _, _, "cidr"] => "rules name hosts, not ranges of addresses",
        ["network", _, _, "defaults"] => "a long list of hosts: name those that are needed",
        ["environment", ..] => "plugins have no environment: the equal is a secret with an audience",
        ["resources", "cpu" | "io"] | ["resources", "limits", "cpu"] => "only the time of a call is limited",
        ["runtime", "docker" | "wasm" | "hyperlight", ..] => "plugins run in the host's own sandbox",
        ["ipc", "allow" | "deny", _, "uri"] => "plugins do not speak to other processes",
        _ => "is not known here",
    }
}

impl Imported {
    /// Everything is brought over or left out with a line.
    fn read(&mut self, at: &[String], value: &Value) {
        let place: Vec<&str> = at.iter().map(String::as_str).collect();
        let read = match (place.as_slice(), value) {
            (["version"], _) => Ok(()),
            (["permissions", "storage", list @ ("allow" | "deny"), _], Value::Mapping(_)) => {
                self.file_rule(at, value, *list == "deny")
            }
            (["permissions", "network", list @ ("allow" | "deny"), _, "host"], Value::String(host)) => {
                self.http_rule(host, *list == "deny")
            }
            (["permissions", "resources", "memory"], _) => self.memory(value),
            (["permissions", "resources", "limits", "memory"], _) => self.memory(value),
            (_, Value::Null | Value::Mapping(_) | Value::Sequence(_)) => {
                let parts = parts(at, value);
                parts.iter().for_each(|(at, part)| self.read(at, part));
                if parts.is_empty() { Err("is empty".to_owned()) } else { Ok(()) }
            }
            (place, _) => Err(why(place).to_owned()),
        };
        if let Err(why) = read {
            let value = match value {
                Value::String(text) => format!(" {:?}", text.chars().take(200).collect::<String>()),
                Value::Number(number) => format!(" {number}"),
                Value::Bool(value) => format!(" {value}"),
                _ => String::new(),
            };
            self.left_out.push(format!("{}{value}: {why}", at.join(".").escape_debug()));
        }
    }

    /// What is denied without a clear access is denied for all of them.
    fn file_rule(&mut self, at: &[String], rule: &Value, deny: bool) -> Result<(), String> {
        let known = rule.get("access").and_then(|words| access(words, deny));
        let is_read = |name: &String| name == "uri" || name == "access" && known.is_some();
        for (at, part) in parts(at, rule) {
            if !at.last().is_some_and(is_read) {
                self.read(&at, part);
            }
        }
        let access = known.unwrap_or_else(|| FileAccess::ALL.into_iter().filter(|_| deny).collect());
        let uri = rule.get("uri").and_then(Value::as_str).ok_or("names no uri")?;
        let patterns = patterns(uri, deny)?;
        if access.is_empty() {
            return Err(format!("{uri:?} comes without access to it: read or write"));
        }
        let rule = |paths| FileRule { paths, access: access.clone(), verdict: deny.then_some(Verdict::Deny) };
        self.powers.files.extend(patterns.into_iter().map(rule));
        match deny || uri.contains('*') || uri.ends_with('/') {
            true => Ok(()),
            false => Err(format!("{uri:?} stands for itself here: name what is below a folder with /**")),
        }
    }

    /// Wassette does not tell methods apart.
    fn http_rule(&mut self, host: &str, deny: bool) -> Result<(), String> {
        let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].map(str::to_owned).into();
        let (hosts, paths) = (self.hosts(host, deny)?, pattern("**")?);
        let verdict = deny.then_some(Verdict::Deny);
        self.powers.http.push(HttpRule { hosts, methods, paths, query: false, private: false, verdict });
        Ok(())
    }

    fn hosts(&self, text: &str, deny: bool) -> Result<BTreeSet<HostPattern>, String> {
        let text = text.strip_suffix('/').unwrap_or(text);
        let mut hosts = BTreeSet::from([text.parse::<HostPattern>().map_err(|error| error.to_string())?]);
        let port = |host: &HostPattern| host.to_string().rsplit_once(':')?.1.parse::<u16>().ok();
        let ports = self.powers.http.iter().flat_map(|rule| &rule.hosts).filter_map(port);
        for end in ports.map(|port| format!(":{port}")).chain([String::new()]).filter(|_| deny) {
            // A text that has a scheme or a port is no host with a second one.
            hosts.extend(format!("{text}{end}").parse::<HostPattern>().ok());
            hosts.extend(format!("http://{text}{end}").parse::<HostPattern>().ok());
        }
        Ok(hosts)
    }

    /// Of two limits the lower one holds.
    fn memory(&mut self, value: &Value) -> Result<(), String> {
        let mib = mebibytes(value).ok_or("is no amount of memory")?;
        let limit = self.powers.limits.memory_mib.get_or_insert(mib);
        *limit = mib.min(*limit);
        Ok(())
    }
}

/// Sorted by name, so that `allow` comes before `deny`, which looks at it.
fn parts<'a>(at: &[String], value: &'a Value) -> Vec<(Vec<String>, &'a Value)> {
    let below = |name: String| at.iter().cloned().chain([name]).collect::<Vec<String>>();
    let name = |key: &Value| if let Value::String(name) = key { name.clone() } else { format!("{key:?}") };
    match value {
        Value::Sequence(items) => {
            (0..).zip(items).map(|(n, item)| (below(u64::to_string(&n)), item)).collect()
        }
        Value::Mapping(fields) => {
            let mut parts: Vec<_> = fields.iter().map(|(key, part)| (below(name(key)), part)).collect();
            parts.sort_by(|(one, _), (other, _)| one.cmp(other));
            parts
        }
        _ => Vec::new(),
    }
}

fn access(words: &Value, deny: bool) -> Option<BTreeSet<FileAccess>> {
    let mut access: BTreeSet<FileAccess> = BTreeSet::new();
    for word in words.as_sequence()? {
        access.extend(match word.as_str()? {
            "read" => vec![FileAccess::Read],
            "write" if deny => vec![FileAccess::Create, FileAccess::Modify, FileAccess::Delete],
            "write" => vec![FileAccess::Create, FileAccess::Modify],
            _ => return None,
        });
    }
    Some(access).filter(|access| !access.is_empty())
}

/// The paths of a URI; where they are denied, with everything below them.
fn patterns(uri: &str, deny: bool) -> Result<Vec<PathPattern>, String> {
    let (scheme, path) = uri.split_once("://").unwrap_or(("fs", uri));
    let is_outside = path.starts_with(['/', '~', '$']) || path.split('/').any(|part| part == "..");
    if scheme != "fs" || is_outside {
        return Err(format!("{uri:?} is outside: a plugin sees its coworkspace and nothing else"));
    }
    // Wassette knows `*` and `**` alone. What else is special here is an ordinary character there.
    let literal = |c: char| r"?[]{}\".contains(c).then_some('\\').into_iter().chain([c]);
    let text: String = path.strip_prefix("./").unwrap_or(path).chars().flat_map(literal).collect();
    let text = text.strip_suffix('/').map(|folder| format!("{folder}/**")).unwrap_or(text);
    let below = (deny && !text.ends_with("/**")).then(|| format!("{text}/**"));
    [text].iter().chain(&below).map(|text| pattern(text)).collect()
}

fn pattern(text: &str) -> Result<PathPattern, String> {
    text.parse().map_err(|error: InvalidPathPattern| error.to_string())
}

/// Rounded up. As in Wassette a text without a unit is in bytes, a number in MiB, and zero is no limit.
fn mebibytes(value: &Value) -> Option<u64> {
    let Some(text) = value.as_str() else { return value.as_u64().filter(|mib| *mib > 0) };
    let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let (base, unit) = match unit.strip_suffix('i') {
        Some(unit) if !unit.is_empty() => (1024_u64, unit),
        _ => (1000, unit),
    };
    let (power, _) = (0..).zip(["", "K", "M", "G", "T"]).find(|(_, known)| *known == unit)?;
    let bytes = digits.parse::<u64>().ok()?.checked_mul(base.pow(power))?;
    Some(bytes.div_ceil(1 << 20)).filter(|mib| *mib > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_policy_becomes_powers_and_a_list_of_what_is_left_out() {
        let policy = r#"
version: "1.0"
permissions:
  storage:
    allow: [{uri: "fs://workspace/**", access: [read, write]}, {uri: fs://a.txt, access: [read, run]}]
    deny: [{uri: "fs://secrets/**", access: [write]}]
  network:
    allow: [{host: "https://a.com/"}, {host: "*.b.com:8443"}, {host: "*"}, {cidr: 10.0.0.0/8}]
    deny: [{host: x.b.com}]
  environment: {allow: [{key: API_KEY}]}
  resources: {limits: {cpu: 500m, memory: 512Mi}, memory: lots}
  runtime: {docker: {security: {privileged: false}}}
  clocks: {}"#;
        let imported = import_wassette(policy).expect("a policy");
        let http = "http DELETE GET HEAD OPTIONS PATCH POST PUT";
        let lines = [
            "files workspace/**: read, create, modify",
            "files secrets/**: create, modify, delete (never)",
            &format!("{http} a.com/**"),
            &format!("{http} *.b.com:8443/**"),
            &format!("{http} */**"),
            &format!("{http} x.b.com x.b.com:8443 http://x.b.com http://x.b.com:8443/** (never)"),
            "limit memory_mib 512",
        ];
        assert_eq!(imported.powers.lines(), BTreeSet::from(lines.map(str::to_owned)));
        let places = imported.left_out.iter().filter_map(|line| line.split(": ").next());
        let places = places.collect::<Vec<&str>>().join(" ").replace("permissions.", "").replace('"', "");
        let expected = "clocks environment.allow.0.key API_KEY \
            network.allow.3.cidr 10.0.0.0/8 resources.limits.cpu 500m resources.memory lots \
            runtime.docker.security.privileged false storage.allow.1.access.0 read \
            storage.allow.1.access.1 run storage.allow.1 storage";
        assert_eq!(places, expected);
    }

    #[test]
    fn paths_stay_as_they_are_and_never_lead_outside() {
        let text = |uri: &str, deny| {
            patterns(uri, deny).map(|all| all.iter().map(|one| format!("{one} ")).collect::<String>())
        };
        for (uri, path) in [("fs://out/", "out/** "), ("./a", "a "), ("fs://[x]/{y}?", r"\[x\]/\{y\}\? ")] {
            assert_eq!(text(uri, false), Ok(path.to_owned()));
        }
        assert_eq!(text("fs://a", true), Ok("a a/** ".to_owned()));
        for uri in "fs:///etc/** /etc fs://.. fs://a/../b fs://$(pwd)/a http://a fs:// a//b".split(' ') {
            assert!(text(uri, false).is_err(), "{uri}");
        }
    }

    #[test]
    fn memory_is_rounded_up() {
        let mib = |text: &str| mebibytes(&text.into()).unwrap_or_default();
        assert_eq!(["512Mi", "1Gi", "1Ki", "1048577", "2G"].map(mib), [512, 1024, 1, 2, 1908]);
        assert_eq!(["", "0", "Mi", "5i", "-1Mi", "1.5Gi", "99999999Ti", "100m"].map(mib), [0; 8]);
        assert_eq!((mebibytes(&512_u64.into()), mebibytes(&(-1_i64).into())), (Some(512), None));
    }

    #[test]
    fn other_versions_are_refused() {
        for text in ["", "[]", "permissions: {}", "version: '2.0'", "version: 1", "version: ["] {
            assert!(import_wassette(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics_and_nothing_may_be_deleted(
            text in "\\PC{0,40}|([a-z]{1,3}: ?|[\\[\\]{},&*!'-]|\n *){0,20}", uri in "[a-z*./?{}$]{0,12}",
            words in "((read|write|x)(, )?){0,3}", list in "allow|deny",
        ) {
            let rule = format!("{{{list}: [{{uri: '{uri}', access: [{words}]}}]}}");
            for part in [&rule, &text] {
                let yaml = format!("version: '1.0'\npermissions:\n  network: {part}\n  storage: {part}");
                let files = import_wassette(&yaml).map(|imported| imported.powers.files).unwrap_or_default();
                let deletes = |rule: &&FileRule| rule.access.contains(&FileAccess::Delete);
                prop_assert!(files.iter().filter(deletes).all(|rule| rule.verdict == Some(Verdict::Deny)));
            }
        }
    }
}
