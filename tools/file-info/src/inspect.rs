//! One file.

use std::fmt;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use cowork_tool::{Error, JsonSchema, OnPath, Serialize, media, relative};

use crate::extent::{Extent, extent};
use crate::taken::taken;

/// What one file is; of a file that cannot be read only `path` and `error`.
#[derive(Default, Serialize, JsonSchema)]
pub struct FileFacts {
    /// Relative to the coworkspace.
    pub path: String,
    /// What was found.
    #[serde(flatten)]
    pub found: Option<Found>,
    /// Why it could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What a file that can be read is.
#[derive(Serialize, JsonSchema)]
pub struct Found {
    /// In bytes.
    pub size: u64,
    /// Such as `2026-03-14T09:26:53Z`.
    pub modified: String,
    /// By its content, such as `application/pdf`.
    pub media_type: &'static str,
    /// Of its name, in lower case and without the dot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension: Option<String>,
    /// When the picture was taken, in the camera's own time: `2026-03-14T09:26:53`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken: Option<String>,
    /// How much there is in it.
    #[serde(flatten)]
    pub extent: Extent,
    /// BLAKE3 of the content, in hexadecimal.
    pub hash: String,
}

/// Reads all of a file, once for its type and once for its hash.
pub(crate) fn inspect(path: &str) -> FileFacts {
    let facts = FileFacts { path: relative(path), ..FileFacts::default() };
    match read(path) {
        Ok(found) => FileFacts { found: Some(found), ..facts },
        Err(error) => FileFacts { error: Some(error.message().to_owned()), ..facts },
    }
}

fn read(path: &str) -> Result<Found, Error> {
    let mut file = File::open(path).on_path(path)?;
    let metadata = file.metadata().on_path(path)?;
    if metadata.is_dir() {
        return Err(Error::failed("is a folder; use file_list").about(relative(path)));
    }
    let mut head = Vec::new();
    Read::by_ref(&mut file).take(media::HEAD as u64).read_to_end(&mut head).on_path(path)?;
    let media_type = media::of(path, &head);
    file.rewind().on_path(path)?;
    let hash = blake3::Hasher::new().update_reader(&file).on_path(path)?.finalize();
    let modified = metadata.modified().on_path(path)?;
    Ok(Found {
        size: metadata.len(),
        modified: humantime::format_rfc3339_seconds(modified).to_string(),
        media_type,
        extension: Path::new(path).extension().map(|extension| extension.to_string_lossy().to_lowercase()),
        taken: taken(&mut file, media_type),
        extent: extent(&mut file, media_type),
        hash: hash.to_hex().to_string(),
    })
}

impl fmt::Display for FileFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.found, &self.error) {
            (Some(found), _) => {
                write!(
                    f,
                    "{}: {}, {} bytes, modified {}",
                    self.path, found.media_type, found.size, found.modified
                )?;
                let Extent { pages, width, height } = &found.extent;
                if let Some(pages) = pages {
                    write!(f, ", {pages} pages")?;
                }
                if let (Some(width), Some(height)) = (width, height) {
                    write!(f, ", {width} × {height} pixels")?;
                }
                if let Some(taken) = &found.taken {
                    write!(f, ", taken {taken}")?;
                }
                write!(f, ", blake3 {}", found.hash)
            }
            // The error names the path.
            (None, Some(error)) => f.write_str(error),
            (None, None) => f.write_str(&self.path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_missing_has_an_error() {
        let facts = inspect("/nowhere/a.txt");
        let json = serde_json::to_value(&facts).unwrap();
        let expected = serde_json::json!({
            "path": "nowhere/a.txt",
            "error": "nowhere/a.txt: no such file or folder",
        });
        assert_eq!(json, expected);
    }

    #[test]
    fn a_text() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("A.TXT");
        std::fs::write(&path, "abc").unwrap();
        let found = inspect(&path.to_string_lossy()).found.unwrap();
        assert_eq!((found.size, found.media_type), (3, "text/plain"));
        assert_eq!(found.extension.as_deref(), Some("txt"));
        assert_eq!(found.hash, blake3::hash(b"abc").to_hex().to_string());
    }
}
