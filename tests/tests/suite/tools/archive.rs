//! `archive`: lists, extracts and makes archives.

use super::{call, check, with_downloads};
use cowork_sandbox::CallError;
use cowork_tests::{Coworkspace, Host, shown};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;
use std::io::{Cursor, Write as _};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        writer.start_file(*name, SimpleFileOptions::default()).expect("an entry");
        writer.write_all(content).expect("its content");
    }
    writer.finish().expect("an archive").into_inner()
}

#[tokio::test]
async fn an_archive_is_listed_and_extracted() {
    let space = with_downloads(&["weekend-trip.zip"]);
    let path = "files/weekend-trip.zip";
    let listed = call(&space, "archive", json!({ "action": "list", "path": path })).await.json();
    let extracted = call(&space, "archive", json!({ "action": "extract", "path": path })).await.json();
    let entries = |json: &serde_json::Value| json["entries"].as_array().expect("entries").clone();
    assert!(!entries(&listed).is_empty());
    for (before, after) in entries(&listed).iter().zip(entries(&extracted)) {
        let place = after["path"].as_str().expect("a path");
        assert_eq!(place, format!("files/weekend-trip/{}", before["path"].as_str().expect("a path")));
        assert_eq!(json!(std::fs::metadata(space.path(place)).expect("the file").len()), before["size"]);
    }
}

#[tokio::test]
async fn an_archive_that_leads_out_is_refused_whole() {
    for name in ["../../neighbour/files/slipped.txt", "/etc/slipped", "..\\slipped.txt"] {
        let space = Coworkspace::new();
        space.plant("files/slip.zip", zipped(&[("harmless.txt", b"a"), (name, b"b")]));
        let before = space.tree();
        let expected = format!(
            "failed: files/slip.zip: the archive's entry {:?} could lead out of the destination; nothing was extracted",
            name.replace('\\', "/")
        );
        check(&space, "archive", json!({ "action": "extract", "path": "files/slip.zip" }), &expected).await;
        assert_eq!(space.tree(), before);
    }
}

#[tokio::test]
async fn an_archive_does_not_reach_through_a_link() {
    let space = Coworkspace::new();
    space.plant("files/a.zip", zipped(&[("one.txt", b"a"), ("out/two.txt", b"b")]));
    std::fs::create_dir(space.path("files/a")).expect("a folder");
    space.link("files/a/out", "../../../neighbour/files");
    let before = space.tree();
    let expected = "failed: files/a.zip: files/a/out: exists already";
    check(&space, "archive", json!({ "action": "extract", "path": "files/a.zip" }), expected).await;
    assert_eq!(space.tree(), before, "not even what came before the link");
}

#[tokio::test]
async fn what_is_no_archive_is_said_to_be_none() {
    let space = Coworkspace::new();
    space.plant("files/a.zip", "not a zip");
    let expected = "failed: files/a.zip: is no archive that can be read: zip, tar, gz, bz2, xz and zst can";
    check(&space, "archive", json!({ "action": "list", "path": "files/a.zip" }), expected).await;
}

#[tokio::test]
async fn what_is_packed_comes_out_again_in_every_format() {
    let space = Coworkspace::new();
    let long: String = (0..50_000).map(|n| format!("{n} {}\n", n * 2_654_435_761_u64 % 999_983)).collect();
    space.plant("files/in/one.txt", "one").plant("files/in/zwei ä.txt", "").plant("files/long.txt", &long);
    for ending in ["zip", "tar", "tar.gz", "tar.bz2", "tar.xz", "tar.zst"] {
        let path = format!("output/packed.{ending}");
        let create = json!({ "action": "create", "path": path, "files": ["files/in", "files/long.txt"] });
        assert_eq!(call(&space, "archive", create).await.json()["count"], json!(3), "{ending}");
        let out = format!("output/{ending}");
        let extract = json!({ "action": "extract", "path": path, "destination": out });
        let extracted = call(&space, "archive", extract).await.json();
        assert_eq!((&extracted["count"], &extracted["format"]), (&json!(3), &json!(ending)));
        assert!(space.text(&format!("{out}/long.txt")) == long, "{ending}");
        assert_eq!(space.text(&format!("{out}/in/one.txt")), "one");
    }
}

#[tokio::test]
async fn a_bomb_is_refused_and_leaves_nothing() {
    let space = Coworkspace::new();
    let zeros = vec![0; 64 << 20];
    space.plant("files/zeros.zip", zipped(&[("zeros", &zeros)])).plant("files/zeros", &zeros);
    let packed = json!({ "action": "create", "path": "files/zeros.tar.gz", "files": ["files/zeros"] });
    call(&space, "archive", packed).await;
    let before = space.tree();
    for name in ["zeros.zip", "zeros.tar.gz"] {
        let arguments =
            json!({ "action": "extract", "path": format!("files/{name}"), "destination": "output" });
        let result = Host::tools().await.call(&space, "archive", &arguments).await;
        assert!(shown(&result).contains("as a decompression bomb does"), "{}", shown(&result));
    }
    assert_eq!(space.tree(), before);
}

/// Archives in which bytes were changed, cut or doubled: a few, with `COWORK_SOAK` 10,000.
#[tokio::test]
async fn a_damaged_archive_is_read_or_refused() {
    let space = Coworkspace::new();
    let words: String = (0..400).map(|n| format!("{n} {}\n", n * 7919 % 997)).collect();
    space.plant("files/in/a.txt", &words).plant("files/in/b/c.bin", words.as_bytes().repeat(3));
    let endings = ["zip", "tar", "tar.gz", "tar.bz2", "tar.xz", "tar.zst"];
    let mut whole = Vec::new();
    for ending in endings {
        let path = format!("output/whole.{ending}");
        call(&space, "archive", json!({ "action": "create", "path": path, "files": ["files/in"] })).await;
        whole.push(std::fs::read(space.path(&path)).expect("an archive"));
    }
    let mut random = StdRng::seed_from_u64(5);
    let rounds = if std::env::var_os("COWORK_SOAK").is_some() { 10_000 } else { 60 };
    for round in 0..rounds {
        let mut bytes = whole[round % whole.len()].clone();
        for _ in 0..random.random_range(1..8) {
            let at = random.random_range(0..bytes.len());
            match random.random_range(0..4) {
                0 => bytes[at] = random.random(),
                1 => bytes[at] ^= 1 << random.random_range(0..8),
                2 => bytes.truncate(at.max(1)),
                _ => bytes.insert(at, random.random()),
            }
        }
        let path = format!("files/damaged.{}", endings[round % endings.len()]);
        space.plant(&path, &bytes);
        for action in ["list", "extract"] {
            let arguments =
                json!({ "action": action, "path": path, "destination": format!("output/{round}") });
            let result = Host::tools().await.call(&space, "archive", &arguments).await;
            let is_said = matches!(result, Ok(_) | Err(CallError::Failed(_)));
            assert!(is_said, "{action} of round {round}: {}", shown(&result));
        }
    }
}
