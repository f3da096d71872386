//! What a file has to be like.

use cowork_tool::Error;
use globset::{GlobBuilder, GlobMatcher};
use regex::Regex;

/// A name, a text, or both.
pub struct Pattern {
    name: Option<Name>,
    text: Option<Regex>,
}

struct Name {
    glob: GlobMatcher,
    /// Whether it has a `/`, and so is for paths.
    for_paths: bool,
}

impl Pattern {
    /// Fails if there is neither, or one cannot be understood.
    pub fn new(name: Option<&str>, text: Option<&str>) -> Result<Self, Error> {
        if name.is_none() && text.is_none() {
            return Err(Error::invalid("give `name`, `text` or both"));
        }
        let text = text.map(Regex::new).transpose();
        let text =
            text.map_err(|error| Error::invalid(format!("`text` is not a regular expression: {error}")))?;
        Ok(Pattern { name: name.map(Name::new).transpose()?, text })
    }

    pub fn has_text(&self) -> bool {
        self.text.is_some()
    }

    pub fn matches_path(&self, path: &str) -> bool {
        self.name.as_ref().is_none_or(|name| name.matches(path))
    }

    pub fn matches_line(&self, line: &str) -> bool {
        self.text.as_ref().is_none_or(|text| text.is_match(line))
    }
}

impl Name {
    fn new(glob: &str) -> Result<Self, Error> {
        let glob = glob.trim_start_matches('/');
        // In any case, since cameras and scanners write `.PDF` and `.JPG`.
        let built = GlobBuilder::new(glob).literal_separator(true).case_insensitive(true).build();
        let built = built.map_err(|error| Error::invalid(format!("`name` is not a glob: {error}")))?;
        Ok(Name { glob: built.compile_matcher(), for_paths: glob.contains('/') })
    }

    fn matches(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        self.glob.is_match(if self.for_paths { path } else { name })
    }
}
