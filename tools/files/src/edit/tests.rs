use super::*;
use insta::assert_snapshot;

fn edited(content: &[u8], edits: &[(&str, &str, bool)]) -> (Vec<u8>, Result<Output, Error>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt");
    fs::write(&path, content).unwrap();
    let edit = |&(old, new, all): &(&str, &str, bool)| Edit { old: old.to_owned(), new: new.to_owned(), all };
    let edits = edits.iter().map(edit).collect();
    let result = file_edit(FileEdit { path: path.to_string_lossy().into_owned(), edits });
    (fs::read(path).unwrap(), result)
}

#[track_caller]
fn check(before: &str, edits: &[(&str, &str, bool)], after: &str) {
    let (found, result) = edited(before.as_bytes(), edits);
    result.unwrap();
    assert_eq!(String::from_utf8(found).unwrap(), after);
}

fn refused(before: &str, edits: &[(&str, &str, bool)]) -> String {
    let (found, result) = edited(before.as_bytes(), edits);
    assert_eq!(found, before.as_bytes(), "nothing was changed");
    result.unwrap_err().message().to_owned()
}

#[test]
fn texts_are_replaced_one_after_the_other() {
    check("one two three", &[("two", "2", false), ("2 three", "zwei drei", false)], "one zwei drei");
    check("a a a", &[("a", "b", true)], "b b b");
    check("keep\ngo\n", &[("go\n", "", false)], "keep\n");
}

#[test]
fn what_differs_in_blanks_quotes_or_line_ends_is_found() {
    check("a\r\nb\r\nc\r\n", &[("a\nb\n", "x\ny\n", false)], "x\r\ny\r\nc\r\n");
    check("It’s “so” – really", &[("It's \"so\" - ", "It was ", false)], "It was really");
    check("é’x’ é’y’", &[("'y'", "z", false)], "é’x’ éz");
    check(
        "if a {\n\t\tgo( 1 )\n\t}\n",
        &[("  go( 1 )\n}", "  stop()\n}", false)],
        "if a {\n\t\tstop()\n\t}\n",
    );
    check(
        "    a = 1\n    b = 2\n",
        &[("a = 1\nb = 2\n", "a = 1\nif a:\n    b = 3\n", false)],
        "    a = 1\n    if a:\n        b = 3\n",
    );
    let (_, result) = edited(b"a  b\nc\n", &[("a b\n", "d\n", false)]);
    assert_eq!(
        result.unwrap().as_json()["edits"][0],
        serde_json::json!({"line": 1, "count": 1, "fuzzy": true})
    );
}

#[test]
fn a_text_that_is_not_there_shows_the_nearest() {
    let text = "# Notes\n\nMeet Anna on Monday\nat ten.\n\nBuy milk.\n";
    assert_snapshot!(refused(text, &[("milk", "bread", false), ("Meet Anne on Monday\nat ten.", "x", false)]), @r#"
    nothing was changed; edit 2: `old` is not in the file; the nearest is at lines 3 to 4 (96 % alike):
    Meet Anna on Monday
    at ten.
    "#);
    assert_snapshot!(refused(text, &[("Meet Anne on Tuesday", "x", false)]), @r#"
    nothing was changed: `old` is not in the file; the nearest is at line 3 (77 % alike):
    Meet Anna on Monday
    "#);
    assert_snapshot!(refused(text, &[("zzzz qqqq", "x", false)]), @"nothing was changed: `old` is not in the file, and nothing there is like it; read the file first");
}

#[test]
fn a_text_that_is_there_more_than_once_is_not_guessed() {
    assert_snapshot!(refused("a\nb\na\n", &[("a", "c", false)]), @"nothing was changed: `old` occurs 2 times, at lines 1, 3; give more of the text around it, or set `all`");
    // Nearly the same twice is no better.
    assert_snapshot!(refused("x  y\n\nx   y\n", &[("x y", "c", false)]), @"nothing was changed: `old` occurs 2 times, at lines 1, 3; give more of the text around it, or set `all`");
}

#[test]
fn the_encoding_stays() {
    let (found, result) = edited(b"M\xfcller und S\xf6hne, B\xe4ckerei", &[("Müller", "Möller", false)]);
    assert!(result.is_ok());
    assert_eq!(found, b"M\xf6ller und S\xf6hne, B\xe4ckerei");
    let (found, result) = edited(b"M\xfcller und S\xf6hne, B\xe4ckerei", &[("und", "→", false)]);
    assert!(result.unwrap_err().message().contains("is written in windows-1252, which has no '→'"));
    assert_eq!(found, b"M\xfcller und S\xf6hne, B\xe4ckerei");
    let wide: Vec<u8> = "\u{feff}eins zwei\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let (found, result) = edited(&wide, &[("zwei", "drei", false)]);
    assert!(result.is_ok());
    assert_eq!(found, "\u{feff}eins drei\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    check("\u{feff}mark", &[("mark", "Mark", false)], "\u{feff}Mark");
}

#[test]
fn what_cannot_be_edited_is_said() {
    assert!(refused("a", &[("a", "a", false)]).ends_with("these edits change nothing"));
    let (_, result) = edited(b"PK\x03\x04\0\0\0\0", &[("a", "b", false)]);
    assert!(result.unwrap_err().message().ends_with("is not text (application/zip)"));
}

#[test]
fn a_long_file_is_searched_quickly() {
    let text: String = (0..10_000).map(|number| format!("this is line number {number} of many\n")).collect();
    assert!(refused(&text, &[("this is line nummer 7777 of many", "x", false)]).contains("line 7778"));
}

proptest::proptest! {
    #[test]
    fn any_texts_are_taken(text in ".{0,40}(\n.{0,20}){0,5}", old in ".{1,10}(\n.{0,10})?", all: bool) {
        let edit = Edit { old, new: "new".to_owned(), all };
        if let Ok((_, made)) = replace(&text, &edit) {
            assert!(made.count == 1 || all);
        }
    }
}
