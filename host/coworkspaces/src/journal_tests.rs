use super::*;
use cap_std::ambient_authority;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn coworkspace() -> (tempfile::TempDir, Dir) {
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let dir = Dir::open_ambient_dir(temporary.path(), ambient_authority()).expect("a handle");
    dir.create_dir("files").expect("files/");
    for i in 0..4 {
        dir.write(format!("files/{i}"), format!("content {i}")).expect("a file");
    }
    (temporary, dir)
}

fn content(dir: &Dir) -> BTreeMap<String, String> {
    let files = dir.read_dir("files").expect("files/");
    files
        .map(|entry| {
            let name = entry.expect("an entry").file_name().into_string().expect("UTF-8");
            let text = dir.read_to_string(format!("files/{name}")).unwrap_or_else(|_| "folder".to_owned());
            (name, text)
        })
        .collect()
}

/// Does what a guest would do, the journal always first. Impossible steps are skipped.
fn act(dir: &Dir, journal: &mut Journal, (kind, a, b): (u8, u8, u8)) -> io::Result<()> {
    let from = PathBuf::from(format!("files/{a}"));
    let to = PathBuf::from(format!("files/{b}"));
    match kind {
        0 if !dir.exists(&from) => {
            journal.creates(&from)?;
            dir.write(&from, "new")
        }
        1 if !dir.exists(&from) => {
            journal.creates(&from)?;
            dir.create_dir(&from)
        }
        2 if dir.is_file(&from) => {
            journal.modifies(&from)?;
            dir.write(&from, format!("changed {b}"))
        }
        3 if dir.exists(&from) && !dir.exists(&to) => {
            journal.moves(&from, &to)?;
            dir.rename(&from, dir, &to)
        }
        _ => Ok(()),
    }
}

proptest! {
    #[test]
    fn a_rollback_leaves_what_was_there_before(steps in proptest::collection::vec((0u8..4, 0u8..8, 0u8..8), 0..20)) {
        let (_temporary, dir) = coworkspace();
        let before = content(&dir);
        let mut journal = Journal::new(&dir, CallId::new()).expect("a journal");
        for step in steps {
            act(&dir, &mut journal, step).expect("a step");
        }
        journal.roll_back().expect("a rollback");
        prop_assert_eq!(content(&dir), before);
    }
}

#[test]
fn recovery_keeps_final_calls_and_takes_back_the_others() {
    let (_temporary, dir) = coworkspace();
    let (kept, lost) = (CallId::new(), CallId::new());
    for (call, file) in [(kept, "files/kept"), (lost, "files/lost")] {
        let mut journal = Journal::new(&dir, call).expect("a journal");
        journal.creates(Path::new(file)).expect("a line");
        dir.write(file, "new").expect("a file");
    }
    let recovered = Journal::recover(&dir, |call| call == kept).expect("a recovery");
    assert_eq!(recovered, [Recovered { call: lost, changes: 1 }]);
    assert!(dir.exists("files/kept") && !dir.exists("files/lost"));
    assert!(Journal::recover(&dir, |_| false).expect("again").is_empty(), "nothing is left to recover");
}

#[test]
fn a_torn_line_is_a_change_that_did_not_happen() {
    let (_temporary, dir) = coworkspace();
    let call = CallId::new();
    let mut journal = Journal::new(&dir, call).expect("a journal");
    journal.moves(Path::new("files/0"), Path::new("files/9")).expect("a line");
    journal.lines.as_mut().expect("open").write_all(b"{\"created\":{\"pa").expect("half a line");
    drop(journal);
    dir.rename("files/0", &dir, "files/9").expect("a rename");
    assert_eq!(Journal::recover(&dir, |_| false).expect("a recovery"), [Recovered { call, changes: 1 }]);
    assert!(dir.exists("files/0"));
}
