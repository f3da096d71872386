//! A tool that lists, extracts and makes archives.

mod codec;
mod create;
mod extract;
mod format;
mod guard;
mod list;
mod tarball;
mod time;
mod zipped;
mod zstd;

use cowork_tool::{Deserialize, Error, JsonSchema, OnPath, Output, Serialize, relative};

cowork_tool::export!(archive {
    title: "Pack and unpack",
    description: "Lists the files in an archive, extracts them into a folder, or packs files into a new archive: zip, tar, tar.gz, tar.bz2, tar.xz, tar.zst, and single files in gz, bz2, xz or zst. Nothing that exists is overwritten; links are left out.",
    annotations: [],
    output: Entries,
});

/// Arguments of [`archive`].
#[derive(Deserialize, JsonSchema)]
pub struct Archive {
    /// What to do.
    pub action: Action,
    /// The archive, such as `files/photos.zip`; its name says the format of a new one.
    pub path: String,
    /// The folder to extract into. Default: beside the archive, with its name less `.zip`.
    pub destination: Option<String>,
    /// For `extract`: globs of the entries to extract, all if none. For `create`: the files and folders to pack.
    #[serde(default)]
    pub files: Vec<String>,
    /// How many entries to return at most. Default 500.
    #[schemars(range(min = 1))]
    pub limit: Option<usize>,
    /// How many entries to leave out, to go on after a page. Default 0.
    #[serde(default)]
    pub offset: usize,
}

/// What to do with an archive.
#[derive(Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Tell what is in it.
    List,
    /// Write its files.
    Extract,
    /// Make it.
    Create,
}

/// The files of an archive; folders are left out.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Entries {
    /// Such as `zip` or `tar.gz`.
    format: &'static str,
    /// Of all files.
    count: usize,
    /// Of all files unpacked, in bytes.
    total: u64,
    entries: Vec<Entry>,
    /// `offset` for the next page, if there are more.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<usize>,
    /// Links and devices, which are never extracted or packed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    skipped: Vec<String>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Entry {
    /// In the archive; after extraction where it is in the coworkspace.
    pub path: String,
    /// In bytes, unpacked.
    pub size: u64,
}

/// What was found or done, all of it.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    pub(crate) entries: Vec<Entry>,
    pub(crate) skipped: Vec<String>,
}

const DEFAULT_LIMIT: usize = 500;
/// Skipped entries that are named.
const MOST_SKIPPED: usize = 20;

/// Lists, extracts or makes an archive.
pub fn archive(args: Archive) -> Result<Output, Error> {
    let path = relative(&args.path);
    if args.action == Action::List && !args.files.is_empty() {
        return Err(Error::invalid("`files` is for extract and create"));
    }
    let (format, contents, heading) = match args.action {
        Action::List => {
            let (format, contents) = list::list(&args.path).on_path(&path)?;
            (format, contents, format!("in {path}"))
        }
        Action::Extract => {
            let destination = args.destination.clone().unwrap_or_else(|| format::beside(&args.path));
            let (format, contents) =
                extract::extract(&args.path, &destination, &args.files).on_path(&path)?;
            (format, contents, format!("extracted into {}", relative(&destination)))
        }
        Action::Create => {
            let (format, contents) = create::create(&args.path, &args.files)?;
            (format, contents, format!("packed into {path}"))
        }
    };
    page(format, contents, &heading, &args)
}

fn page(format: format::Format, contents: Contents, heading: &str, args: &Archive) -> Result<Output, Error> {
    let (count, total) = (contents.entries.len(), contents.entries.iter().map(|entry| entry.size).sum());
    let limit = args.limit.unwrap_or(DEFAULT_LIMIT);
    let entries: Vec<Entry> = contents.entries.into_iter().skip(args.offset).take(limit).collect();
    let next = Some(args.offset + entries.len()).filter(|next| *next < count);
    let mut skipped = contents.skipped;
    if skipped.len() > MOST_SKIPPED {
        let more = skipped.len() - MOST_SKIPPED;
        skipped.truncate(MOST_SKIPPED);
        skipped.push(format!("and {more} more"));
    }
    let mut lines = vec![format!("{count} files {heading}")];
    lines.extend(entries.iter().map(|entry| format!("{}  {} bytes", entry.path, entry.size)));
    lines.extend(next.map(|next| format!("(there are more; go on with offset {next})")));
    if !skipped.is_empty() {
        lines.push(format!("(left out: {})", skipped.join(", ")));
    }
    Output::text(lines.join("\n")).structured(Entries {
        format: format.name(),
        count,
        total,
        entries,
        next,
        skipped,
    })
}
