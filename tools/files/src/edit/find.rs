//! Where a text occurs, to the letter or nearly.

use std::ops::Range;

/// A place where a text occurs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    pub range: Range<usize>,
    /// How the lines of the text are indented, and how those in the file are.
    pub indents: Vec<(String, String)>,
}

/// Every place to the letter, one after the other.
pub(super) fn exact(text: &str, old: &str) -> Vec<Place> {
    text.match_indices(old).map(|(at, _)| Place { range: at..at + old.len(), indents: Vec::new() }).collect()
}

/// Every place where only the shape of quotes, dashes and blanks differs.
pub(super) fn alike(text: &str, old: &str) -> Vec<Place> {
    let folded: String = text.chars().map(fold).collect();
    let old: String = old.chars().map(fold).collect();
    // Both have the same characters in the same order, of other lengths.
    let mut places = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    let (mut at_char, mut place) = (0, places.next().unwrap_or_default());
    let mut real = |char: usize| {
        while at_char < char {
            place = places.next().unwrap_or(text.len());
            at_char += 1;
        }
        place
    };
    let (mut chars, mut counted) = (0, 0);
    let mut char_at = |byte: usize| {
        chars += folded[counted..byte].chars().count();
        counted = byte;
        chars
    };
    let found: Vec<usize> = folded.match_indices(&old).map(|(at, _)| at).collect();
    let place = |at| {
        let start = real(char_at(at));
        let end = real(char_at(at + old.len()));
        Place { range: start..end, indents: Vec::new() }
    };
    found.into_iter().map(place).collect()
}

/// Every run of whole lines that differs in nothing but blanks.
pub(super) fn lines(text: &str, old: &str) -> Vec<Place> {
    let wanted: Vec<&str> = old.lines().collect();
    if old.trim().is_empty() {
        return Vec::new();
    }
    let folded: Vec<String> = wanted.iter().map(|line| words(line)).collect();
    let lines: Vec<(usize, &str)> = with_places(text).collect();
    let have: Vec<String> = lines.iter().map(|(_, line)| words(line)).collect();
    let mut places = Vec::new();
    let mut at = 0;
    while at + folded.len() <= have.len() {
        if have[at..at + folded.len()] == folded[..] {
            let last = lines[at + folded.len() - 1];
            let end = last.0 + if old.ends_with('\n') { last.1.len() } else { without_end(last.1).len() };
            let pairs = wanted.iter().zip(&lines[at..]).filter(|(line, _)| !line.trim().is_empty());
            let indents = pairs.map(|(line, (_, found))| (indent(line), indent(found))).collect();
            places.push(Place { range: lines[at].0..end, indents });
            at += folded.len();
        } else {
            at += 1;
        }
    }
    places
}

/// The lines of a text with their ends, and where each begins.
pub(super) fn with_places(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_inclusive('\n').scan(0, |at, line| {
        let start = *at;
        *at += line.len();
        Some((start, line))
    })
}

/// The characters that keyboards have, for those that word processors make of them.
fn fold(c: char) -> char {
    match c {
        '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{2032}' => '\'',
        '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{2033}' => '"',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{3000}' => ' ',
        other => other,
    }
}

/// A line with one blank between its words and none around them.
pub(super) fn words(line: &str) -> String {
    let folded: String = line.chars().map(fold).collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(super) fn indent(line: &str) -> String {
    line[..line.len() - line.trim_start().len()].to_owned()
}

fn without_end(line: &str) -> &str {
    line.trim_end_matches(['\n', '\r'])
}
