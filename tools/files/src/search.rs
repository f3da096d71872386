//! `file_search`: files by their name, by the text in them, or both.

mod content;
mod found;
mod render;

use std::fs;

use cowork_tool::{Deserialize, Error, JsonSchema, OnPath, Output, relative};

use crate::pattern::Pattern;
use crate::walk::{Entry, Reach, Walk, absolute};
use content::Content;
pub use found::Found;
use found::{Match, Page};

/// Arguments of [`file_search`].
#[derive(Default, Deserialize, JsonSchema)]
pub struct FileSearch {
    /// The folder to search, with everything below it, or one file. Default `files`.
    pub path: Option<String>,
    /// A glob in any case: `*.pdf` or `*.{md,txt}` for names, `**/2026/*` for paths.
    pub name: Option<String>,
    /// Globs of what to leave out.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// A regular expression for one line; `(?i)` before it ignores case.
    pub text: Option<String>,
    /// What to return of a search for text. Default `matches`.
    #[serde(default)]
    pub mode: Mode,
    /// Lines to show before and after each match. Default 0.
    #[serde(default)]
    #[schemars(range(max = 20))]
    pub context: usize,
    /// Also what `.gitignore` and `.ignore` leave out. Default false.
    #[serde(default)]
    pub ignored: bool,
    /// How many matches to return at most. Default 200.
    #[schemars(range(min = 1, max = 10_000))]
    pub limit: Option<usize>,
    /// How many matches to leave out, to go on after a page. Default 0.
    #[serde(default)]
    pub offset: usize,
}

/// What a search for text returns.
#[derive(Clone, Copy, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Each line that matches.
    #[default]
    Matches,
    /// Each file with a match.
    Files,
    /// How many lines match in each file.
    Counts,
}

const DEFAULT_LIMIT: usize = 200;
const MOST_CONTEXT: usize = 20;

/// Searches everything below a folder. Files that are not text are skipped when searching for text.
pub fn file_search(args: FileSearch) -> Result<Output, Error> {
    if args.name.is_none() && args.text.is_none() {
        return Err(Error::invalid("give `name`, `text` or both"));
    }
    let wanted = Wanted::new(&args)?;
    let context = args.context.min(MOST_CONTEXT);
    let mut content = args.text.as_deref().map(|text| Content::new(text, args.mode, context)).transpose()?;
    let mut page = Page::new(args.offset, args.limit.unwrap_or(DEFAULT_LIMIT));
    let folder = relative(args.path.as_deref().unwrap_or("files"));
    if fs::metadata(absolute(&folder)).on_path(&folder)?.is_dir() {
        let mut walk = Walk::new(&folder, Reach { depth: usize::MAX, ignored: args.ignored })?;
        while let Some(entry) = walk.next().filter(|_| !page.is_full()) {
            search(&wanted, content.as_mut(), entry, &mut page);
        }
        page.left_out = walk.left_out();
    } else {
        let kind = fs::metadata(absolute(&folder)).map(|metadata| metadata.file_type());
        search(&wanted, content.as_mut(), Entry { path: folder, depth: 0, kind }, &mut page);
    }
    let found = page.into_found();
    Output::text(render::found(&found)).structured(found)
}

/// Which files are searched.
struct Wanted {
    name: Option<Pattern>,
    exclude: Vec<Pattern>,
}

impl Wanted {
    fn new(args: &FileSearch) -> Result<Self, Error> {
        let name = args.name.as_deref().map(|glob| Pattern::new("name", glob)).transpose()?;
        let exclude =
            args.exclude.iter().map(|glob| Pattern::new("exclude", glob)).collect::<Result<_, _>>()?;
        Ok(Self { name, exclude })
    }

    fn has(&self, path: &str) -> bool {
        self.name.as_ref().is_none_or(|name| name.matches(path))
            && !self.exclude.iter().any(|exclude| exclude.matches(path))
    }
}

/// Adds the matches of one entry to the page.
fn search(wanted: &Wanted, content: Option<&mut Content>, entry: Entry, page: &mut Page) {
    if !wanted.has(&entry.path) {
        return;
    }
    match (content, entry.kind) {
        (None, _) => {
            page.take(Match::of_file(entry.path));
        }
        (Some(_), Ok(kind)) if !kind.is_file() => {}
        (Some(content), Ok(_)) => {
            if let Err(error) = content.search(&entry.path, page) {
                page.unreadable.push(format!("{}: {}", entry.path, Error::from(error).message()));
            }
        }
        (Some(_), Err(error)) => {
            page.unreadable.push(format!("{}: {}", entry.path, Error::from(error).message()));
        }
    }
}

#[cfg(test)]
#[path = "search/tests.rs"]
mod tests;
