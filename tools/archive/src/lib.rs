//! A tool that lists and extracts zip archives.

mod check;
mod extract;
mod time;

use std::fs::File;
use std::io::BufReader;

use cowork_tool::{Deserialize, Error, JsonSchema, OnPath, Output, Serialize, relative};
use zip::ZipArchive;

cowork_tool::export!(archive {
    title: "Open an archive",
    description: "Lists the files in a zip archive, or extracts them into a folder. Nothing that exists is overwritten.",
    annotations: [],
    output: Entries,
});

/// Arguments of [`archive`].
#[derive(Deserialize, JsonSchema)]
pub struct Archive {
    /// What to do.
    pub action: Action,
    /// The archive, such as `files/photos.zip`.
    pub path: String,
    /// The folder to extract into. Default: beside the archive, with its name less `.zip`.
    pub destination: Option<String>,
}

/// What to do with an archive.
#[derive(Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Tell what is in it.
    List,
    /// Write its files.
    Extract,
}

/// The files of an archive; folders are left out.
#[derive(Serialize, JsonSchema)]
pub struct Entries {
    entries: Vec<Entry>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Entry {
    /// In the archive; after extraction where it is in the coworkspace.
    pub path: String,
    /// In bytes, unpacked.
    pub size: u64,
}

/// Lists or extracts an archive.
pub fn archive(args: Archive) -> Result<Output, Error> {
    let file = File::open(&args.path).on_path(&args.path)?;
    let mut zip =
        ZipArchive::new(BufReader::new(file)).map_err(|error| broken(&error).about(relative(&args.path)))?;
    let (entries, heading) = match args.action {
        Action::List => (check::list(&mut zip)?, "in".to_owned() + " " + &relative(&args.path)),
        Action::Extract => {
            let destination = args.destination.unwrap_or_else(|| beside(&args.path));
            (extract::extract(&mut zip, &destination)?, format!("extracted into {}", relative(&destination)))
        }
    };
    let lines = entries.iter().map(|entry| format!("{}  {} bytes", entry.path, entry.size));
    let text = [format!("{} files {heading}", entries.len())]
        .into_iter()
        .chain(lines)
        .collect::<Vec<_>>()
        .join("\n");
    Output::text(text).structured(Entries { entries })
}

fn beside(path: &str) -> String {
    let stem = std::path::Path::new(path).with_extension("").to_string_lossy().into_owned();
    // A folder cannot have the name of the archive itself.
    if stem == path { format!("{path}-extracted") } else { stem }
}

pub(crate) fn broken(error: &zip::result::ZipError) -> Error {
    Error::failed(format!("is not a zip archive that can be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::beside;

    #[test]
    fn the_default_destination() {
        assert_eq!(beside("files/photos.zip"), "files/photos");
        assert_eq!(beside("files/photos"), "files/photos-extracted");
    }
}
