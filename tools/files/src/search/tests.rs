use super::*;
use insta::assert_snapshot;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let files: [(&str, &[u8]); 6] = [
        ("sub/A.TXT", b"one\ntwo\r\nthree one\n"),
        ("b.md", b"one"),
        ("c.bin", b"one\0one"),
        ("latin.txt", b"Stra\xdfe one\nM\xfcller\n"),
        ("wide.txt", b"\xff\xfeo\0n\0e\0\n\0"),
        ("d.pdf", b"%PDF-1.7\none\n"),
    ];
    std::fs::create_dir(folder.path().join("sub")).unwrap();
    for (name, content) in files {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

fn search(args: FileSearch) -> String {
    let folder = folder();
    let output = file_search(FileSearch { path: Some(folder.path().to_string_lossy().into_owned()), ..args });
    let text = output.unwrap_or_else(|error| Output::text(error.message())).as_text();
    text.replace(&format!("{}/", relative(folder.path())), "")
}

fn name(glob: &str) -> FileSearch {
    FileSearch { name: Some(glob.to_owned()), ..FileSearch::default() }
}

fn text(text: &str) -> FileSearch {
    FileSearch { text: Some(text.to_owned()), ..FileSearch::default() }
}

#[test]
fn by_name_and_by_text() {
    assert_eq!(search(name("*.txt")), "latin.txt\nsub/A.TXT\nwide.txt");
    assert_eq!(search(name("**/sub/*")), "sub/A.TXT");
    assert_eq!(search(name("{b,c}.*")), "b.md\nc.bin");
    assert_eq!(search(text("^one$")), "b.md:1: one\nsub/A.TXT:1: one\nwide.txt:1: one");
    assert_eq!(search(FileSearch { name: Some("*.txt".into()), ..text("ONE") }), "(no match)");
    assert_eq!(search(FileSearch { name: Some("*.txt".into()), ..text("two$") }), "sub/A.TXT:2: two");
    assert_eq!(search(FileSearch { exclude: vec!["*.txt".into()], ..text("(?i)ONE") }), "b.md:1: one");
}

#[test]
fn a_text_is_found_in_any_encoding() {
    assert_eq!(search(text("straße|Müller")), "latin.txt:2: Müller");
    assert_eq!(search(text("^Stra.e")), "latin.txt:1: Straße one");
}

#[test]
fn lines_around_a_match_are_shown() {
    let found = search(FileSearch { context: 1, name: Some("A.*".into()), ..text("one|three") });
    assert_snapshot!(found, @r#"
    sub/A.TXT:1: one
    sub/A.TXT-2- two
    sub/A.TXT:3: three one
    "#);
    let found = search(FileSearch { context: 1, name: Some("A.*".into()), ..text("two") });
    assert_snapshot!(found, @r#"
    sub/A.TXT-1- one
    sub/A.TXT:2: two
    sub/A.TXT-3- three one
    "#);
}

#[test]
fn files_and_counts() {
    assert_snapshot!(search(FileSearch { mode: Mode::Files, ..text("one") }), @r#"
    b.md
    latin.txt
    sub/A.TXT
    wide.txt
    "#);
    assert_snapshot!(search(FileSearch { mode: Mode::Counts, ..text("one|e") }), @r#"
    b.md: 1
    latin.txt: 2
    sub/A.TXT: 2
    wide.txt: 1
    "#);
}

#[test]
fn pages_follow_each_other() {
    let page = |offset| search(FileSearch { limit: Some(2), offset, ..text("one") });
    assert_snapshot!(page(0), @r#"
    b.md:1: one
    latin.txt:1: Straße one
    (there are more; go on with offset 2)
    "#);
    assert_snapshot!(page(2), @r#"
    sub/A.TXT:1: one
    sub/A.TXT:3: three one
    (there are more; go on with offset 4)
    "#);
    assert_snapshot!(page(4), @"wide.txt:1: one");
}

#[test]
fn what_cannot_be_searched_for_is_said() {
    assert_eq!(search(FileSearch::default()), "give `name`, `text` or both");
    assert!(search(text("(")).starts_with("`text` is not a regular expression: "));
    assert!(search(name("[")).starts_with("`name` is not a glob: "));
}

#[test]
fn a_match_in_a_long_line_is_shown_with_what_is_around_it() {
    let folder = tempfile::tempdir().unwrap();
    let long = format!("{}needle{}", "ä".repeat(5000), "b".repeat(5000));
    std::fs::write(folder.path().join("a.txt"), long).unwrap();
    let path = Some(folder.path().to_string_lossy().into_owned());
    let found = file_search(FileSearch { path, ..text("needle") }).unwrap().as_json();
    let shown = found["matches"][0]["text"].as_str().unwrap();
    assert!(shown.starts_with("…ä") && shown.contains("needle") && shown.ends_with("b…"), "{shown}");
    assert!(shown.chars().count() <= LONGEST_SHOWN, "{shown}");
}

const LONGEST_SHOWN: usize = 302;
