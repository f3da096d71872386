use super::plugin;
use crate::host::{ToolsOptions, default_data_dir};
use crate::render;
use crate::watch::confirm;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use console::style;
use cowork_coworkspaces::{Changes, Folder, diff, drop_staged};
use cowork_domain::approval::Decision;
use cowork_domain::capability::{Effective, Layer};
use cowork_domain::policy::{Circumstances, Verdict, judge_changes};
use cowork_domain::{CallId, PermissionMode};
use cowork_sandbox::{Content, Invocation, Output, SandboxConfig};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

#[derive(Subcommand)]
pub(crate) enum Tools {
    /// List the tools that agents have.
    List(List),
    /// Call one tool by hand, in the sandbox, on a folder of your choice.
    Call(Call),
    /// Show what a component could ever do, by its imports alone, and what it asks for. None of its code runs.
    Inspect(plugin::Inspect),
    /// Say which rule decides whether a tool may do something, and let a component try it.
    Explain(plugin::Explain),
    /// Put a manifest into a component.
    Pack(plugin::Pack),
    /// Sign a component, so that its next version keeps what it was granted.
    Sign(plugin::Sign),
    /// Make a publisher's key.
    Keygen(plugin::Keygen),
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
    /// Only show what the call would do to files.
    #[arg(long)]
    dry_run: bool,
    /// Ask nobody, not even before files are changed or deleted.
    #[arg(long)]
    yes: bool,
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
            Self::Inspect(inspect) => inspect.run(),
            Self::Explain(explain) => explain.run().await,
            Self::Pack(pack) => pack.run(),
            Self::Sign(sign) => sign.run(),
            Self::Keygen(keygen) => keygen.run(),
        }
    }
}

impl List {
    async fn run(self) -> anyhow::Result<ExitCode> {
        let (_, registry) = self.tools.load(&default_data_dir(), SandboxConfig::for_one).await?;
        for tool in registry.tools().filter(|tool| !tool.plugin().is_internal()) {
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
        let (sandbox, registry) = self.tools.load(&default_data_dir(), SandboxConfig::for_one).await?;
        let tool = registry.find(&self.tool)?.clone();
        let arguments = tool.parse_arguments(&self.arguments)?;
        let root =
            self.folder.canonicalize().with_context(|| format!("cannot find {}", self.folder.display()))?;
        let folder = Arc::new(Folder::open(&"by-hand".parse()?, &root)?);
        let id = CallId::new();
        // By hand it may do what it asks for: who calls it has this folder's files in their own hands.
        let asks = tool.plugin().package.manifest.clone().unwrap_or_default().powers;
        let powers = Effective::unlimited().limited_by(Layer::Manifest, Arc::new(asks));
        let folder_of_call = Arc::clone(&folder);
        let invocation = Invocation {
            id,
            tool,
            arguments,
            folder: folder_of_call,
            task: None,
            powers,
            clock: Vec::new(),
            outbound: None,
            memories: None,
            progress: None,
            stop: CancellationToken::new(),
            dry: self.dry_run,
        };
        let finished = sandbox.call(invocation).await.result?;
        self.show(&finished.output)?;
        self.end(&folder, id, &finished.changes)
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

    /// Shows what the call would do to files, asks where a person is to be asked, and does it.
    fn end(&self, folder: &Folder, id: CallId, changes: &Changes) -> anyhow::Result<ExitCode> {
        if changes.steps.is_empty() {
            return Ok(ExitCode::SUCCESS);
        }
        eprint!("{}", render::changes(&changes.set));
        if self.dry_run {
            eprint!("{}", diff(folder, id, changes, usize::MAX));
            eprintln!("dry run: nothing has happened");
            drop_staged(folder, id)?;
            return Ok(ExitCode::SUCCESS);
        }
        if let Decision::Deny { .. } = self.decide(changes)? {
            drop_staged(folder, id)?;
            anyhow::bail!("nothing has happened");
        }
        if let Some(path) = changes.conflict(folder)? {
            drop_staged(folder, id)?;
            anyhow::bail!("{} has changed since; nothing has happened, call the tool again", path.display());
        }
        changes.prepare(folder, id)?;
        for collision in changes.carry_out(folder, id)? {
            let (path, kept) = (collision.path.display(), collision.kept.display());
            eprintln!("somebody else wrote {path} in this instant; their file is kept as {kept}");
        }
        Ok(ExitCode::SUCCESS)
    }

    fn decide(&self, changes: &Changes) -> anyhow::Result<Decision> {
        let under = |_, _: &_| Circumstances {
            mode: PermissionMode::AskBefore,
            grant: None,
            remembered: false,
            tainted: false,
        };
        match judge_changes(&changes.set, under) {
            Verdict::Ask if !self.yes => confirm("", "Make these changes?", false),
            _ => Ok(Decision::Approve),
        }
    }
}
