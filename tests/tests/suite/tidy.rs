//! The house's rules that the compiler does not keep.

use std::path::{Path, PathBuf};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn rust_files(dir: &str) -> Vec<(PathBuf, String)> {
    let files = cowork_tests::files_under(&Path::new(ROOT).join(dir));
    let rust = files.into_iter().filter(|file| file.extension().is_some_and(|extension| extension == "rs"));
    rust.map(|file| (file.clone(), std::fs::read_to_string(file).expect("a source file"))).collect()
}

fn all_rust_files() -> Vec<(PathBuf, String)> {
    ["host", "tools-sdk/src", "tools-sdk/tables", "tools", "tests", "xtask"]
        .into_iter()
        .flat_map(rust_files)
        .collect()
}

/// The rooms that a manifest names among its dependencies.
fn rooms_used_by(room: &str) -> Vec<String> {
    let manifest =
        std::fs::read_to_string(Path::new(ROOT).join("host").join(room).join("Cargo.toml")).expect(room);
    let dependencies = manifest.split("[dev-dependencies]").next().expect("a manifest").to_owned();
    let names = dependencies
        .lines()
        .filter_map(|line| line.strip_prefix("cowork-")?.split('.').next().map(str::to_owned));
    names.collect()
}

#[test]
fn arrows_between_rooms_point_one_way() {
    let rooms = ["domain", "store", "coworkspaces", "sandbox", "models", "engine", "server", "cli"];
    for (place, room) in rooms.iter().enumerate() {
        for used in rooms_used_by(room) {
            assert!(rooms[..place].contains(&used.as_str()), "{room} may not depend on {used}");
        }
    }
    assert!(rooms_used_by("domain").is_empty());
    assert!(
        !rooms_used_by("models").contains(&"sandbox".to_owned()),
        "models and sandbox do not know each other"
    );
}

#[test]
fn each_power_is_in_the_hands_of_one_room() {
    let owners = [
        ("sqlx::", vec!["host/store"]),
        ("wasmtime::", vec!["host/sandbox"]),
        ("reqwest::", vec!["host/models", "host/cli", "host/sandbox"]),
        ("axum::", vec!["host/server"]),
        ("cap_std::", vec!["host/coworkspaces", "host/sandbox"]),
    ];
    for (path, text) in rust_files("host") {
        for (library, rooms) in &owners {
            let owned = rooms.iter().any(|room| path.starts_with(Path::new(ROOT).join(room)));
            let within = path.strip_prefix(ROOT).expect("below the root");
            let tests = within.components().any(|part| part.as_os_str() == "tests");
            assert!(owned || tests || !text.contains(library), "{} uses {library}", path.display());
        }
    }
}

#[test]
fn the_host_names_no_tool() {
    let tools = [
        "file_read",
        "file_write",
        "file_move",
        "file_delete",
        "document_read",
        "spreadsheet_read",
        "spreadsheet_write",
        "data_query",
        "file_info",
        "file_list",
        "file_edit",
        "tool_search",
        "web_fetch",
        "web_search",
        "file_search",
        "archive",
        "ask_person",
        "sub_agent_message",
        "sub_agent_spawn",
        "task_update",
        "deliverable_create",
        "memory_store",
        "memory_retrieve",
        "memory_forget",
        "ocr",
    ];
    for room in
        ["host/domain", "host/store", "host/coworkspaces", "host/sandbox", "host/engine", "host/server"]
    {
        for (path, text) in rust_files(room) {
            let found = tools.iter().find(|tool| text.contains(&format!("\"{tool}\"")));
            assert!(found.is_none(), "{} names the tool {found:?}", path.display());
        }
    }
}

#[test]
fn files_stay_small() {
    let mut lengths: Vec<(usize, PathBuf)> =
        all_rust_files().into_iter().map(|(path, text)| (text.lines().count(), path)).collect();
    lengths.sort();
    let (longest, path) = lengths.last().expect("files");
    assert!(*longest <= 600, "{} has {longest} lines", path.display());
    let median = lengths[lengths.len() / 2].0;
    assert!(median < 150, "the median file has {median} lines");
}

#[test]
fn nothing_is_left_undone_or_switched_off() {
    let signs = ["todo!(", "unimplemented!(", "#[ignore", "#[should_panic", "dbg!("];
    for (path, text) in all_rust_files() {
        if path.ends_with("tidy.rs") {
            continue;
        }
        let found = signs.iter().find(|sign| text.contains(**sign));
        assert!(found.is_none(), "{} has {found:?}", path.display());
    }
}
