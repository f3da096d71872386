use super::*;
use serde_json::json;

fn planted(content: &[u8]) -> (tempfile::TempDir, FileRead) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt");
    std::fs::write(&path, content).unwrap();
    (folder, FileRead { path: path.to_string_lossy().into_owned(), ..FileRead::default() })
}

fn check(content: &str, offset: u64, limit: u64, text: &str, next: u64) {
    let (_folder, args) = planted(content.as_bytes());
    let output = file_read(FileRead { offset: Some(offset), limit: Some(limit), ..args }).unwrap();
    let part = output.as_json();
    assert_eq!(part["text"], json!(text));
    assert_eq!(part["offset"].as_u64().unwrap() + part["returned"].as_u64().unwrap(), next);
    assert_eq!(part["end"], json!(next == content.len() as u64));
}

#[test]
fn characters_stay_whole() {
    check("abcdef", 0, 100, "abcdef", 6);
    check("abcdef", 2, 4, "cdef", 6);
    check("abcdef", 9, 4, "", 6);
    check("abcé", 0, 4, "abc", 3);
    check("abcé", 3, 4, "é", 5);
    check("éabcdef", 1, 4, "abc", 5);
    check("𝄞𝄞", 0, 1, "𝄞", 4);
    check("", 0, 100, "", 0);
}

fn lines(content: &[u8], line: i64, count: Option<u64>, limit: Option<u64>) -> String {
    let (_folder, args) = planted(content);
    match file_read(FileRead { line: Some(line), lines: count, limit, ..args }) {
        Ok(output) => {
            let part = output.as_json();
            let next = part["next_line"].as_u64().map(|next| format!(" then {next}")).unwrap_or_default();
            let end = if part["end"] == true { " end" } else { "" };
            format!("{}: {:?}{next}{end}", part["line"], part["text"].as_str().unwrap())
        }
        Err(error) => error.message().rsplit(": ").next().unwrap().to_owned(),
    }
}

#[test]
fn lines_are_read_from_either_end() {
    let text = b"one\ntwo\nthree\nfour\n";
    assert_eq!(lines(text, 1, None, None), r#"1: "one\ntwo\nthree\nfour\n" end"#);
    assert_eq!(lines(text, 2, Some(2), None), r#"2: "two\nthree\n" then 4"#);
    assert_eq!(lines(text, 4, Some(2), None), r#"4: "four\n" end"#);
    assert_eq!(lines(text, 9, None, None), "has 4 lines, so there is no line 9");
    assert_eq!(lines(text, -2, None, None), r#"3: "three\nfour\n" end"#);
    assert_eq!(lines(text, -9, Some(1), None), r#"1: "one\n" then 2"#);
    assert_eq!(lines(b"a\nb", -1, None, None), r#"2: "b" end"#);
    assert_eq!(lines(b"", 1, None, None), r#"1: "" end"#);
    assert_eq!(lines(b"", -3, None, None), r#"1: "" end"#);
}

#[test]
fn a_part_ends_with_a_line() {
    assert_eq!(lines(b"one\ntwo\nthree\n", 1, None, Some(9)), r#"1: "one\ntwo\n" then 3"#);
    // Only a line that is longer than what may be read is cut.
    assert_eq!(lines(b"0123456789", 1, None, Some(4)), r#"1: "0123""#);
}

#[test]
fn other_encodings_are_read_as_text() {
    assert_eq!(lines(b"M\xfcller\nB\xe4cker\n", 2, None, None), r#"2: "Bäcker\n" end"#);
    let wide: Vec<u8> = "\u{feff}eins\nzwei\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(lines(&wide, -1, None, None), r#"2: "zwei\n" end"#);
    assert_eq!(lines("\u{feff}ä".as_bytes(), 1, None, None), r#"1: "ä" end"#);
    let (_folder, args) = planted(b"\xe4");
    let cyrillic = file_read(FileRead { encoding: Some("koi8-r".to_owned()), ..args }).unwrap();
    assert_eq!(
        (&cyrillic.as_json()["encoding"], &cyrillic.as_json()["text"]),
        (&json!("KOI8-R"), &json!("Д"))
    );
}

#[test]
fn what_is_not_text_is_shown_in_another_way_or_refused() {
    let (_folder, args) = planted(b"PK\x03\x04\x14\0\0\0\0\0");
    let path = args.path.clone();
    let error = file_read(args).unwrap_err();
    let expected =
        "is not text (application/zip); use file_info or document_read, or `as`: `base64` for its bytes";
    assert!(error.message().ends_with(expected), "{error}");
    let base64 =
        file_read(FileRead { path: path.clone(), form: Some(Form::Base64), ..FileRead::default() }).unwrap();
    assert_eq!(base64.as_json()["base64"], json!("UEsDBBQAAAAAAA=="));
    let image = file_read(FileRead { path, form: Some(Form::Image), ..FileRead::default() }).unwrap_err();
    assert!(image.message().ends_with("is no picture that can be shown (application/zip)"), "{image}");
    let (_folder, args) = planted(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    assert!(file_read(args).unwrap().as_text().ends_with("a.txt (image/png, 16 bytes)"));
}

#[test]
fn a_place_is_said_in_one_way() {
    let (_folder, args) = planted(b"text");
    let error = file_read(FileRead { offset: Some(1), line: Some(1), ..args }).unwrap_err();
    assert_eq!(error.message(), "give `offset`, or `line` and `lines`, not both");
}
