use globset::{GlobBuilder, GlobMatcher};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// A pattern over paths that are relative to the coworkspace: `files/**`, `output/*.xlsx`, `**`.
///
/// `*`, `?`, `[…]` and `{…}` stay within one name, `**` stands for any number of folders.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PathPattern {
    text: String,
    whole: GlobMatcher,
    /// One for each name on the way; none where any number of names may stand.
    parts: Vec<Option<GlobMatcher>>,
}

/// Why a text is no such pattern.
#[derive(Debug, thiserror::Error)]
pub enum InvalidPathPattern {
    /// It would name places outside, or nothing.
    #[error(
        "{0:?} is not a pattern of paths in a coworkspace: it must be relative, without empty parts, \".\" and \"..\""
    )]
    Place(String),
    /// It is longer or deeper than patterns need to be, or its brackets would match more than one name.
    #[error(
        "{0:?} is too long, too deep, or has a range or an exclusion in brackets: write the characters out"
    )]
    TooMuch(String),
    /// It is no pattern at all.
    #[error("{text:?} is not a pattern")]
    Glob {
        /// The text.
        text: String,
        /// What is wrong.
        #[source]
        source: globset::Error,
    },
}

impl PathPattern {
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a path fits.
    pub fn matches(&self, path: &Path) -> bool {
        self.is_everything() || self.whole.is_match(path)
    }

    /// Whether every path fits.
    pub fn is_everything(&self) -> bool {
        self.text == "**"
    }

    /// Whether everything below a folder fits.
    pub fn covers_below(&self, folder: &Path) -> bool {
        let Some(above) = self.text.strip_suffix("/**") else { return self.is_everything() };
        let is_plain = !above.contains(['*', '?', '[', '{', '\\']);
        is_plain && folder.starts_with(above)
    }

    /// Whether something below a folder could fit: it is on the way.
    pub fn leads_through(&self, folder: &Path) -> bool {
        let mut parts = self.parts.iter();
        for name in folder {
            match parts.next() {
                Some(None) => return true,
                Some(Some(part)) if part.is_match(Path::new(name)) => {}
                _ => return false,
            }
        }
        parts.next().is_some()
    }
}

impl FromStr for PathPattern {
    type Err = InvalidPathPattern;
    fn from_str(text: &str) -> Result<Self, InvalidPathPattern> {
        if text.contains('\0') || text.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(InvalidPathPattern::Place(text.chars().take(200).collect()));
        }
        if !is_modest(text) {
            return Err(InvalidPathPattern::TooMuch(text.chars().take(200).collect()));
        }
        let compile = |glob: &str| {
            let built = GlobBuilder::new(glob).literal_separator(true).backslash_escape(true).build();
            let wrong = |source| InvalidPathPattern::Glob { text: text.chars().take(200).collect(), source };
            built.map(|glob| glob.compile_matcher()).map_err(wrong)
        };
        let part = |part: &str| match part {
            "**" => Ok(None),
            // Braces may hold slashes: then any number of names may stand there.
            part => Ok(compile(part).ok()),
        };
        let parts = text.split('/').map(part).collect::<Result<_, InvalidPathPattern>>()?;
        Ok(Self { text: text.to_owned(), whole: compile(text)?, parts })
    }
}

/// What the compiler of patterns takes without harm, and without brackets that would match a slash.
fn is_modest(text: &str) -> bool {
    const LONGEST: usize = 1024;
    const DEEPEST: usize = 4;
    let mut depth = 0_usize;
    for c in text.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return false;
        }
    }
    let inside = |rest: &str| {
        rest.split(']').next().is_some_and(|set| set.starts_with(['!', '^']) || set.contains('-'))
    };
    text.len() <= LONGEST && !text.split('[').skip(1).any(inside)
}

impl TryFrom<String> for PathPattern {
    type Error = InvalidPathPattern;
    fn try_from(text: String) -> Result<Self, InvalidPathPattern> {
        text.parse()
    }
}

impl From<PathPattern> for String {
    fn from(pattern: PathPattern) -> Self {
        pattern.text
    }
}

impl PartialEq for PathPattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for PathPattern {}

impl fmt::Debug for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pattern(text: &str) -> PathPattern {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn one_star_stays_in_a_folder_and_two_go_on() {
        let one = pattern("files/*.txt");
        assert!(one.matches(Path::new("files/a.txt")));
        assert!(!one.matches(Path::new("files/sub/a.txt")) && !one.matches(Path::new("files")));
        let two = pattern("files/**");
        assert!(two.matches(Path::new("files/a")) && two.matches(Path::new("files/sub/a")));
        assert!(!two.matches(Path::new("files")) && !two.matches(Path::new("files2/a")));
        assert!(pattern("**").matches(Path::new("anything/at/all")) && pattern("**").matches(Path::new("")));
    }

    #[test]
    fn folders_on_the_way_are_known() {
        let deep = pattern("files/*/2026/**");
        assert!(deep.leads_through(Path::new("")) && deep.leads_through(Path::new("files")));
        assert!(
            deep.leads_through(Path::new("files/any")) && deep.leads_through(Path::new("files/any/2026"))
        );
        assert!(!deep.leads_through(Path::new("output")) && !deep.leads_through(Path::new("files/any/2025")));
        assert!(!pattern("files/a.txt").leads_through(Path::new("files/a.txt")));
        assert!(pattern("{files,output/old}/x").leads_through(Path::new("output")));
    }

    #[test]
    fn patterns_name_places_inside_only() {
        for bad in [
            "",
            "/",
            "/etc/**",
            "../x",
            "files/../x",
            "files//x",
            "./x",
            "files/[",
            "a\0b",
            "a[!b]*",
            "x[+-9]",
            "{{{{{a}}}}}",
        ] {
            assert!(bad.parse::<PathPattern>().is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn what_covers_below_fits_below(folder in "[a-c]{1,2}(/[a-c]{1,2}){0,2}", name in "[a-c]{1,2}") {
            let pattern = pattern(&format!("{folder}/**"));
            prop_assert!(pattern.covers_below(Path::new(&folder)));
            prop_assert!(pattern.matches(Path::new(&folder).join(name).as_path()));
        }

        #[test]
        fn every_folder_above_a_fitting_path_is_on_the_way(
            text in "(\\*\\*|\\*|[a-b]|\\{a,b\\}|a\\*)(/(\\*\\*|\\*|[a-b]|\\{a,b\\}|a\\*)){0,3}",
            path in "[a-b]{1,2}(/[a-b]{1,2}){0,3}"
        ) {
            let (pattern, path) = (pattern(&text), Path::new(&path));
            if pattern.matches(path) {
                for folder in path.ancestors().skip(1) {
                    prop_assert!(pattern.leads_through(folder), "{} to {}", text, folder.display());
                }
            }
        }
    }
}
