//! `kill -9` of the host at random moments of the demo's task: it ends as if nothing had happened.

use cowork_domain::Durability;
use cowork_domain::budget::RequestStatus;
use cowork_domain::checkpoint::Checkpoint;
use cowork_domain::event::Event;
use cowork_store::Store;
use cowork_tests::{Program, files_under};
use futures::future::join_all;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::OnceCell;

/// What a task leaves behind.
#[derive(Debug, PartialEq)]
pub(super) struct End {
    files: BTreeMap<PathBuf, String>,
    turns: Vec<u32>,
    progress: BTreeMap<String, String>,
    calls: Vec<(String, bool)>,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (turns, calls, files) = (self.turns.len(), self.calls.len(), self.files.len());
        write!(f, "{turns} turns, {calls} calls, {files} files")
    }
}

/// Runs the demo's task that often at once, each in a coworkspace of its own, killing the host that many times.
async fn run(tasks: usize, kills: u32, seed: u64) -> (Vec<End>, u32) {
    let mut random = StdRng::seed_from_u64(seed);
    let dir = tempfile::tempdir().expect("a folder");
    let mut program = Program::start(dir.path()).await;
    let slugs: Vec<_> = (0..tasks).map(|number| format!("downloads-{number}")).collect();
    let ids: Vec<_> = join_all(slugs.iter().map(|slug| program.begin_demo_in(slug))).await;
    let mut killed = 0;
    while killed < kills {
        // One task alone takes about a second and a half; the moments lie all over it.
        let moment = Duration::from_millis(random.random_range(5..250));
        let ended = join_all(ids.iter().map(|id| program.ends_within(id, moment))).await;
        if ended.into_iter().all(|ended| ended) {
            break;
        }
        program.kill().await;
        killed += 1;
        program = Program::start(dir.path()).await;
    }
    let mut ends = Vec::new();
    for id in &ids {
        program.wait_for_end(id).await;
    }
    program.kill().await;
    for (slug, id) in slugs.iter().zip(&ids) {
        ends.push(end(dir.path(), slug, id).await);
    }
    (ends, killed)
}

/// What the task leaves behind that nobody kills.
async fn undisturbed() -> &'static End {
    static END: OnceCell<End> = OnceCell::const_new();
    END.get_or_init(|| async { run(1, 0, 0).await.0.remove(0) }).await
}

pub(super) async fn end(dir: &Path, slug: &str, id: &str) -> End {
    let store = Store::open(&dir.join("cowork.db"), Durability::default()).await.expect("the database");
    let id = id.parse().expect("an id");
    let checkpoints = store.checkpoints(id).await.expect("checkpoints");
    let events = store.events(id, 0, 10_000).await.expect("events");
    let root = dir.join("coworkspaces").join(slug);
    let hash = |file: &PathBuf| blake3::hash(&std::fs::read(file).expect("a file")).to_string();
    let files = files_under(&root).into_iter().filter(|file| !file.starts_with(root.join(".cowork")));
    // A workbook holds the time at which it was made: it is compared by what is in it elsewhere. A memory tells it.
    let same = |file: &PathBuf| match file.extension().and_then(|extension| extension.to_str()) {
        Some("xlsx") => String::new(),
        _ if file.starts_with(root.join(".memory")) => without_time(file),
        _ => hash(file),
    };
    let requests = store.model_requests(id).await.expect("requests");
    assert!(requests.iter().all(|request| request.status != RequestStatus::Sent), "nobody asks any more");
    let mut answered: Vec<_> = requests.iter().filter_map(|request| request.turn).collect();
    answered.sort_unstable();
    let turns: Vec<_> = checkpoints.iter().map(|checkpoint| checkpoint.turn).collect();
    assert_eq!(answered, turns, "each turn is on the account once");
    let mut calls: Vec<_> = events.iter().filter_map(finished).collect();
    // Agents work side by side: who is first is chance.
    calls.sort();
    assert!(files_under(&root.join(".cowork/calls")).is_empty(), "no journal is left");
    End {
        files: files.map(|file| (file.strip_prefix(&root).expect("below").to_owned(), same(&file))).collect(),
        turns,
        progress: checkpoints.last().map(progress).unwrap_or_default(),
        calls,
    }
}

fn without_time(memory: &Path) -> String {
    let text = std::fs::read_to_string(memory).expect("a memory");
    text.lines().filter(|line| !line.starts_with("time: ")).collect::<Vec<_>>().join("\n")
}

/// Moments of a rewind: before it is decided, and while it is carried out.
const REWIND_LABELS: [&str; 4] = ["prepared", "rewound", "step 1", "put away"];

#[tokio::test(flavor = "multi_thread")]
async fn a_rewind_that_is_killed_is_completed_or_was_never_begun() {
    let undisturbed = undisturbed().await;
    // Each takes three starts of the host; all of them are for a long run.
    let every = if std::env::var_os("COWORK_SOAK").is_some() { 1 } else { 2 };
    for label in REWIND_LABELS.into_iter().skip(every - 1).step_by(every) {
        let dir = tempfile::tempdir().expect("a folder");
        let program = Program::start(dir.path()).await;
        let id = program.begin_demo().await;
        program.wait_for_end(&id).await;
        program.kill().await;
        let program = Program::start_until(dir.path(), label).await;
        let rewind = format!("/api/cowork/tasks/{id}/rewind");
        program.post_and_die(&rewind, serde_json::json!({"turn": 0})).await;
        program.dies().await;
        let program = Program::start(dir.path()).await;
        let root = dir.path().join("coworkspaces/downloads-organizer");
        let is_back = files_under(&root.join("output")).is_empty();
        assert_eq!(is_back, label != "prepared", "killed at {label:?}");
        if is_back {
            program.post(&format!("/api/cowork/tasks/{id}/resume"), serde_json::json!({})).await;
            program.wait_for_end(&id).await;
        }
        program.kill().await;
        let end = end(dir.path(), "downloads-organizer", &id).await;
        assert_eq!(end.files, undisturbed.files, "killed at {label:?}");
    }
}

fn progress(checkpoint: &Checkpoint) -> BTreeMap<String, String> {
    checkpoint.plan_progress.iter().map(|(name, progress)| (name.clone(), progress.to_string())).collect()
}

fn finished(event: &Event) -> Option<(String, bool)> {
    match &event.kind {
        cowork_domain::event::EventKind::CallFinished { tool, is_error, .. } => {
            Some((tool.clone(), *is_error))
        }
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_killed_at_random_moments_ends_as_if_never() {
    let undisturbed = undisturbed().await;
    assert_eq!(undisturbed.turns, (1..=undisturbed.turns.len() as u32).collect::<Vec<_>>());
    let rounds = if std::env::var_os("COWORK_SOAK").is_some() { 20 } else { 1 };
    for round in 0..rounds {
        let (ends, kills) = run(1, 10, 2026 + round).await;
        println!("killed {kills} times: {}", ends[0]);
        assert!(kills >= 5, "the task was over after {kills} kills");
        assert_eq!(ends[0], *undisturbed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn four_agents_killed_at_random_moments_end_as_if_never() {
    let undisturbed = undisturbed().await;
    let wanted = if std::env::var_os("COWORK_SOAK").is_some() { 500 } else { 10 };
    let (mut killed, mut round) = (0, 0);
    while killed < wanted {
        let (ends, kills) = run(4, (wanted - killed).min(40), 4000 + round).await;
        assert!(kills >= 5, "the tasks were over after {kills} kills");
        for end in &ends {
            assert_eq!(end, undisturbed);
        }
        killed += kills;
        round += 1;
        println!("killed {killed} times so far; four tasks, each: {}", ends[0]);
    }
}

/// Every moment between the end of a guest and the complete undo folder.
const LABELS: [&str; 9] =
    ["guest finished", "prepared", "recorded", "step 0", "step 1", "step 2", "step 5", "stepped", "put away"];

#[tokio::test(flavor = "multi_thread")]
async fn a_host_killed_at_every_step_of_a_commit_ends_as_if_never() {
    let undisturbed = undisturbed().await;
    // Each takes two starts of the host; all of them are for a long run.
    let every = if std::env::var_os("COWORK_SOAK").is_some() { 1 } else { 4 };
    for label in LABELS.into_iter().step_by(every) {
        let dir = tempfile::tempdir().expect("a folder");
        let program = Program::start_until(dir.path(), label).await;
        let id = program.begin_demo().await;
        program.dies().await;
        println!("killed at {label:?}");
        let program = Program::start(dir.path()).await;
        program.wait_for_end(&id).await;
        program.kill().await;
        assert_eq!(end(dir.path(), "downloads-organizer", &id).await, *undisturbed, "killed at {label:?}");
    }
}
