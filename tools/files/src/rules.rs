//! What `.gitignore` and `.ignore` leave out, folder by folder, as git reads them.

use std::ffi::OsString;
use std::path::Path;
use std::rc::Rc;

use cowork_tool::relative;
use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::walk::absolute;

/// In one folder both count, the latter over the former.
const FILES: [&str; 2] = [".gitignore", ".ignore"];
/// What git keeps beside the files is no one's work.
const OF_GIT: &str = ".git";

/// The rules for the entries of one folder.
#[derive(Debug)]
pub struct Rules {
    own: Option<Gitignore>,
    above: Option<Rc<Rules>>,
}

impl Rules {
    /// Nothing is left out.
    pub fn none() -> Rc<Self> {
        Rc::new(Self { own: None, above: None })
    }

    /// What the folders above this one say.
    pub fn above(folder: &str) -> Rc<Self> {
        let mut rules = Self::none();
        let above: Vec<&Path> = Path::new(folder).ancestors().skip(1).collect();
        for folder in above.into_iter().rev() {
            rules = Self::of(&rules, &relative(folder), FILES.map(OsString::from).into_iter());
        }
        rules
    }

    /// What a folder adds in which there are these names.
    pub fn of(above: &Rc<Self>, folder: &str, mut names: impl Iterator<Item = OsString>) -> Rc<Self> {
        if !names.any(|name| FILES.iter().any(|file| name == **file)) {
            return Rc::clone(above);
        }
        let mut builder = GitignoreBuilder::new(absolute(folder));
        for file in FILES {
            // A rule that cannot be read leaves nothing out.
            let _ = builder.add(Path::new(&absolute(folder)).join(file));
        }
        let own = builder.build().ok().filter(|rules| !rules.is_empty());
        if own.is_none() { Rc::clone(above) } else { Rc::new(Self { own, above: Some(Rc::clone(above)) }) }
    }

    /// Whether an entry is left out: the nearest folder that says anything decides.
    pub fn leave_out(&self, path: &str, is_folder: bool) -> bool {
        let mut rules = Some(self);
        while let Some(Self { own, above }) = rules {
            match own.as_ref().map_or(Match::None, |own| own.matched(absolute(path), is_folder)) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None => rules = above.as_deref(),
            }
        }
        is_folder && path.rsplit('/').next() == Some(OF_GIT)
    }
}
