//! What may be done at a path of a coworkspace, by its place alone.

use std::path::{Component, Path};

/// What guests may do at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It does not exist for them.
    Hidden,
    /// They may look.
    ReadOnly,
    /// They may look and change.
    ReadWrite,
}

/// The rule for a path that is relative to the coworkspace and free of links and `..`.
///
/// Names are compared without regard to case, so that a file system which does the same opens no way round.
pub fn access_of(path: &Path) -> Access {
    let Some(Component::Normal(first)) = path.components().next() else {
        return Access::ReadWrite;
    };
    match first.to_string_lossy().to_lowercase().as_str() {
        ".cowork" => Access::Hidden,
        ".instructions.md" | ".plan.json" | ".locks" | ".memory" | ".results" => Access::ReadOnly,
        _ => Access::ReadWrite,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_places_are_hidden_or_read_only() {
        assert_eq!(access_of(Path::new(".cowork/calls")), Access::Hidden);
        assert_eq!(access_of(Path::new(".COWORK")), Access::Hidden);
        assert_eq!(access_of(Path::new(".memory/facts.md")), Access::ReadOnly);
        assert_eq!(access_of(Path::new("files/.cowork/x")), Access::ReadWrite);
        assert_eq!(access_of(Path::new("")), Access::ReadWrite);
    }
}
