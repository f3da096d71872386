//! How paths are shown.

use std::path::{Component, Path};

/// A path as people and models write it: relative to the coworkspace, with `/`, without a leading `/` or `./`.
/// The coworkspace itself is `.`. A `..` stays: only the host knows where it leads.
pub fn relative(path: impl AsRef<Path>) -> String {
    let parts = path.as_ref().components().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_string_lossy()),
        Component::ParentDir => Some("..".into()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    });
    let joined = parts.collect::<Vec<_>>().join("/");
    if joined.is_empty() { ".".to_owned() } else { joined }
}

#[cfg(test)]
mod tests {
    use super::relative;

    #[test]
    fn paths_are_relative_to_the_coworkspace() {
        assert_eq!(relative("/files//a b.txt"), "files/a b.txt");
        assert_eq!(relative("./files/"), "files");
        assert_eq!(relative("files/../output"), "files/../output");
        assert_eq!(relative("/"), ".");
        assert_eq!(relative(""), ".");
    }
}
