//! `file_search` over few large and many small files.

use crate::bare::Bare;
use crate::figure::{Bound, Figure};
use cowork_tests::components::tools_dir;
use cowork_tests::{Coworkspace, Host};
use grep_regex::RegexMatcher;
use grep_searcher::sinks::Lossy;
use grep_searcher::{Searcher, SearcherBuilder};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Instant;

pub(crate) const LARGE: &str = "file_search_large";
pub(crate) const SMALL: &str = "file_search_small";
const ROUNDS: usize = 10;
const LARGE_FILES: usize = 50;
const SMALL_FILES: usize = 10_000;
/// In a folder.
const TOGETHER: usize = 100;
const NEEDLE: &str = "needle [0-9]+";

/// 50 files of 1 MB beside ripgrep's own searcher, native and on one thread too.
pub(crate) async fn large() -> Figure {
    let space = Coworkspace::new();
    plant(&space, LARGE_FILES, 1 << 20);
    let (host, arguments) = (Host::tools().await, arguments());
    let (mut ours, mut native) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let started = Instant::now();
        let found = host.call(&space, "file_search", &arguments).await.expect("a result").json();
        let call = started.elapsed();
        assert_eq!(found["matches"].as_array().map(Vec::len), Some(LARGE_FILES), "all of it was searched");
        let started = Instant::now();
        let count = search_natively(&space.path("files"));
        let reference = started.elapsed();
        assert_eq!(count, LARGE_FILES);
        // The first round warms caches on both sides.
        if round > 0 {
            ours.push(call.as_secs_f64() * 1e3);
            native.push(reference.as_secs_f64() * 1e3);
        }
    }
    let reference = Some(("ripgrep's searcher, native", native));
    Figure { name: LARGE, samples: ours, unit: "ms", reference, bound: Bound::AtMost(3.0) }
}

/// 10,000 files of 5 KB beside the same guest with wasmtime-wasi's own file system and nothing around it.
pub(crate) async fn small() -> Figure {
    let space = Coworkspace::new();
    plant(&space, SMALL_FILES, 5 << 10);
    let (host, bare, arguments) = (Host::tools().await, Bare::of(&tools_dir(), "files"), counts());
    let text = arguments.to_string();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let started = Instant::now();
        let found = host.call(&space, "file_search", &arguments).await.expect("a result").json();
        let call = started.elapsed();
        assert_eq!(found["matches"].as_array().map(Vec::len), Some(SMALL_FILES), "all of it was searched");
        let started = Instant::now();
        bare.call(space.folder.root(), "file_search", &text).await;
        let reference = started.elapsed();
        if round > 0 {
            ours.push(call.as_secs_f64() * 1e3);
            theirs.push(reference.as_secs_f64() * 1e3);
        }
    }
    let reference = Some(("the same guest in plain wasmtime", theirs));
    Figure { name: SMALL, samples: ours, unit: "ms", reference, bound: Bound::AtMost(1.3) }
}

fn arguments() -> Value {
    json!({ "path": "files", "text": NEEDLE })
}

fn counts() -> Value {
    json!({ "path": "files", "text": NEEDLE, "mode": "counts", "limit": SMALL_FILES })
}

/// Files of so many bytes of words, each with one needle near its end.
fn plant(space: &Coworkspace, files: usize, size: usize) {
    for number in 0..files {
        let mut text = String::with_capacity(size + 100);
        let mut line = 0;
        while text.len() + 80 < size {
            text.push_str(&format!("{line}: the quick brown fox jumps over the lazy dog {number}\n"));
            line += 1;
        }
        text.push_str(&format!("needle {number}\nend\n"));
        space.plant(format!("files/{:03}/{number:05}.txt", number / TOGETHER), text);
    }
}

fn search_natively(folder: &Path) -> usize {
    let matcher = RegexMatcher::new_line_matcher(NEEDLE).expect("a pattern");
    let mut searcher = SearcherBuilder::new().line_number(true).build();
    let mut count = 0;
    search_folder(folder, &matcher, &mut searcher, &mut count);
    count
}

fn search_folder(folder: &Path, matcher: &RegexMatcher, searcher: &mut Searcher, count: &mut usize) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        if entry.file_type().expect("a kind").is_dir() {
            search_folder(&entry.path(), matcher, searcher, count);
            continue;
        }
        let sink = Lossy(|_, _| {
            *count += 1;
            Ok(true)
        });
        searcher.search_path(matcher, entry.path(), sink).expect("a search");
    }
}
