//! Tries one access to a file or one request, and says what came of it. The host runs it under the powers of another
//! plugin and drops what it did.

#[cfg(target_os = "wasi")]
mod request;

use cowork_tool::{Deserialize, Error, JsonSchema};
use std::fs::{self, File, OpenOptions};
use std::path::Path;

cowork_tool::export!(try_power {
    title: "Try a power",
    description: "Tries one access to a file, or one request, and says what came of it.",
    annotations: [],
});

/// Arguments of [`try_power`]: a file or a request.
#[derive(Deserialize, JsonSchema)]
pub struct TryPower {
    /// The file, relative to the coworkspace.
    pub path: Option<String>,
    /// What to do with it.
    pub access: Option<Access>,
    /// Where the request goes.
    pub url: Option<String>,
    /// Its method.
    pub method: Option<String>,
}

/// Kinds of access to a file.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// Read it, or list it.
    Read,
    /// Make it.
    Create,
    /// Write to it.
    Modify,
    /// Remove it.
    Delete,
}

/// Tries it.
pub fn try_power(args: TryPower) -> Result<String, Error> {
    match (args.path, args.access, args.url, args.method) {
        (Some(path), Some(access), None, None) => Ok(said(access, &path, try_file(Path::new(&path), access))),
        (None, None, Some(url), Some(method)) => try_request(&method, &url),
        _ => Err(Error::invalid("give path and access, or url and method")),
    }
}

fn try_file(path: &Path, access: Access) -> std::io::Result<()> {
    match access {
        Access::Read if path.is_dir() => fs::read_dir(path).map(drop),
        Access::Read => File::open(path).map(drop),
        Access::Create => {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            OpenOptions::new().write(true).create_new(true).open(path).map(drop)
        }
        // Not emptied: it is the access that is tried.
        Access::Modify => OpenOptions::new().append(true).open(path).map(drop),
        Access::Delete if path.is_dir() => fs::remove_dir(path),
        Access::Delete => fs::remove_file(path),
    }
}

fn said(access: Access, path: &str, tried: std::io::Result<()>) -> String {
    let what = format!("{access:?} {path}").to_lowercase();
    match tried {
        Ok(()) => format!("{what}: it works"),
        Err(error) => format!("{what}: {error}"),
    }
}

#[cfg(target_os = "wasi")]
fn try_request(method: &str, url: &str) -> Result<String, Error> {
    Ok(format!("{method} {url}: {}", request::try_request(method, url)))
}

#[cfg(not(target_os = "wasi"))]
fn try_request(_: &str, _: &str) -> Result<String, Error> {
    Err(Error::failed("requests are tried in the sandbox only"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_said() {
        let said = said(Access::Read, "nowhere", try_file(Path::new("/no/such/file"), Access::Read));
        assert!(said.starts_with("read nowhere: No such file"), "{said}");
    }
}
