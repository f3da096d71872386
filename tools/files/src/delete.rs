//! `file_delete`: files and empty folders.

use std::fs;

use cowork_tool::{Deserialize, Error, JsonSchema, OnPath, Output, Serialize, relative};

/// Arguments of [`file_delete`].
#[derive(Deserialize, JsonSchema)]
pub struct FileDelete {
    /// Files, or folders that are empty. Deleted in this order.
    #[schemars(length(min = 1))]
    pub paths: Vec<String>,
}

/// What was deleted.
#[derive(Serialize, JsonSchema)]
pub struct Deleted {
    deleted: Vec<String>,
}

/// Deletes all, or none if any does not exist.
pub fn file_delete(args: FileDelete) -> Result<Output, Error> {
    for path in &args.paths {
        fs::symlink_metadata(path).on_path(path)?;
    }
    for path in &args.paths {
        delete(path).on_path(path)?;
    }
    let deleted: Vec<_> = args.paths.iter().map(relative).collect();
    Output::text(format!("deleted {}", deleted.join(", "))).structured(Deleted { deleted })
}

fn delete(path: &str) -> std::io::Result<()> {
    if fs::symlink_metadata(path)?.is_dir() { fs::remove_dir(path) } else { fs::remove_file(path) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_empty_folders_go() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        fs::create_dir(path("empty")).unwrap();
        fs::write(path("a"), "a").unwrap();
        let error = file_delete(FileDelete { paths: vec![path("a"), path("missing")] }).unwrap_err();
        assert!(error.message().ends_with("missing: no such file or folder"), "{error}");
        file_delete(FileDelete { paths: vec![path("a"), path("empty")] }).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
