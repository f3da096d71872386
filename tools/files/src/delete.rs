//! `file_delete`: files and folders.

use std::fs;
use std::io;

use cowork_tool::{Deserialize, Error, JsonSchema, OnPath, Output, Serialize, relative};

/// Arguments of [`file_delete`].
#[derive(Deserialize, JsonSchema)]
pub struct FileDelete {
    /// Files and folders. Deleted in this order.
    #[schemars(length(min = 1))]
    pub paths: Vec<String>,
    /// Whether to delete folders with all that is in them. Default false.
    #[serde(default)]
    pub recursive: bool,
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
        delete(path, args.recursive).on_path(path)?;
    }
    let deleted: Vec<_> = args.paths.iter().map(relative).collect();
    Output::text(format!("deleted {}", deleted.join(", "))).structured(Deleted { deleted })
}

fn delete(path: &str, recursive: bool) -> Result<(), Error> {
    if !fs::symlink_metadata(path)?.is_dir() {
        return Ok(fs::remove_file(path)?);
    }
    if recursive {
        return Ok(fs::remove_dir_all(path)?);
    }
    fs::remove_dir(path).map_err(|error| match error.kind() {
        io::ErrorKind::DirectoryNotEmpty => {
            Error::failed("the folder is not empty; set `recursive` to delete what is in it too")
        }
        _ => error.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_folders_go() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        fs::create_dir(path("empty")).unwrap();
        fs::write(path("a"), "a").unwrap();
        let delete = |names: &[&str], recursive| {
            file_delete(FileDelete { paths: names.iter().map(|name| path(name)).collect(), recursive })
        };
        let error = delete(&["a", "missing"], false).unwrap_err();
        assert!(error.message().ends_with("missing: no such file or folder"), "{error}");
        delete(&["a", "empty"], false).unwrap();
        fs::create_dir_all(path("full/deep")).unwrap();
        let error = delete(&["full"], false).unwrap_err();
        assert!(error.message().ends_with("set `recursive` to delete what is in it too"), "{error}");
        delete(&["full"], true).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
