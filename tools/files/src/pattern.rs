//! Which files are meant: a glob for names, or for paths.

use cowork_tool::Error;
use globset::{GlobBuilder, GlobMatcher};

/// A glob that was understood.
#[derive(Debug)]
pub struct Pattern {
    glob: GlobMatcher,
    /// Whether it has a `/`, and so is for paths.
    for_paths: bool,
}

impl Pattern {
    /// Fails if the glob of this argument cannot be understood.
    pub fn new(argument: &str, glob: &str) -> Result<Self, Error> {
        let glob = glob.trim_start_matches('/');
        // In any case, since cameras and scanners write `.PDF` and `.JPG`.
        let built = GlobBuilder::new(glob).literal_separator(true).case_insensitive(true).build();
        let built = built.map_err(|error| Error::invalid(format!("`{argument}` is not a glob: {error}")))?;
        Ok(Pattern { glob: built.compile_matcher(), for_paths: glob.contains('/') })
    }

    /// Whether a path fits, by its name alone unless the glob is for paths.
    pub fn matches(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        self.glob.is_match(if self.for_paths { path } else { name })
    }
}
