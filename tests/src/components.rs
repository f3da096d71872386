//! Where the built components are.

use std::path::{Path, PathBuf};

/// The tools that Cowork ships.
pub fn tools_dir() -> PathBuf {
    dir("COWORK_TOOLS_DIR", "tools")
}

/// Guests that only tests use: `probe` in Rust, `python` in Python.
pub fn guests_dir() -> PathBuf {
    dir("COWORK_GUESTS_DIR", "guests")
}

/// The component of a name in one of these folders.
pub fn component(dir: &Path, name: &str) -> PathBuf {
    let path = dir.join(name).with_extension("wasm");
    assert!(path.is_file(), "{} is missing: run `cargo xtask build`", path.display());
    path
}

/// `target`, above the `debug/deps` that a test or the `release` that a bench was built into.
pub fn target_dir() -> PathBuf {
    let test = std::env::current_exe().expect("a running test has an executable");
    let depth = if test.parent().is_some_and(|dir| dir.ends_with("deps")) { 3 } else { 2 };
    test.ancestors().nth(depth).expect("it is built into target/<profile>").to_owned()
}

fn dir(variable: &str, name: &str) -> PathBuf {
    let dir = std::env::var_os(variable).map_or_else(|| target_dir().join(name), PathBuf::from);
    assert!(
        dir.is_dir(),
        "there are no components in {}: run `cargo xtask build`, or name their folder in {variable}",
        dir.display()
    );
    dir
}
