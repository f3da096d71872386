use super::*;
use proptest::prelude::*;

/// All rows of a file with this content, each as its cells with `|` between.
fn rows(name: &str, content: &[u8]) -> Result<Vec<String>, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name).to_string_lossy().into_owned();
    std::fs::write(&path, content).unwrap();
    let mut rows = Vec::new();
    Delimited::open(&path)?.each_row(&mut |_, cells| {
        rows.push(cells.iter().map(Cell::to_string).collect::<Vec<_>>().join("|"));
        Ok(Flow::Continue(()))
    })?;
    Ok(rows)
}

fn check(name: &str, content: impl AsRef<[u8]>, expected: &[&str]) {
    assert_eq!(rows(name, content.as_ref()).unwrap(), expected, "{name}");
}

#[test]
fn the_delimiter_is_found() {
    check("a.csv", "a,b\n1,2\n", &["a|b", "1|2"]);
    check("a.csv", "a;b;c\n1,5;2;3\n", &["a|b|c", "1,5|2|3"]);
    check("a.csv", "\"a;b;c\",b\n", &["a;b;c|b"]);
    check("a.txt", "a\tb\n", &["a|b"]);
    check("a.tsv", "a,b\tc\n", &["a,b|c"]);
    check("a.csv", "alone\n1\n", &["alone", "1"]);
}

#[test]
fn encodings() {
    check("a.csv", "\u{feff}näme,b\n", &["näme|b"]);
    check("a.csv", b"n\xe4me;b\x80\n", &["näme|b€"]);
    let wide: Vec<u8> = "\u{feff}ä,b\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    check("a.csv", wide, &["ä|b"]);
}

#[test]
fn quotes_line_ends_and_ragged_rows() {
    check("a.csv", "a,\"b\n\"\"c\"\"\"\r\n\r\n1\r\n1,2,3", &["a|b\n\"c\"", "1", "1|2|3"]);
    check("a.csv", "", &[]);
}

#[test]
fn what_is_no_text_is_refused() {
    let error = rows("a.csv", b"PK\x03\x04\0\0").unwrap_err();
    assert!(error.message().ends_with("a.csv: is not a text; file_info tells what it is"), "{error}");
}

#[test]
fn a_row_without_end_is_refused() {
    let error = rows("a.csv", &vec![b'x'; 20 << 20]).unwrap_err();
    assert!(error.message().contains("one row is longer than 16 MiB"), "{error}");
}

proptest! {
    #[test]
    fn any_bytes_are_rows_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Err(error) = rows("a.csv", &bytes) {
            prop_assert!(matches!(error, Error::Failed(_)), "{}", error);
        }
    }
}
