use crate::client::{Client, ServerOptions};
use crate::render;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::json;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Subcommand)]
pub(crate) enum Coworkspace {
    /// Make a coworkspace, with the files of a folder if you like.
    Create(Create),
    /// List the coworkspaces.
    List(List),
    /// Show what is in a coworkspace.
    Files(Files),
    /// Put one of your files into a coworkspace.
    Put(Put),
    /// Write a file of a coworkspace to standard output.
    Get(Get),
}

#[derive(Args)]
pub(crate) struct Create {
    /// What you call it.
    name: String,
    /// Its name in URLs and on disk. Default: made of the name.
    #[arg(long)]
    slug: Option<String>,
    /// A folder whose files are copied into `files/`; the originals stay as they are.
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
    /// A text file with standing instructions for every agent that works here.
    #[arg(long, value_name = "FILE")]
    instructions: Option<PathBuf>,
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Args)]
pub(crate) struct List {
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Args)]
pub(crate) struct Files {
    slug: String,
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Args)]
pub(crate) struct Put {
    slug: String,
    /// The file on this machine.
    file: PathBuf,
    /// Where it goes, such as `files/letter.pdf`.
    path: String,
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Args)]
pub(crate) struct Get {
    slug: String,
    /// Such as `output/expenses.xlsx`.
    path: String,
    #[command(flatten)]
    server: ServerOptions,
}

impl Coworkspace {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Create(create) => create.run().await?,
            Self::List(list) => {
                for coworkspace in list.server.client()?.coworkspaces().await? {
                    println!("{:<32}  {}", coworkspace.slug, coworkspace.name);
                }
            }
            Self::Files(files) => {
                let listing = files.server.client()?.files(&files.slug, "", true).await?;
                print!("{}", render::tree(&listing.entries));
                if listing.truncated {
                    eprintln!("… and more");
                }
            }
            Self::Put(put) => upload(&put.server.client()?, &put.slug, &put.file, &put.path).await?,
            Self::Get(get) => {
                let content = get.server.client()?.download(&get.slug, &get.path).await?;
                std::io::stdout().write_all(&content).context("cannot write to standard output")?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Create {
    async fn run(&self) -> anyhow::Result<()> {
        let client = self.server.client()?;
        let read = |path: &PathBuf| {
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
        };
        let instructions = self.instructions.as_ref().map(read).transpose()?;
        let files = self.from.as_deref().map(files_under).transpose()?.unwrap_or_default();
        let body = json!({"name": self.name, "slug": self.slug, "instructions": instructions});
        let coworkspace = client.create_coworkspace(&body).await?;
        let bar = indicatif::ProgressBar::new(files.len() as u64);
        for (file, path) in &files {
            upload(&client, coworkspace.slug.as_str(), file, &format!("files/{path}")).await?;
            bar.inc(1);
        }
        bar.finish_and_clear();
        println!("{}", coworkspace.slug);
        Ok(())
    }
}

async fn upload(client: &Client, slug: &str, file: &Path, path: &str) -> anyhow::Result<()> {
    let content = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let modified = std::fs::metadata(file).and_then(|meta| meta.modified()).ok().map(Into::into);
    client
        .upload(slug, path, content, modified)
        .await
        .with_context(|| format!("cannot upload {}", file.display()))
}

/// The regular files under a folder, each with its path relative to it. Links are not followed.
fn files_under(dir: &Path) -> anyhow::Result<Vec<(PathBuf, String)>> {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries =
            std::fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
        for entry in entries {
            let entry = entry.with_context(|| format!("cannot list {}", folder.display()))?;
            let kind =
                entry.file_type().with_context(|| format!("cannot inspect {}", entry.path().display()))?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                let relative = entry.path().strip_prefix(dir).map(Path::to_owned).unwrap_or_default();
                let name = relative.to_str().with_context(|| {
                    format!("the name of {} is not UTF-8; rename it first", entry.path().display())
                })?;
                found.push((entry.path(), name.to_owned()));
            }
        }
    }
    found.sort();
    Ok(found)
}
