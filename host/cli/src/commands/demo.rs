//! The mission's example on real files: a messy Downloads folder is organised, its receipts become an expense report.
//!
//! Everything is real but the model, which is a recorded conversation unless one is configured. What the command does
//! it does through the public API, as any other program would.

use crate::client::Client;
use crate::host::{Host, HostOptions};
use crate::render;
use crate::watch::{Answers, follow, show_end};
use anyhow::Context as _;
use clap::Args;
use cowork_domain::Timestamp;
use cowork_models::{Model, Scripted};
use cowork_server::Server;
use include_dir::{Dir, include_dir};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

static DOWNLOADS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/demo/downloads");
const MODIFIED: &str = include_str!("../../demo/modified.tsv");
const CONVERSATION: &str = include_str!("../../demo/conversation.toml");
const SLUG: &str = "downloads-organizer";
const OUTCOME: &str =
    "Organize my Downloads by type and date. Extract the receipts and make an expense report.";

#[derive(Args)]
pub(crate) struct Demo {
    /// Approve the plan and every call without asking, for machines.
    #[arg(long, short)]
    yes: bool,
    /// Where the demo's files go; must not hold an earlier demo. Default: a new folder for temporary files, kept.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    #[command(flatten)]
    host: HostOptions,
}

impl Demo {
    pub(crate) async fn run(mut self) -> anyhow::Result<ExitCode> {
        self.host.data_dir = self.folder();
        let model = self.model()?;
        let host = Host::open(&self.host, model).await?;
        let server = Server::bind("127.0.0.1:0".parse()?, host.engine.clone()).await?;
        let client = Client::new(&format!("http://{}", server.address()?))?;
        println!("a host for the demo listens on http://{}", server.address()?);
        tokio::select! {
            ended = server.run(std::future::pending()) => { ended?; anyhow::bail!("the host ended early") }
            ended = self.through_the_api(&client, &host) => ended,
        }
    }

    fn folder(&self) -> PathBuf {
        let new = || std::env::temp_dir().join(format!("cowork-demo-{}", cowork_domain::TaskId::new()));
        self.dir.clone().unwrap_or_else(new)
    }

    fn model(&self) -> anyhow::Result<Arc<dyn Model>> {
        if let Some(model) = self.host.configured_model()? {
            println!("the model is the one that you configured");
            return Ok(model);
        }
        println!(
            "the model is a recorded conversation; set COWORK_PROVIDER, COWORK_MODEL, COWORK_API_KEY for a real one"
        );
        Ok(Arc::new(Scripted::from_text("conversation.toml", CONVERSATION)?))
    }

    async fn through_the_api(&self, client: &Client, host: &Host) -> anyhow::Result<ExitCode> {
        let coworkspace = json!({"name": "Downloads organizer", "slug": SLUG});
        client
            .create_coworkspace(&coworkspace)
            .await
            .context("the folder holds an earlier demo; name another --dir")?;
        let count = upload(client).await?;
        println!("{count} files are in the coworkspace {SLUG}\nthe outcome: {OUTCOME}\n");
        let task = client.create_task(&json!({"outcome": OUTCOME, "coworkspace_slug": SLUG})).await?;
        let mut answers = if self.yes { Answers::Yes } else { Answers::Person };
        let progress = follow(client, &task.id.to_string(), &mut answers).await?;
        let listing = client.files(SLUG, "", true).await?;
        println!("\nthe coworkspace now:\n{}", render::tree(&listing.entries));
        let ended_well = show_end(&progress);
        println!("the files are in {}", host.data_dir.join("coworkspaces").join(SLUG).display());
        Ok(if ended_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Puts the sample files into the coworkspace, as old as they claim to be.
async fn upload(client: &Client) -> anyhow::Result<usize> {
    let mut count = 0;
    let mut folders = vec![&DOWNLOADS];
    while let Some(folder) = folders.pop() {
        folders.extend(folder.dirs());
        for file in folder.files() {
            let name = file.path().to_str().context("a sample file's name is not UTF-8")?;
            client.upload(SLUG, &format!("files/{name}"), file.contents().to_vec(), modified(name)).await?;
            count += 1;
        }
    }
    Ok(count)
}

fn modified(name: &str) -> Option<Timestamp> {
    let (_, time) =
        MODIFIED.lines().filter_map(|line| line.split_once('\t')).find(|(path, _)| *path == name)?;
    Some(chrono::DateTime::parse_from_rfc3339(time.trim()).ok()?.to_utc())
}
