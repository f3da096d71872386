//! `ocr`: pictures and scans, as a host runs it.

use cowork_domain::capability::{Effective, LimitRules, LiveGrant, Powers};
use cowork_tests::truth::{Known, errors, fields, known};
use cowork_tests::{Called, Coworkspace, Host, shown};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// The shipped tools, of which `ocr` has the time that its manifest asks for.
async fn host() -> &'static Host {
    static HOST: OnceCell<Host> = OnceCell::const_new();
    HOST.get_or_init(async || {
        let interfaces =
            ["cowork:host/assets", "cowork:host/parallel", "cowork:host/progress"].map(str::to_owned).into();
        let limits = LimitRules { cpu_seconds: Some(600), wall_seconds: Some(600), ..LimitRules::default() };
        let grant = Arc::new(LiveGrant::new(Powers { interfaces, limits, ..Powers::all_files() }));
        Host { powers: Effective::unlimited().granted_by(grant), ..Host::all_tools().await }
    })
    .await
}

async fn call(space: &Coworkspace, arguments: Value) -> Called {
    let result = host().await.call(space, "ocr", &arguments).await;
    result.unwrap_or_else(|error| panic!("ocr {arguments}: {error}"))
}

async fn said(space: &Coworkspace, arguments: Value) -> String {
    shown(&host().await.call(space, "ocr", &arguments).await)
}

/// A picture of the project whose text is known.
fn picture(name: &str) -> Known {
    let mut all = known(None).into_iter();
    all.find(|known| known.picture.file_stem().is_some_and(|stem| stem == name)).expect("a picture")
}

fn with(known: &Known) -> (Coworkspace, String) {
    let name = known.picture.file_name().expect("a name").to_string_lossy().into_owned();
    let space = Coworkspace::new();
    let path = format!("files/{name}");
    space.plant(&path, std::fs::read(&known.picture).expect("a picture"));
    (space, path)
}

/// A picture of 150 by 40 pixels that says "Total 12.50".
fn small(extension: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("ocr/small");
    std::fs::read(folder.join("total").with_extension(extension)).expect("a picture")
}

/// A TIFF of 8 bits a pixel that says it has this size, and has white for 40 by 30.
fn white(width: u32, height: u32) -> Vec<u8> {
    let entries = [
        (256, width),
        (257, height),
        (258, 8),
        (259, 1),
        (262, 1),
        (273, 122),
        (277, 1),
        (278, height),
        (279, width.saturating_mul(height)),
    ];
    let mut tiff = b"II*\0\x08\0\0\0\x09\0".to_vec();
    for (tag, value) in entries {
        tiff.extend(u16::to_le_bytes(tag));
        tiff.extend([4, 0, 1, 0, 0, 0]);
        tiff.extend(u32::to_le_bytes(value));
    }
    tiff.extend([0; 4]);
    tiff.extend([255; 40 * 30]);
    tiff
}

/// At most two letters in a hundred of a picture are wrong, and all amounts and dates are right.
async fn is_read(name: &str) -> Value {
    let known = picture(name);
    let (space, path) = with(&known);
    let called = call(&space, json!({ "path": path })).await;
    let text = called.json()["pages"][0]["text"].as_str().expect("a text").to_owned();
    let (wrong, all) = errors(&known.text, &text);
    assert!(wrong * 50 <= all, "{name}: {wrong} of {all} letters are wrong:\n{text}");
    let (found, wanted) = fields(&known.text, &text);
    assert_eq!(found, wanted, "{name}:\n{text}");
    called.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_read_row_by_row_with_boxes_and_confidence() {
    let read = is_read("utility").await;
    assert_eq!(read["media_type"], json!("image/jpeg"));
    assert_eq!((&read["pages_total"], &read["pages"][0]["turned_degrees"]), (&json!(1), &json!(0)));
    let line = &read["pages"][0]["lines"][0];
    assert!(line["confidence"].as_f64() > Some(0.8), "{line}");
    let corners = line["corners"].as_array().expect("corners");
    assert_eq!(corners.len(), 4);
    let (left, right) = (corners[0][0].as_i64(), corners[1][0].as_i64());
    assert!(left < right && corners[0][1].as_i64() < corners[3][1].as_i64(), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_lies_on_its_side_is_read() {
    assert_eq!(is_read("garden_lying").await["pages"][0]["turned_degrees"], json!(90));
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_are_read_one_after_the_other() {
    is_read("two_columns").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_in_a_pdf_is_read_by_its_page() {
    let space = Coworkspace::new();
    space.plant("files/scan.pdf", small("pdf"));
    let read = call(&space, json!({ "path": "files/scan.pdf", "pages": "2" })).await;
    let pages = read.json()["pages"].clone();
    assert_eq!((pages.as_array().map(Vec::len), &pages[0]["page"]), (Some(1), &json!(2)));
    assert_eq!(read.text(), "(page 2 of 2)\n\nTotal 12.50");
    let all = call(&space, json!({ "path": "files/scan.pdf" })).await;
    assert_eq!(all.text(), "(page 1 of 2)\n\nTotal 12.50\n\n(page 2 of 2)\n\nTotal 12.50");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_format_is_read_by_its_content() {
    for extension in ["png", "jpg", "webp"] {
        let space = Coworkspace::new();
        space.plant("files/picture", small(extension));
        assert_eq!(said(&space, json!({ "path": "files/picture" })).await, "Total 12.50", "{extension}");
    }
    let space = Coworkspace::new();
    space.plant("files/picture", small("tif"));
    let expected = "(page 2 of 2)\n\nTotal 12.50";
    assert_eq!(said(&space, json!({ "path": "files/picture", "pages": "2" })).await, expected);
}

#[tokio::test]
async fn what_has_no_text_is_said_to_have_none() {
    let space = Coworkspace::new();
    space.plant("files/white.tif", white(40, 30));
    let read = call(&space, json!({ "path": "files/white.tif" })).await;
    assert_eq!(read.text(), "(no text was found)");
}

#[tokio::test]
async fn what_is_no_picture_is_refused() {
    let space = Coworkspace::new();
    space.plant("files/notes.txt", "words").plant("files/empty.png", "").plant("files/folder/x", "x");
    space.plant("files/cut.png", &small("png")[..500]).plant("files/broken.pdf", "%PDF-1.7\nnothing else");
    space.plant("files/bomb.tif", white(20_000, 20_000));
    let said = async |path: &str| said(&space, json!({ "path": path })).await;
    insta::assert_snapshot!(said("files/none.png").await, @"failed: files/none.png: no such file or folder");
    insta::assert_snapshot!(said("files/folder").await, @"failed: files/folder: is a folder; use file_list");
    insta::assert_snapshot!(said("files/notes.txt").await, @"failed: files/notes.txt: is text/plain; ocr reads pictures (PNG, JPEG, TIFF, WebP) and PDF");
    insta::assert_snapshot!(said("files/empty.png").await, @"failed: files/empty.png: is empty");
    insta::assert_snapshot!(said("files/cut.png").await, @"failed: files/cut.png: cannot be decoded: unexpected end of file");
    insta::assert_snapshot!(said("files/broken.pdf").await, @"failed: files/broken.pdf: is damaged: no PDF reader can find its pages");
    insta::assert_snapshot!(said("files/bomb.tif").await, @"failed: files/bomb.tif: has 20000 by 20000 pixels, more than the 50 million that ocr takes; make it smaller first");
}

#[tokio::test]
async fn a_page_that_is_not_there_is_refused() {
    let space = Coworkspace::new();
    space.plant("files/scan.pdf", small("pdf"));
    let expected = "invalid arguments: files/scan.pdf: `pages` is \"3\", but it has 2 pages";
    assert_eq!(said(&space, json!({ "path": "files/scan.pdf", "pages": "3" })).await, expected);
}

#[tokio::test]
async fn a_file_of_a_gigabyte_is_refused_by_a_limit_that_is_named() {
    let space = Coworkspace::new();
    space.plant("files/huge.png", "\u{89}PNG");
    let file = std::fs::OpenOptions::new().write(true).open(space.path("files/huge.png")).expect("a file");
    file.set_len(1 << 30).expect("room");
    let expected = "failed: files/huge.png: is larger than 128 MiB, which is the limit of ocr";
    assert_eq!(said(&space, json!({ "path": "files/huge.png" })).await, expected);
}

/// Broken files of every kind: text, or an error that says what is wrong, and never a crash.
#[tokio::test(flavor = "multi_thread")]
async fn broken_pictures_are_read_or_refused() {
    let rounds = if std::env::var_os("COWORK_SOAK").is_some() { 400 } else { 4 };
    let mut random = StdRng::seed_from_u64(5);
    for extension in ["png", "jpg", "webp", "tif", "pdf"] {
        let whole = small(extension);
        for round in 0..rounds {
            let space = Coworkspace::new();
            space.plant("files/picture", broken(&whole, &mut random));
            let result = Host::tools().await.call(&space, "ocr", &json!({ "path": "files/picture" })).await;
            let said = shown(&result);
            let is_told = result.is_ok() || said.starts_with("failed: files/picture: ");
            assert!(is_told, "{extension} {round}: {said}");
        }
    }
}

/// Some bytes of a file are others, or its end is missing.
fn broken(whole: &[u8], random: &mut StdRng) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for _ in 0..random.random_range(1..8) {
        let at = random.random_range(0..bytes.len());
        match random.random_range(0..6) {
            0 => bytes.truncate(at.max(16)),
            1 => bytes[at] = [0, 1, 127, 255][random.random_range(0..4)],
            2 => drop(bytes.remove(at)),
            _ => bytes[at] = random.random(),
        }
    }
    bytes
}
