//! Secrets that the host adds to requests: a folder with a file for each, which nobody but the host may read.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

/// Where secrets are kept. The default keeps none.
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    folder: Option<PathBuf>,
}

impl Secrets {
    /// Those in a folder, each in a file of its name.
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folder: Some(folder) }
    }

    /// The secret of a name. It is never logged, stored or shown.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if name.is_empty() || !name.chars().all(plain) {
            return None;
        }
        let path = self.folder.as_ref()?.join(name);
        let others = fs::metadata(&path).ok()?.permissions().mode() & 0o077;
        if others != 0 {
            tracing::warn!(
                secret.name = name,
                "the secret can be read by others than the host and is not used"
            );
            return None;
        }
        let text = fs::read_to_string(&path).ok()?;
        Some(text.trim_end_matches(['\r', '\n']).to_owned()).filter(|secret| !secret.is_empty())
    }
}
