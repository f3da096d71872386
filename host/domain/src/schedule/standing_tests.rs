use super::*;
use crate::PermissionMode;
use crate::change_set::ChangeKind;
use crate::coworkspace::EntryKind;
use crate::policy::{Circumstances, Verdict, effect_of, judge};
use chrono::Duration;
use proptest::prelude::*;
use std::collections::BTreeSet;

const ALL: [Effect; 8] = [
    Effect::Read,
    Effect::Create,
    Effect::Modify,
    Effect::ModifyOwn,
    Effect::Delete,
    Effect::HttpRead,
    Effect::HttpWrite { named: true },
    Effect::Host,
];

fn standing(effects: &[Effect], folder: &str) -> StandingApproval {
    let effects: BTreeSet<Effect> = effects.iter().copied().collect();
    let given_at = Timestamp::UNIX_EPOCH;
    StandingApproval {
        id: StandingApprovalId::new(),
        schedule_id: ScheduleId::new(),
        kind: AllowedKind { tool: "t".to_owned(), effects, folder: folder.to_owned() },
        given_by: "local".to_owned(),
        given_at,
        expires_at: given_at + Duration::days(STANDING_DAYS.into()),
        revoked_at: None,
    }
}

fn change(kind: ChangeKind, path: &str) -> Change {
    let entry = EntryKind::File;
    Change { path: path.to_owned(), kind, entry, before: None, after: None, media_type: None, own: false }
}

#[test]
fn it_counts_from_when_it_is_given_until_it_expires_or_is_taken_back() {
    let given = standing(&[Effect::Modify], "files/");
    let day = |days| given.given_at + Duration::days(days);
    let covers = |given: &StandingApproval, days| {
        given.covers("t", Effect::Modify, &change(ChangeKind::Modified, "files/a"), day(days))
    };
    assert!(covers(&given, 0) && covers(&given, 89) && !covers(&given, 90));
    let revoked = StandingApproval { revoked_at: Some(day(1)), ..given.clone() };
    assert!(!covers(&revoked, 2));
}

#[test]
fn what_is_not_for_this_is_refused() {
    let refused = |effects: &[Effect], folder| check_standing(&standing(effects, folder).kind).is_err();
    assert!(refused(&[Effect::Modify, Effect::Delete], "files/"));
    assert!(refused(&[Effect::HttpWrite { named: true }], ""));
    assert!(refused(&[], "files/"));
    for folder in ["files", "/", "/files/", "../", "files/../", ".cowork/"] {
        assert!(refused(&[Effect::Modify], folder), "{folder}");
    }
    assert!(!refused(&[Effect::Create, Effect::Modify, Effect::ModifyOwn], "files/reports/"));
}

fn any_kind() -> impl Strategy<Value = ChangeKind> {
    prop_oneof![
        Just(ChangeKind::Created),
        Just(ChangeKind::Modified),
        Just(ChangeKind::Moved { from: "files/x".to_owned() }),
        Just(ChangeKind::Deleted),
        Just(ChangeKind::Touched),
    ]
}

proptest! {
    #[test]
    fn no_standing_approval_lets_a_deletion_pass(
        effects in proptest::sample::subsequence(&ALL[..], 0..ALL.len()),
        folder in proptest::sample::select(&["", "files/"][..]),
        kind in any_kind(), effect in proptest::sample::select(&ALL[..]),
        autonomous in any::<bool>(), days in 0_i64..90
    ) {
        let given = standing(&effects, folder);
        let now = given.given_at + Duration::days(days);
        let mode = if autonomous { PermissionMode::ActAutonomously } else { PermissionMode::AskBefore };
        let deletion = change(ChangeKind::Deleted, "files/a");
        for (effect, change) in [(effect, change(kind, "files/a")), (effect_of(&deletion), deletion)] {
            let remembered = given.covers("t", effect, &change, now);
            if effect == Effect::Delete {
                prop_assert!(!remembered);
                let under = Circumstances { mode, grant: None, remembered, tainted: false };
                prop_assert_ne!(judge(effect, under), Verdict::Allow);
            }
        }
    }
}
