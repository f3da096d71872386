//! `document_read` and `file_info`, on the demonstration's files.

use super::{call, check, with_downloads};
use cowork_tests::Coworkspace;
use serde_json::{Value, json};

async fn read(name: &str) -> Value {
    call(&with_downloads(&[name]), "document_read", json!({ "path": format!("files/{name}") })).await.json()
}

fn assert_contains(document: &Value, words: &[&str]) {
    let text = document["text"].as_str().expect("a text");
    for word in words {
        assert!(text.contains(word), "{word} is not in: {text}");
    }
}

#[tokio::test]
async fn a_pdf_is_read() {
    let document = read("Rechnung_Hotel_Lindenhof.pdf").await;
    assert_eq!((&document["media_type"], &document["end"]), (&json!("application/pdf"), &json!(true)));
    assert!(document["pages"].as_u64() > Some(0));
    assert_contains(&document, &["Lindenhof", "1,612.50"]);
}

#[tokio::test]
async fn a_page_is_read() {
    let document = read("領収書.html").await;
    assert_eq!(document["media_type"], json!("text/html"));
    assert_contains(&document, &["領収書"]);
    let markup = document["text"].as_str().expect("a text");
    assert!(!markup.contains("<td") && !markup.contains("<style"), "{markup}");
}

#[tokio::test]
async fn what_is_no_document_is_refused() {
    let expected =
        "failed: files/chart.png: is no document that can be read (image/png); only PDF, HTML and text";
    check(&with_downloads(&["chart.png"]), "document_read", json!({ "path": "files/chart.png" }), expected)
        .await;
    let space = Coworkspace::new();
    space.plant("files/broken.pdf", "%PDF-1.7\nnothing else");
    let arguments = json!({ "path": "files/broken.pdf" });
    let result = cowork_tests::Host::tools().await.call(&space, "document_read", &arguments).await;
    let error = result.expect_err("a broken PDF").to_string();
    assert!(error.starts_with("failed: files/broken.pdf: "), "{error}");
}

#[tokio::test]
async fn files_are_told_by_their_content() {
    let space = with_downloads(&["DSC 0192.jpeg", "IMG_2043.JPG", "IMG_2043 (1).JPG", "invoice-88213"]);
    let paths = ["DSC 0192.jpeg", "IMG_2043.JPG", "IMG_2043 (1).JPG", "invoice-88213", "missing"];
    let paths: Vec<_> = paths.iter().map(|name| format!("files/{name}")).collect();
    let files = call(&space, "file_info", json!({ "paths": paths })).await.json()["files"].clone();
    let media_types: Vec<_> =
        (0..4).map(|index| files[index]["media_type"].as_str().expect("a type")).collect();
    assert_eq!(media_types, ["image/jpeg", "image/jpeg", "image/jpeg", "application/pdf"]);
    assert_eq!(files[1]["taken"], json!("2024-06-21T21:14:07"));
    assert_eq!(files[1]["hash"], files[2]["hash"], "one is a copy of the other");
    assert_eq!(files[3]["pages"], json!(1));
    assert!(files[1]["width"].as_u64() > Some(0) && files[1]["height"].as_u64() > Some(0), "{}", files[1]);
    assert_eq!(files[4]["error"], json!("files/missing: no such file or folder"));
}
