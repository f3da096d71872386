//! `archive`: lists and extracts zip archives.

use super::{call, check, with_downloads};
use cowork_tests::Coworkspace;
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
            "failed: the archive's entry {:?} could lead out of the destination; nothing was extracted",
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
    let expected = "failed: files/a/out/two.txt: exists already";
    check(&space, "archive", json!({ "action": "extract", "path": "files/a.zip" }), expected).await;
    assert_eq!(space.tree(), before, "not even what came before the link");
}

#[tokio::test]
async fn what_is_no_archive_is_said_to_be_none() {
    let space = Coworkspace::new();
    space.plant("files/a.zip", "not a zip");
    let expected = "failed: files/a.zip: is not a zip archive that can be read: invalid Zip archive: Could not find EOCD";
    check(&space, "archive", json!({ "action": "list", "path": "files/a.zip" }), expected).await;
}
