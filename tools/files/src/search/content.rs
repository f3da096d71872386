//! Lines of a file that match, by ripgrep's own searcher.

use std::fs::File;
use std::io::{self, Cursor, Read};

use cowork_tool::{Error, media, text};
use grep_matcher::{LineTerminator, Matcher as _};
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{
    BinaryDetection, Searcher, SearcherBuilder, Sink, SinkContext, SinkContextKind, SinkMatch,
};

use super::Mode;
use super::found::{Match, Page};
use crate::walk::absolute;

/// Of a line that is returned, in characters.
const LONGEST_LINE: usize = 300;
/// Of any line, in bytes: they are held in memory.
const LARGEST_LINE: usize = 64 << 20;
/// A regular expression that was understood, in bytes.
const LARGEST_PATTERN: usize = 16 << 20;

/// What is looked for in files.
pub(super) struct Content {
    matcher: RegexMatcher,
    searcher: Searcher,
    mode: Mode,
    head: Vec<u8>,
}

impl Content {
    pub(super) fn new(pattern: &str, mode: Mode, context: usize) -> Result<Self, Error> {
        let mut builder = RegexMatcherBuilder::new();
        builder.multi_line(true).crlf(true).size_limit(LARGEST_PATTERN);
        let matcher = builder
            .build(pattern)
            .map_err(|error| Error::invalid(format!("`text` is not a regular expression: {error}")))?;
        let context = if mode == Mode::Matches { context } else { 0 };
        let searcher = SearcherBuilder::new()
            .line_terminator(LineTerminator::crlf())
            .line_number(mode == Mode::Matches)
            .before_context(context)
            .after_context(context)
            .bom_sniffing(false)
            .heap_limit(Some(LARGEST_LINE))
            .binary_detection(BinaryDetection::quit(0))
            .build();
        Ok(Self { matcher, searcher, mode, head: Vec::with_capacity(media::HEAD + 1) })
    }

    /// Adds the matches of one file to the page; a file that is not text has none.
    pub(super) fn search(&mut self, path: &str, page: &mut Page) -> io::Result<()> {
        let mut file = File::open(absolute(path))?;
        self.head.clear();
        Read::by_ref(&mut file).take(media::HEAD as u64 + 1).read_to_end(&mut self.head)?;
        if !media::seems_text(&self.head) {
            return Ok(());
        }
        let is_whole = self.head.len() <= media::HEAD;
        let encoding = text::encoding_of(&self.head, is_whole);
        let mut sink =
            Lines { path, matcher: &self.matcher, mode: self.mode, page, count: 0, before: Vec::new() };
        let rest = Cursor::new(&self.head).chain(file);
        match (encoding.name(), is_whole) {
            ("UTF-8", true) => self.searcher.search_slice(&self.matcher, &self.head, &mut sink),
            ("UTF-8", false) => self.searcher.search_reader(&self.matcher, rest, &mut sink),
            _ => self.searcher.search_reader(&self.matcher, text::reader(rest, encoding), &mut sink),
        }?;
        if self.mode == Mode::Counts && sink.count > 0 {
            let count = Some(sink.count);
            page.take(Match { count, ..Match::of_file(path.to_owned()) });
        }
        Ok(())
    }
}

/// Takes the lines of one file.
struct Lines<'a> {
    path: &'a str,
    matcher: &'a RegexMatcher,
    mode: Mode,
    page: &'a mut Page,
    count: u64,
    before: Vec<String>,
}

impl Sink for Lines<'_> {
    type Error = io::Error;

    fn matched(&mut self, _: &Searcher, found: &SinkMatch<'_>) -> io::Result<bool> {
        self.count += 1;
        Ok(match self.mode {
            Mode::Counts => true,
            Mode::Files => {
                self.page.take(Match::of_file(self.path.to_owned()));
                false
            }
            Mode::Matches => {
                let before = std::mem::take(&mut self.before);
                let text = self.page.wants_text().then(|| shown(found.bytes(), self.matcher));
                let line = found.line_number();
                self.page.take(Match { line, text, before, ..Match::of_file(self.path.to_owned()) })
            }
        })
    }

    fn context(&mut self, _: &Searcher, line: &SinkContext<'_>) -> io::Result<bool> {
        if !self.page.wants_text() {
            return Ok(true);
        }
        let text = part(&decoded(line.bytes()), 0);
        match line.kind() {
            SinkContextKind::Before => self.before.push(text),
            SinkContextKind::After | SinkContextKind::Other => {
                if let Some(last) = self.page.last_of(self.path) {
                    last.after.push(text);
                }
            }
        }
        Ok(true)
    }
}

/// A line with its match, wherever in it that is.
fn shown(line: &[u8], matcher: &RegexMatcher) -> String {
    let text = decoded(line);
    let at = match text.len() > LONGEST_LINE {
        true => matcher.find(text.as_bytes()).ok().flatten().map_or(0, |found| found.start()),
        false => 0,
    };
    part(&text, at)
}

fn decoded(line: &[u8]) -> String {
    let end = line.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r')).map_or(0, |at| at + 1);
    String::from_utf8_lossy(&line[..end]).into_owned()
}

/// A line, or the part of a long one around this byte.
fn part(text: &str, at: usize) -> String {
    let start = if at < LONGEST_LINE / 2 { 0 } else { text.floor_char_boundary(at - LONGEST_LINE / 3) };
    let mut chars = text[start..].chars();
    let shown: String = chars.by_ref().take(LONGEST_LINE).collect();
    let (before, after) = (if start > 0 { "…" } else { "" }, if chars.next().is_some() { "…" } else { "" });
    format!("{before}{shown}{after}")
}
