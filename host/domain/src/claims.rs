//! What words claim about files, as far as it shows without understanding them.

use std::collections::BTreeSet;

/// Words for files, in a line of a plan.
const WORDS: [&str; 6] = ["file", "files", "folder", "folders", "spreadsheet", "spreadsheets"];
/// Where deliverables lie.
const OUTPUT: &str = "output/";

/// Whether a line of a plan is about files: it names a place among them, a name with an extension, or says "file".
pub fn is_about_files(line: &str) -> bool {
    let words =
        line.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '"' | '`' | '\'' | '(' | ')'));
    words.map(|word| word.trim_end_matches(['.', ':', '!', '?'])).any(|word| {
        let is_place = word.starts_with("files/") || word.starts_with(OUTPUT);
        is_place || has_extension(word) || WORDS.contains(&word.to_lowercase().as_str())
    })
}

/// The files under `output/` that a text names and that are not there. Only names with an extension count, and no
/// patterns: what may be meant otherwise is passed over.
pub fn missing(text: &str, there: &BTreeSet<String>) -> BTreeSet<String> {
    let starts = text.match_indices(OUTPUT).filter(|(at, _)| {
        // "my-output/x" is another place.
        !text[..*at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '/' | '-' | '_' | '.'))
    });
    let named = starts.filter_map(|(at, _)| named(&text[at..], text[..at].chars().next_back()));
    named.filter(|(path, rest)| !is_there(path, rest, there)).map(|(path, _)| path).collect()
}

/// The path that a text begins with, and the line that it stands in.
fn named(text: &str, quote: Option<char>) -> Option<(String, &str)> {
    let line = text.lines().next().unwrap_or_default();
    let closing = quote.filter(|c| matches!(c, '`' | '"' | '\''));
    let end = match closing.and_then(|quote| line.find(quote)) {
        Some(end) => end,
        None => line.find(|c: char| c.is_whitespace() || "\"'`<>()[]|,;*".contains(c)).unwrap_or(line.len()),
    };
    let path = line[..end].trim_end_matches(['.', ':', '!', '?', ',', ';', '*', '_']);
    let is_pattern = path.contains(['*', '{', '}', '%', '$', '…']) || path.contains("...");
    let is_cut_short = line[end..].starts_with(['<', '[']);
    let is_file = path.rsplit('/').next().is_some_and(has_extension);
    (is_file && !is_pattern && !is_cut_short).then(|| (path.to_owned(), line))
}

/// A name with spaces is longer than its first word.
fn is_there(path: &str, line: &str, there: &BTreeSet<String>) -> bool {
    there.contains(path) || there.iter().any(|known| known.contains(' ') && line.starts_with(known.as_str()))
}

fn has_extension(name: &str) -> bool {
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    let is_word = extension.chars().all(|c| c.is_ascii_alphanumeric());
    let has_letter = extension.chars().any(|c| c.is_ascii_alphabetic());
    !stem.is_empty() && (2..=5).contains(&extension.len()) && is_word && has_letter
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn there() -> BTreeSet<String> {
        ["output/a.md", "output/Expense report.xlsx", "output/2026", "output/2026/b.csv"]
            .map(str::to_owned)
            .into()
    }

    fn check(text: &str, expected: &[&str]) {
        let found = missing(text, &there());
        assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn what_is_there_is_no_matter_however_it_is_written() {
        check("Written to output/a.md.", &[]);
        check("See `output/a.md`, \"output/Expense report.xlsx\" and output/2026/b.csv!", &[]);
        check("The result is output/Expense report.xlsx as you wished.", &[]);
        check("(output/a.md) **output/a.md** [it](output/a.md)", &[]);
    }

    #[test]
    fn what_is_not_there_is_named() {
        check("I wrote output/b.md and output/a.md.", &["output/b.md"]);
        check("`output/no such.pdf` is done", &["output/no such.pdf"]);
        check("**output/b.md**", &["output/b.md"]);
        check("output/2027/b.csv:\n- output/c.txt", &["output/2027/b.csv", "output/c.txt"]);
    }

    #[test]
    fn what_may_be_meant_otherwise_is_passed_over() {
        check(
            "All is in output/ and output/2027, as output/*.pdf, output/{a,b}.txt and output/<name>.md.",
            &[],
        );
        check("my-output/x.md, /srv/output/x.md, output/a%20b.md, output/… and output/v1.2", &[]);
    }

    #[test]
    fn a_line_about_files_names_one() {
        for line in
            ["Write output/report", "Fill expenses.xlsx", "Count the files.", "Sort `files/a` by date"]
        {
            assert!(is_about_files(line), "{line}");
        }
        for line in
            ["Look around", "Think of three names, e.g. by theme", "Decide on 2.5 or 3", "Ask Mr. Smith"]
        {
            assert!(!is_about_files(line), "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(output/|[a-z.` \"*ü…]{0,4}){0,12}") {
            for path in missing(&text, &there()) {
                prop_assert!(path.starts_with(OUTPUT) && text.contains(&path) && !there().contains(&path));
            }
            is_about_files(&text);
        }
    }
}
