//! What is done, asked about or refused. Pure: the same effect under the same circumstances has the same verdict.

use crate::PermissionMode;
use crate::change_set::{Change, ChangeKind, ChangeSet};
use crate::coworkspace::EntryKind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// What a call does to the world, as a policy sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// A file is read, a folder listed or made.
    Read,
    /// A file is made where nothing was.
    Create,
    /// The content of a file is changed, or the file is moved, that was there before the task; times and links.
    Modify,
    /// The same with content that the task made itself.
    ModifyOwn,
    /// Something is gone, or a file that had content is empty.
    Delete,
    /// A request that only asks, to a granted host.
    HttpRead,
    /// A request that changes something, to a granted host.
    HttpWrite {
        /// The host is named by the outcome or by the person's words.
        named: bool,
    },
    /// A granted interface of the host: spawn, message, remember, deliver.
    Host,
}

/// What a policy says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is done.
    Allow,
    /// A person is asked about exactly this.
    Ask,
    /// It is not done.
    Deny,
}

/// Under which circumstances an effect is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Circumstances {
    /// When the person wants to be asked.
    pub mode: PermissionMode,
    /// What the grant says of this effect; none leaves it to the mode.
    pub grant: Option<Verdict>,
    /// A person has allowed this kind for the task.
    pub remembered: bool,
    /// The context has read text that may come from strangers.
    pub tainted: bool,
}

/// Judges one effect. Deny beats ask beats allow; nothing lets a deletion pass without a question.
pub fn judge(effect: Effect, under: Circumstances) -> Verdict {
    let by_mode = match (effect, under.mode) {
        (Effect::Read | Effect::Create | Effect::ModifyOwn | Effect::HttpRead | Effect::Host, _) => {
            Verdict::Allow
        }
        (Effect::Modify, PermissionMode::ActAutonomously) => Verdict::Allow,
        (Effect::HttpWrite { named }, PermissionMode::ActAutonomously) if named || !under.tainted => {
            Verdict::Allow
        }
        (Effect::Modify | Effect::HttpWrite { .. }, _) => Verdict::Ask,
        (Effect::Delete, _) => return under.grant.map_or(Verdict::Ask, |grant| grant.max(Verdict::Ask)),
    };
    match under.grant.unwrap_or(by_mode) {
        Verdict::Ask if under.remembered => Verdict::Allow,
        verdict => verdict,
    }
}

/// The effect of one change.
pub fn effect_of(change: &Change) -> Effect {
    let emptied = || {
        change.before.is_some_and(|before| before.size > 0)
            && change.after.is_some_and(|after| after.size == 0)
    };
    match (&change.kind, change.entry) {
        (ChangeKind::Deleted, _) => Effect::Delete,
        (ChangeKind::Modified | ChangeKind::Moved { .. }, _) if emptied() => Effect::Delete,
        // Guests cannot write there: the host did, for an interface that was granted.
        _ if crate::memory::holds(&change.path) => Effect::Host,
        (ChangeKind::Created, EntryKind::Directory) => Effect::Read,
        (ChangeKind::Created, EntryKind::Link) if change.own => Effect::ModifyOwn,
        (ChangeKind::Created, EntryKind::Link) => Effect::Modify,
        (ChangeKind::Created, _) => Effect::Create,
        (ChangeKind::Modified | ChangeKind::Moved { .. } | ChangeKind::Touched, _) if change.own => {
            Effect::ModifyOwn
        }
        (ChangeKind::Modified | ChangeKind::Moved { .. } | ChangeKind::Touched, _) => Effect::Modify,
    }
}

/// A kind of changes that a person allows for the rest of a task: these effects, by this tool, in this folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowedKind {
    /// The tool.
    pub tool: String,
    /// What it may do. Never a deletion.
    pub effects: BTreeSet<Effect>,
    /// Where: paths below this folder, which ends with `/`; empty is everywhere.
    pub folder: String,
}

impl fmt::Display for AllowedKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let effects: Vec<&str> = self.effects.iter().map(|effect| effect.words()).collect();
        write!(f, "{} may {} in {}**", self.tool, effects.join(" and "), self.folder)
    }
}

impl Effect {
    fn words(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Create => "make files",
            Self::Modify => "change and move files",
            Self::ModifyOwn => "change and move what the task made",
            Self::Delete => "delete",
            Self::HttpRead => "ask hosts",
            Self::HttpWrite { .. } => "send to hosts",
            Self::Host => "use the host",
        }
    }
}

impl AllowedKind {
    /// The narrowest kind that covers what a person would be asked about. None where something is deleted: that is
    /// asked about each time.
    pub fn of(tool: &str, set: &ChangeSet) -> Option<Self> {
        let is_asked = |change: &&Change| matches!(effect_of(change), Effect::Modify | Effect::Delete);
        let asked: Vec<&Change> = set.changes().iter().filter(is_asked).collect();
        let effects: BTreeSet<Effect> = asked.iter().map(|change| effect_of(change)).collect();
        if effects.is_empty() || effects.contains(&Effect::Delete) {
            return None;
        }
        let paths: Vec<&str> = asked.iter().flat_map(|change| places(change)).collect();
        Some(Self { tool: tool.to_owned(), effects, folder: common_folder(&paths) })
    }

    /// Whether it covers a change by a tool.
    pub fn covers(&self, tool: &str, effect: Effect, change: &Change) -> bool {
        self.tool == tool
            && effect != Effect::Delete
            && self.effects.contains(&effect)
            && places(change).all(|path| path.starts_with(&self.folder))
    }
}

/// Every path that a change touches.
fn places(change: &Change) -> impl Iterator<Item = &str> {
    let from = match &change.kind {
        ChangeKind::Moved { from } => Some(from.as_str()),
        _ => None,
    };
    std::iter::once(change.path.as_str()).chain(from)
}

/// The deepest folder that holds all paths, with its slash.
fn common_folder(paths: &[&str]) -> String {
    let Some(first) = paths.first() else { return String::new() };
    let end = |folder: &str| folder.rfind('/').map_or(0, |slash| slash + 1);
    let mut folder = &first[..end(first)];
    while !paths.iter().all(|path| path.starts_with(folder)) {
        folder = &folder[..end(folder.trim_end_matches('/'))];
    }
    folder.to_owned()
}

/// The verdict over a whole change set: the hardest of all its changes.
pub fn judge_changes(set: &ChangeSet, under: impl Fn(Effect, &Change) -> Circumstances) -> Verdict {
    let verdicts = set.changes().iter().map(|change| {
        let effect = effect_of(change);
        judge(effect, under(effect, change))
    });
    verdicts.max().unwrap_or(Verdict::Allow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change_set::{Content, Hash};
    use proptest::prelude::*;

    fn any_effect() -> impl Strategy<Value = Effect> {
        prop_oneof![
            Just(Effect::Read),
            Just(Effect::Create),
            Just(Effect::Modify),
            Just(Effect::ModifyOwn),
            Just(Effect::Delete),
            Just(Effect::HttpRead),
            any::<bool>().prop_map(|named| Effect::HttpWrite { named }),
            Just(Effect::Host),
        ]
    }

    fn any_verdict() -> impl Strategy<Value = Option<Verdict>> {
        prop_oneof![
            Just(None),
            Just(Some(Verdict::Allow)),
            Just(Some(Verdict::Ask)),
            Just(Some(Verdict::Deny))
        ]
    }

    fn any_circumstances() -> impl Strategy<Value = Circumstances> {
        let mode = prop_oneof![Just(PermissionMode::AskBefore), Just(PermissionMode::ActAutonomously)];
        (mode, any_verdict(), any::<bool>(), any::<bool>())
            .prop_map(|(mode, grant, remembered, tainted)| Circumstances { mode, grant, remembered, tainted })
    }

    proptest! {
        #[test]
        fn deletion_is_never_allowed_without_a_question(under in any_circumstances()) {
            prop_assert_ne!(judge(Effect::Delete, under), Verdict::Allow);
        }

        #[test]
        fn a_denying_grant_always_wins(effect in any_effect(), under in any_circumstances()) {
            let under = Circumstances { grant: Some(Verdict::Deny), ..under };
            prop_assert_eq!(judge(effect, under), Verdict::Deny);
        }

        #[test]
        fn a_narrower_grant_never_widens_the_outcome(
            effect in any_effect(), under in any_circumstances(), a in any_verdict(), b in any_verdict()
        ) {
            let (Some(a), Some(b)) = (a, b) else { return Ok(()) };
            let verdict = |grant| judge(effect, Circumstances { grant: Some(grant), ..under });
            prop_assert!(verdict(a.max(b)) >= verdict(a.min(b)));
        }

        #[test]
        fn asking_mode_asks_at_least_what_the_other_asks(effect in any_effect(), under in any_circumstances()) {
            let verdict = |mode| judge(effect, Circumstances { mode, ..under });
            prop_assert!(verdict(PermissionMode::AskBefore) >= verdict(PermissionMode::ActAutonomously));
        }

        #[test]
        fn taint_never_widens(effect in any_effect(), under in any_circumstances()) {
            let verdict = |tainted| judge(effect, Circumstances { tainted, ..under });
            prop_assert!(verdict(true) >= verdict(false));
        }
    }

    fn moved(from: &str, path: &str) -> Change {
        Change {
            path: path.to_owned(),
            kind: ChangeKind::Moved { from: from.to_owned() },
            entry: crate::coworkspace::EntryKind::File,
            before: None,
            after: None,
            media_type: None,
            own: false,
        }
    }

    #[test]
    fn a_kind_is_as_narrow_as_what_it_was_asked_about() {
        let set = ChangeSet::new(vec![moved("files/a/x", "files/b/x"), moved("files/a/y", "files/b/y")]);
        let kind = AllowedKind::of("mover", &set).expect("a kind");
        assert_eq!(kind.folder, "files/");
        assert_eq!(kind.to_string(), "mover may change and move files in files/**");
        assert!(kind.covers("mover", Effect::Modify, &moved("files/c", "files/d")));
        assert!(!kind.covers("mover", Effect::Modify, &moved("files/c", "output/c")));
        assert!(!kind.covers("shell", Effect::Modify, &moved("files/c", "files/d")));
    }

    #[test]
    fn a_deletion_is_of_no_kind() {
        let deleted = Change { kind: ChangeKind::Deleted, ..moved("", "files/a") };
        let set = ChangeSet::new(vec![moved("files/b", "files/c"), deleted.clone()]);
        assert_eq!(AllowedKind::of("remover", &set), None);
        let kind = AllowedKind {
            tool: "t".to_owned(),
            effects: BTreeSet::from([Effect::Delete]),
            folder: String::new(),
        };
        assert!(!kind.covers("t", Effect::Delete, &deleted));
    }

    #[test]
    fn a_file_that_is_left_empty_is_deleted() {
        let content = |bytes: &[u8]| Some(Content { size: bytes.len() as u64, hash: Hash::of(bytes) });
        let change = Change {
            path: "a".to_owned(),
            kind: ChangeKind::Modified,
            entry: EntryKind::File,
            before: content(b"x"),
            after: content(b""),
            media_type: None,
            own: false,
        };
        assert_eq!(effect_of(&change), Effect::Delete);
        let was_empty = Change { before: content(b""), ..change };
        assert_eq!(effect_of(&was_empty), Effect::Modify);
    }
}
