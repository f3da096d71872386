//! `image`: pictures in, other pictures out.

use super::{call, check, downloads, with_downloads};
use cowork_tests::Coworkspace;
use serde_json::{Value, json};

/// The first picture of the untidy downloads folder.
fn a_photograph() -> String {
    let mut names: Vec<_> = std::fs::read_dir(downloads(""))
        .expect("the downloads")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.to_lowercase().ends_with(".jpg") || name.to_lowercase().ends_with(".jpeg"))
        .collect();
    names.sort();
    names.into_iter().next().expect("a photograph")
}

#[tokio::test]
async fn a_photograph_becomes_every_format() {
    let name = a_photograph();
    let space = with_downloads(&[&name]);
    let path = format!("files/{name}");
    for ending in ["png", "jpg", "webp", "tiff", "gif", "bmp"] {
        let output = format!("output/a.{ending}");
        call(&space, "image", json!({ "action": "edit", "paths": [path], "output": output, "width": 64 }))
            .await;
        let info = call(&space, "image", json!({ "action": "info", "paths": [output] })).await.json();
        assert!(info["pictures"][0]["width"].as_u64() <= Some(64), "{ending}");
    }
    let paths: Vec<_> = ["png", "jpg", "webp"].map(|ending| format!("output/a.{ending}")).to_vec();
    let sheet =
        json!({ "action": "contact_sheet", "paths": paths, "output": "output/sheet.png", "width": 100 });
    let written = call(&space, "image", sheet).await.json();
    assert_eq!(written["written"][0]["width"], json!(3 * 112 + 12));
}

/// A PNG whose header says that it is so large.
fn png(side: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend([side.to_be_bytes(), side.to_be_bytes()].concat());
    bytes.extend(b"\x08\x06\0\0\0");
    let sum = bytes[12..].iter().fold(u32::MAX, |sum, &byte| {
        (0..8).fold(
            sum ^ u32::from(byte),
            |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 },
        )
    });
    bytes.extend((!sum).to_be_bytes());
    bytes.extend(b"\0\0\0\x04IDAT\0\0\0\0\0\0\0\0");
    bytes
}

#[tokio::test]
async fn what_is_no_picture_or_too_large_is_refused() {
    let space = Coworkspace::new();
    space.plant("files/words.png", "words").plant("files/bomb.png", png(50_000));
    let edit =
        |path: &str| -> Value { json!({ "action": "edit", "paths": [path], "output": "output/a.jpg" }) };
    let words = "failed: files/words.png: is no PNG, JPEG, WebP, TIFF, GIF or BMP picture; file_info tells what it is";
    check(&space, "image", edit("files/words.png"), words).await;
    check(&space, "image", edit("files/none.png"), "failed: files/none.png: no such file or folder").await;
    check(&space, "image", edit("files"), "failed: files: is a folder").await;
    let bomb = "failed: files/bomb.png: takes more than 200 MiB unpacked, which is the limit";
    check(&space, "image", edit("files/bomb.png"), bomb).await;
}
