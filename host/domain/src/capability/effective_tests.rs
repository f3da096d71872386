use super::super::{FileRule, PathPattern};
use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn rule(paths: &str, access: &[FileAccess], verdict: Option<Verdict>) -> FileRule {
    FileRule { paths: paths.parse().expect(paths), access: access.iter().copied().collect(), verdict }
}

fn files(rules: impl IntoIterator<Item = FileRule>) -> Powers {
    Powers { files: rules.into_iter().collect(), ..Powers::default() }
}

fn of(manifest: Powers, grant: Powers) -> Effective {
    let manifest = Arc::new(manifest);
    Effective::default().limited_by(Layer::Manifest, manifest).granted_by(Arc::new(LiveGrant::new(grant)))
}

#[test]
fn what_is_not_asked_for_or_not_given_is_denied_and_it_is_said_by_whom() {
    let asked = files([rule("files/**", &[FileAccess::Read], None)]);
    let given = files([rule("**", &FileAccess::ALL, None)]);
    let both = of(asked.clone(), given.clone());
    assert_eq!(both.file(Path::new("files/a"), FileAccess::Read).verdict, None);
    let denied = both.file(Path::new("output/a"), FileAccess::Read);
    assert_eq!((denied.verdict, denied.layer, denied.rule), (Some(Verdict::Deny), Layer::Manifest, None));
    assert!(both.file(Path::new("files/a"), FileAccess::Modify).is_denied());
    assert_eq!(of(given, asked).file(Path::new("output/a"), FileAccess::Read).layer, Layer::Grant);
    assert!(of(Powers::all_files(), Powers::default()).file(Path::new("a"), FileAccess::Read).is_denied());
}

#[test]
fn a_rule_that_denies_beats_those_that_give() {
    let given = files([
        rule("**", &FileAccess::ALL, None),
        rule("files/secret/**", &FileAccess::ALL, Some(Verdict::Deny)),
    ]);
    let both = of(Powers::all_files(), given);
    assert!(both.file(Path::new("files/secret/a"), FileAccess::Read).is_denied());
    assert!(!both.file(Path::new("files/a"), FileAccess::Read).is_denied());
    assert!(!both.has_all_files() && !both.covers_below(Path::new("files"), FileAccess::Read));
}

#[test]
fn a_grant_that_changes_counts_at_once() {
    let grant = Arc::new(LiveGrant::new(Powers::all_files()));
    let both = Effective::default().granted_by(Arc::clone(&grant));
    let version = both.version();
    assert!(both.has_all_files());
    grant.set(Powers::default());
    assert!(both.file(Path::new("a"), FileAccess::Read).is_denied());
    assert_ne!(both.version(), version);
}

#[test]
fn only_a_grant_says_that_something_is_always_done() {
    let always = files([rule("**", &FileAccess::ALL, Some(Verdict::Allow))]);
    assert_eq!(
        of(always.clone(), Powers::all_files()).file(Path::new("a"), FileAccess::Modify).verdict,
        None
    );
    let granted = of(Powers::all_files(), always).file(Path::new("a"), FileAccess::Modify);
    assert_eq!(granted.verdict, Some(Verdict::Allow));
}

#[test]
fn a_grant_sets_limits_and_the_others_lower_them() {
    let limit = |mib| Powers {
        limits: super::super::LimitRules { memory_mib: Some(mib), ..Default::default() },
        ..Powers::default()
    };
    let both = of(limit(256), Powers::default());
    assert_eq!(both.limit("memory_mib", 512, 2048), 256);
    assert_eq!(of(limit(4096), limit(1024)).limit("memory_mib", 512, 2048), 1024);
    assert_eq!(of(limit(4096), limit(4096)).limit("memory_mib", 512, 2048), 2048);
    let task = of(limit(4096), limit(1024)).limited_by(Layer::Task, Arc::new(limit(64)));
    assert_eq!(task.limit("memory_mib", 512, 2048), 64);
}

#[test]
fn a_grant_chooses_settings_that_the_manifest_has() {
    let with = |settings: &[(&str, &str)]| Powers {
        settings: settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        ..Powers::default()
    };
    let manifest = with(&[("provider", "none"), ("robots", "respect")]);
    let effective = of(manifest, with(&[("provider", "searxng"), ("stranger", "x")]));
    let task = Arc::new(with(&[("robots", "ignore")]));
    let settings = effective.limited_by(Layer::Task, task).settings();
    let settings: Vec<(&str, &str)> =
        settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(settings, [("provider", "searxng"), ("robots", "respect")]);
}

fn any_pattern() -> impl Strategy<Value = PathPattern> {
    prop_oneof![Just("**"), Just("files/**"), Just("files/*"), Just("output/a"), Just("*/a")]
        .prop_map(|text| text.parse().expect("a pattern"))
}

fn any_powers() -> impl Strategy<Value = Powers> {
    let verdict = prop_oneof![
        Just(None),
        Just(Some(Verdict::Allow)),
        Just(Some(Verdict::Ask)),
        Just(Some(Verdict::Deny))
    ];
    let access = proptest::collection::btree_set(proptest::sample::select(FileAccess::ALL.to_vec()), 0..4);
    let rule = (any_pattern(), access, verdict).prop_map(|(paths, access, verdict)| FileRule {
        paths,
        access,
        verdict,
    });
    proptest::collection::vec(rule, 0..4).prop_map(files)
}

/// How hard a ruling is: what a mode says lies between allowing and asking.
fn hardness(verdict: Option<Verdict>) -> u8 {
    match verdict {
        Some(Verdict::Allow) => 0,
        None => 1,
        Some(Verdict::Ask) => 2,
        Some(Verdict::Deny) => 3,
    }
}

proptest! {
    #[test]
    fn one_more_limit_never_widens(
        manifest in any_powers(), grant in any_powers(), task in any_powers(),
        path in prop_oneof![Just("files/a"), Just("output/a"), Just("files/b/c"), Just("x")],
        access in proptest::sample::select(FileAccess::ALL.to_vec())
    ) {
        let both = of(manifest, grant);
        let three = both.clone().limited_by(Layer::Task, Arc::new(task));
        let (before, after) = (both.file(Path::new(path), access), three.file(Path::new(path), access));
        prop_assert!(hardness(after.verdict) >= hardness(before.verdict));
    }

    #[test]
    fn a_rule_less_never_gives_what_was_denied(grant in any_powers(), at in 0_usize..4, path in "(files|output)/[ab]") {
        let denies = |powers: &Powers| of(Powers::all_files(), powers.clone()).file(Path::new(&path), FileAccess::Read).is_denied();
        let mut less = grant.clone();
        if at < less.files.len() && less.files[at].verdict != Some(Verdict::Deny) {
            less.files.remove(at);
            prop_assert!(denies(&less) || !denies(&grant));
        }
    }

    #[test]
    fn powers_are_json_and_come_back(powers in any_powers()) {
        let json = serde_json::to_string(&powers).expect("JSON");
        prop_assert_eq!(serde_json::from_str::<Powers>(&json).expect("powers"), powers);
    }
}

#[test]
fn a_manifest_is_toml_and_names_nothing_unknown() {
    let lines: BTreeSet<String> = toml::from_str::<Powers>(
        "interfaces = [\"cowork:host/plan\"]\n[[files]]\npaths = \"files/**\"\naccess = [\"read\"]\n\
         [[http]]\nhosts = [\"*.example.com\"]\n[limits]\nmemory_mib = 64\n",
    )
    .expect("powers")
    .lines();
    insta::assert_debug_snapshot!(lines, @r#"
    {
        "files files/**: read",
        "http GET HEAD *.example.com/**",
        "interface cowork:host/plan",
        "limit memory_mib 64",
    }
    "#);
    assert!(toml::from_str::<Powers>("[[files]]\npaths = \"**\"\nacess = [\"read\"]\n").is_err());
}
