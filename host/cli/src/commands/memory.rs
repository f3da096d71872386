use crate::client::ServerOptions;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use console::style;
use cowork_domain::memory::{self, FoundMemory};
use serde_json::json;
use std::io::Read as _;
use std::process::ExitCode;

#[derive(Subcommand)]
pub(crate) enum Memory {
    /// List what is remembered, newest first.
    List(List),
    /// Find what fits a few words, best first.
    Search(Search),
    /// Show one memory.
    Show(One),
    /// Store a fact. The same title again replaces it.
    Add(Add),
    /// Forget a fact.
    Forget(One),
}

#[derive(Args)]
pub(crate) struct List {
    /// The coworkspace.
    slug: String,
    /// As JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Args)]
pub(crate) struct Search {
    /// The coworkspace.
    slug: String,
    /// The words.
    query: String,
    /// At most so many.
    #[arg(long, default_value_t = 10)]
    limit: u32,
    /// As JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Args)]
pub(crate) struct One {
    /// The coworkspace.
    slug: String,
    /// Its name, from the list, or its title.
    key: String,
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Args)]
pub(crate) struct Add {
    /// The coworkspace.
    slug: String,
    /// What it is about, in a line.
    title: String,
    /// The fact, in Markdown. Default: from standard input.
    text: Option<String>,
    /// A word under which it is found. May be given again.
    #[arg(long = "tag", value_name = "WORD")]
    tags: Vec<String>,
    #[command(flatten)]
    server: ServerOptions,
}

impl Memory {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::List(list) => {
                let all = list.server.client()?.memories(&list.slug, "", 200).await?;
                print(&all, list.json)?;
            }
            Self::Search(search) => {
                let client = search.server.client()?;
                print(&client.memories(&search.slug, &search.query, search.limit).await?, search.json)?;
            }
            Self::Show(one) => one.show().await?,
            Self::Add(add) => add.run().await?,
            Self::Forget(one) => one.forget().await?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl One {
    async fn show(&self) -> anyhow::Result<()> {
        let client = self.server.client()?;
        let memory = match client.memory(&self.slug, &self.key).await {
            Err(error) => match self.by_title() {
                Some(key) => client.memory(&self.slug, &key).await?,
                None => return Err(error),
            },
            found => found?,
        };
        print!("{}", memory.to_markdown(None));
        Ok(())
    }

    async fn forget(&self) -> anyhow::Result<()> {
        let client = self.server.client()?;
        match (client.forget_memory(&self.slug, &self.key).await, self.by_title()) {
            (Err(_), Some(key)) => client.forget_memory(&self.slug, &key).await,
            (forgotten, _) => forgotten,
        }
    }

    /// The name that it has as a title, if that is another one.
    fn by_title(&self) -> Option<String> {
        memory::key_of(&self.key).filter(|key| *key != self.key)
    }
}

impl Add {
    async fn run(self) -> anyhow::Result<()> {
        let text = match self.text {
            Some(text) => text,
            None => {
                let mut text = String::new();
                std::io::stdin().read_to_string(&mut text).context("cannot read standard input")?;
                text
            }
        };
        let body = json!({"title": self.title, "text": text, "tags": self.tags});
        println!("{}", self.server.client()?.add_memory(&self.slug, &body).await?.key);
        Ok(())
    }
}

fn print(all: &[FoundMemory], as_json: bool) -> anyhow::Result<()> {
    if as_json {
        println!("{}", serde_json::to_string_pretty(all)?);
        return Ok(());
    }
    for FoundMemory { memory, snippet, .. } in all {
        let first = || memory.text.lines().next().unwrap_or_default().chars().take(100).collect();
        let line: String = if snippet.is_empty() { first() } else { snippet.replace('\n', " ") };
        let warning =
            if memory.tainted { style("  from strangers?").yellow().to_string() } else { String::new() };
        println!("{:<32} {}{warning}\n    {}", memory.key, style(&memory.title).bold(), style(line).dim());
    }
    Ok(())
}
