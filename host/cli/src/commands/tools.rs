use crate::host::{ToolsOptions, default_data_dir};
use anyhow::Context as _;
use clap::{Args, Subcommand};
use console::style;
use cowork_coworkspaces::Folder;
use cowork_domain::CallId;
use cowork_sandbox::{Content, Finished, Invocation, Output};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Subcommand)]
pub(crate) enum Tools {
    /// List the tools that agents have.
    List(List),
    /// Call one tool by hand, in the sandbox, on a folder of your choice.
    Call(Call),
}

#[derive(Args)]
pub(crate) struct List {
    /// As JSON, one tool a line, with the schemas.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    tools: ToolsOptions,
}

#[derive(Args)]
pub(crate) struct Call {
    /// The tool's name.
    tool: String,
    /// Its arguments, a JSON object.
    #[arg(default_value = "{}")]
    arguments: String,
    /// The folder that the tool sees as its coworkspace.
    #[arg(long, short = 'C', default_value = ".")]
    folder: PathBuf,
    /// Take everything back that the call did to files.
    #[arg(long)]
    dry_run: bool,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    tools: ToolsOptions,
}

impl Tools {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::List(list) => list.run().await,
            Self::Call(call) => call.run().await,
        }
    }
}

impl List {
    async fn run(self) -> anyhow::Result<ExitCode> {
        let (_, registry) = self.tools.load(&default_data_dir()).await?;
        for tool in registry.tools() {
            let definition = tool.definition();
            if self.json {
                println!("{}", serde_json::to_string(definition)?);
                continue;
            }
            let writes = if definition.read_only { style("reads").dim() } else { style("changes").yellow() };
            let first = definition.description.lines().next().unwrap_or_default();
            println!("{:<20} {:<8} {first}", definition.name, writes);
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Call {
    async fn run(self) -> anyhow::Result<ExitCode> {
        let (sandbox, registry) = self.tools.load(&default_data_dir()).await?;
        let tool = registry.find(&self.tool)?.clone();
        let arguments = tool.parse_arguments(&self.arguments)?;
        let root =
            self.folder.canonicalize().with_context(|| format!("cannot find {}", self.folder.display()))?;
        let folder = Arc::new(Folder::open("by-hand".parse()?, &root)?);
        let id = CallId::new();
        let finished = sandbox.call(Invocation { id, tool, arguments, folder, task: None }).await?;
        self.show(&finished.output)?;
        self.end(finished)
    }

    fn show(&self, output: &Output) -> anyhow::Result<()> {
        if self.json {
            println!("{}", serde_json::to_string_pretty(output)?);
            return Ok(());
        }
        for part in &output.content {
            match part {
                Content::Text { text } => println!("{text}"),
                Content::Image { media_type, data } => {
                    println!("[image, {media_type}, {} bytes]", data.len())
                }
                Content::File { path, .. } => println!("[file {path}]"),
            }
        }
        Ok(())
    }

    fn end(&self, finished: Finished) -> anyhow::Result<ExitCode> {
        let Some(journal) = finished.journal else { return Ok(ExitCode::SUCCESS) };
        if self.dry_run {
            let changes = journal.roll_back()?;
            eprintln!("dry run: took back {changes} changes");
        } else {
            journal.discard()?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
