//! Data that is installed with a plugin: what its manifest names by its hash, and nothing else.

use super::{check_on, inhabited};
use cowork_domain::capability::{Effective, LiveGrant, Powers};
use cowork_sandbox::package::with_manifest;
use cowork_tests::components::{component, guests_dir};
use cowork_tests::{Host, shown};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;

/// The guest `probe`, installed in a folder with an asset and a manifest that names it.
async fn installed(dir: &Path, content: &str, named: &str) -> Host {
    let bytes = std::fs::read(component(&guests_dir(), "probe")).expect("a guest");
    let manifest = format!("[assets]\n\"words.txt\" = \"{}\"\n", blake3::hash(named.as_bytes()).to_hex());
    let path = dir.join("probe.wasm");
    std::fs::write(&path, with_manifest(&bytes, &manifest).expect("a manifest")).expect("a file");
    std::fs::create_dir(dir.join("probe.assets")).expect("a folder");
    std::fs::write(dir.join("probe.assets/words.txt"), content).expect("a file");
    std::fs::write(dir.join("probe.assets/other.txt"), "not named").expect("a file");
    Host::file(&path).await
}

#[tokio::test]
async fn an_asset_is_read_by_the_call_and_by_its_parts() {
    let dir = tempfile::tempdir().expect("a folder");
    let host = installed(dir.path(), "some words", "some words").await;
    check_on(&host, &inhabited(), "read_asset", json!({ "name": "words.txt" }), "some words").await;
    let arguments = json!({ "part": "asset", "inputs": ["words.txt", "words.txt"] });
    check_on(&host, &inhabited(), "in_parts", arguments, "some words some words").await;
}

#[tokio::test]
async fn no_other_file_is_an_asset() {
    let dir = tempfile::tempdir().expect("a folder");
    let host = installed(dir.path(), "some words", "some words").await;
    for name in ["other.txt", "../probe.wasm", "/etc/passwd", "../probe.assets/words.txt", ""] {
        let expected = format!("failed: there is no asset `{name}`: there are: words.txt");
        check_on(&host, &inhabited(), "read_asset", json!({ "name": name }), &expected).await;
    }
}

#[tokio::test]
async fn an_asset_that_was_changed_is_not_read() {
    let dir = tempfile::tempdir().expect("a folder");
    let host = installed(dir.path(), "other words", "some words").await;
    let expected = "failed: the asset `words.txt` cannot be used: its file is not the one that the manifest names by its hash";
    check_on(&host, &inhabited(), "read_asset", json!({ "name": "words.txt" }), expected).await;
}

#[tokio::test]
async fn assets_have_to_be_granted() {
    let dir = tempfile::tempdir().expect("a folder");
    let host = installed(dir.path(), "some words", "some words").await;
    let grant = Arc::new(LiveGrant::new(Powers::all_files()));
    let host = Host { powers: Effective::unlimited().granted_by(grant), ..host };
    let said = shown(&host.call(&inhabited(), "read_asset", &json!({ "name": "words.txt" })).await);
    assert!(said.contains("cowork grant probe --interface cowork:host/assets"), "{said}");
}
