//! Somebody on the host exchanges folders for links while guests and commits use them.

use super::inhabited;
use cowork_sandbox::Limits;
use cowork_tests::{Called, Coworkspace, Host, shown};
use serde_json::json;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Exchanges `files/sub` for a link to the neighbour's files and back, for as long as it lives.
struct Attacker {
    stop: Arc<AtomicBool>,
    swaps: Arc<AtomicU32>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Attacker {
    fn start(space: &Coworkspace) -> Self {
        let (stop, swaps) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
        let paths = [space.path("files/sub"), space.path("files/aside"), space.path("files/link")];
        symlink("../../neighbour/files", &paths[2]).expect("a link");
        let (stopped, counted) = (Arc::clone(&stop), Arc::clone(&swaps));
        let thread = Some(std::thread::spawn(move || exchange(&paths, &stopped, &counted)));
        Self { stop, swaps, thread }
    }
}

fn exchange([sub, aside, link]: &[PathBuf; 3], stop: &AtomicBool, swaps: &AtomicU32) {
    while !stop.load(Ordering::Relaxed) {
        // A commit may hold a name in the very instant; the next round finds it.
        let _ = fs::rename(sub, aside).and_then(|()| fs::rename(link, sub));
        std::thread::yield_now();
        let _ = fs::rename(sub, link).and_then(|()| fs::rename(aside, sub));
        swaps.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Attacker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the attacker ends");
        }
    }
}

fn neighbour(space: &Coworkspace) -> Vec<String> {
    let root = space.path("..").join(Coworkspace::NEIGHBOUR).join("files");
    let entries = fs::read_dir(root).expect("a folder");
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_exchanged_for_a_link_lets_nobody_out() {
    let space = inhabited();
    space.plant("files/sub/secret.txt", "the person's own");
    let attacker = Attacker::start(&space);
    let host = Host::probe().await;
    let mut attempts = 0;
    while attempts < 300 || attacker.swaps.load(Ordering::Relaxed) < 100 {
        let read =
            host.begin(None, &space, "read", &json!({"path": "files/sub/secret.txt"}).to_string()).await;
        let given = shown(&read.map(|(id, finished)| Called::commit_if_unchanged(&space, id, finished)));
        assert_ne!(given, "secret", "that is the neighbour's");
        let path = format!("files/sub/new{attempts}.txt");
        let write = host.begin(None, &space, "write", &json!({"path": path, "text": "x"}).to_string()).await;
        drop(write.map(|(id, finished)| Called::commit_if_unchanged(&space, id, finished)));
        attempts += 1;
    }
    drop(attacker);
    assert_eq!(neighbour(&space), ["secret.txt"], "nothing was written there");
}

/// What one guest commits while another runs is no way out either.
#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_exchanges_folders_for_links_lets_no_other_guest_out() {
    let space = Arc::new(inhabited());
    space.plant("files/sub/secret.txt", "the person's own");
    let attacks = tokio::spawn(exchange_by_guest(Arc::clone(&space)));
    let host = Host::probe().await;
    let (mut reads, mut own) = (0, 0);
    while !attacks.is_finished() {
        let read =
            host.begin(None, &space, "read", &json!({"path": "files/sub/secret.txt"}).to_string()).await;
        let given = shown(&read.map(|(id, finished)| Called::commit_if_unchanged(&space, id, finished)));
        assert_ne!(given, "secret", "that is the neighbour's");
        let path = format!("files/sub/new{reads}.txt");
        let write = host.begin(None, &space, "write", &json!({"path": path, "text": "x"}).to_string()).await;
        drop(write.map(|(id, finished)| Called::commit_if_unchanged(&space, id, finished)));
        reads += 1;
        own += u32::from(given == "the person's own");
    }
    let exchanges = attacks.await.expect("the attacker ends");
    println!("{exchanges} exchanges by one guest, {reads} reads and writes by another, {own} read their own");
    assert_eq!(neighbour(&space), ["secret.txt"], "nothing was written there");
}

/// Puts a link that leads out in the place of `files/sub`, and takes it away again, by calls of its own.
async fn exchange_by_guest(space: Arc<Coworkspace>) -> u32 {
    let host = Host::guest("filesystem", Limits::default()).await;
    let there = json!([
        {"do": "rename", "from": "sub", "to": "aside"},
        {"do": "symlink", "target": "../../neighbour/files", "path": "sub"},
    ]);
    let back = json!([{"do": "unlink", "path": "sub"}, {"do": "rename", "from": "aside", "to": "sub"}]);
    let mut exchanges = 0;
    for number in 0..200 {
        let operations = if number % 2 == 0 { &there } else { &back };
        let arguments = json!({"base": "files", "operations": operations}).to_string();
        // The other one's commit may come first: then this one has no effect, and the next finds what there is.
        if let Ok((id, finished)) = host.begin(None, &space, "run", &arguments).await {
            let steps = finished.changes.steps.len();
            Called::commit_if_unchanged(&space, id, finished);
            exchanges += u32::from(steps > 0);
        }
    }
    exchanges
}
