//! The shipped tools, as a host runs them.

mod archive;
mod chart;
mod data_query;
mod documents;
mod files;
mod image;
mod mutated;
mod ocr;
mod office;
mod spreadsheet;
mod spreadsheet_read;
mod texts;
mod web;

use cowork_tests::{Called, Coworkspace, Host, shown};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Calls a shipped tool, which succeeds.
pub async fn call(space: &Coworkspace, tool: &str, arguments: Value) -> Called {
    let result = Host::tools().await.call(space, tool, &arguments).await;
    result.unwrap_or_else(|error| panic!("{tool} {arguments}: {error}"))
}

/// Calls a shipped tool and compares the text that it returns, or its error.
pub async fn check(space: &Coworkspace, tool: &str, arguments: Value, expected: &str) {
    let result = Host::tools().await.call(space, tool, &arguments).await;
    assert_eq!(shown(&result), expected, "{tool} {arguments}");
}

/// The untidy downloads folder of the demonstration.
pub fn downloads(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../host/cli/demo/downloads").join(name)
}

/// A file of `tests/data/tables`.
pub fn sample(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/tables");
    std::fs::read(folder.join(name)).expect("a sample")
}

/// A coworkspace with some files of that folder.
pub fn with_downloads(names: &[&str]) -> Coworkspace {
    let space = Coworkspace::new();
    for name in names {
        space.plant(Path::new("files").join(name), std::fs::read(downloads(name)).expect("a download"));
    }
    space
}
