//! `file_write`: text to a file.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;

use cowork_tool::{Deserialize, Error, JsonSchema, OnPath, Output, Serialize, relative};

/// Arguments of [`file_write`].
#[derive(Deserialize, JsonSchema)]
pub struct FileWrite {
    /// The file, such as `output/report.md`.
    pub path: String,
    /// Its text.
    pub content: String,
    /// What to do with a path that exists. Default `create`.
    #[serde(default)]
    pub mode: Mode,
}

/// What to do with a path that exists.
#[derive(Clone, Copy, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Refuse it.
    #[default]
    Create,
    /// Replace its content.
    Overwrite,
    /// Write after its end.
    Append,
}

/// What was written.
#[derive(Serialize, JsonSchema)]
pub struct Written {
    path: String,
    /// Of the whole file, in bytes.
    size: u64,
    /// Whether it is new.
    created: bool,
}

/// Writes text to a file and creates its folders.
pub fn file_write(args: FileWrite) -> Result<Output, Error> {
    let path = relative(&args.path);
    let created = fs::symlink_metadata(&args.path).is_err();
    let mut file = open(&args.path, args.mode)?;
    file.write_all(args.content.as_bytes()).on_path(&path)?;
    let size = file.metadata().on_path(&path)?.len();
    let verb = if created { "created" } else { "changed" };
    Output::text(format!("{verb} {path} ({size} bytes)")).structured(Written { path, size, created })
}

fn open(path: &str, mode: Mode) -> Result<File, Error> {
    if let Some(parent) = Path::new(path).parent().filter(|parent| !parent.as_os_str().is_empty()) {
        fs::create_dir_all(parent).on_path(parent)?;
    }
    let mut options = OpenOptions::new();
    match mode {
        Mode::Create => options.write(true).create_new(true),
        Mode::Overwrite => options.write(true).create(true).truncate(true),
        Mode::Append => options.append(true).create(true),
    };
    options
        .open(path)
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                Error::failed("exists already; use the mode overwrite or append, or another path")
            }
            _ => error.into(),
        })
        .on_path(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mode() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/deep/a.txt");
        let write = |content: &str, mode| {
            let path = path.to_string_lossy().into_owned();
            file_write(FileWrite { path, content: content.to_owned(), mode }).map(|output| output.as_json())
        };
        let result = write("abc", Mode::Create).unwrap();
        assert_eq!((result["created"].as_bool(), result["size"].as_u64()), (Some(true), Some(3)));
        assert!(write("x", Mode::Create).unwrap_err().message().contains("exists already"));
        assert_eq!(write("de", Mode::Append).unwrap()["size"], 5);
        assert_eq!(fs::read_to_string(&path).unwrap(), "abcde");
        let result = write("z", Mode::Overwrite).unwrap();
        assert_eq!((result["created"].as_bool(), result["size"].as_u64()), (Some(false), Some(1)));
    }
}
