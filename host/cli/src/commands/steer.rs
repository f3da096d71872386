//! Going back to a turn, going on from it in another task, and having a subtask tried again.

use crate::client::{Client, ServerOptions};
use crate::render;
use crate::watch::confirm;
use anyhow::Context as _;
use clap::Args;
use cowork_domain::approval::Decision;
use cowork_domain::fork::ForkedFiles;
use cowork_domain::{SubtaskId, TaskId};
use serde_json::json;
use std::process::ExitCode;

#[derive(Args)]
pub(crate) struct Rewind {
    id: TaskId,
    /// The last turn that stays, from `cowork task turns`; 0 goes back to before the first.
    #[arg(long)]
    to: u32,
    /// Only say what would happen.
    #[arg(long)]
    dry_run: bool,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Args)]
pub(crate) struct Fork {
    id: TaskId,
    /// The last turn that both tasks have, from `cowork task turns`; 0 takes the plan alone.
    #[arg(long)]
    at: u32,
    /// Work in a new coworkspace of this slug, with a copy of the files as they are now. Without it both tasks share the
    /// folder.
    #[arg(long, value_name = "SLUG")]
    into: Option<String>,
    /// Another outcome.
    #[arg(long)]
    outcome: Option<String>,
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Args)]
pub(crate) struct Retry {
    id: TaskId,
    /// The subtask: its line of the plan, or its id.
    subtask: String,
    /// A word to the agent that tries it.
    #[arg(long, value_name = "WORDS")]
    say: Option<String>,
    #[command(flatten)]
    server: ServerOptions,
}

impl Rewind {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let client = self.server.client()?;
        let look = client.rewind(self.id, self.to, true).await?;
        print!("{}", render::rewind(&look));
        if self.dry_run || !look.conflicts.is_empty() {
            return Ok(if look.conflicts.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        if !self.yes && confirm("", "Go back to it?", false)? != Decision::Approve {
            return Ok(ExitCode::FAILURE);
        }
        let report = client.rewind(self.id, self.to, false).await?;
        if !report.done {
            print!("{}", render::rewind(&report));
            return Ok(ExitCode::FAILURE);
        }
        println!("done; go on with: cowork task resume {}", self.id);
        Ok(ExitCode::SUCCESS)
    }
}

impl Fork {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let wish = json!({"turn": self.at, "coworkspace_slug": self.into, "outcome": self.outcome});
        let forked = self.server.client()?.fork(self.id, &wish).await?;
        println!("{}", forked.task.id);
        match forked.files {
            ForkedFiles::Shared => eprintln!("It works in the same folder, as it is now."),
            ForkedFiles::CopiedAsTheyAre => eprintln!("It has a copy of the files as they are now."),
        }
        eprintln!("Go on with: cowork task resume {}", forked.task.id);
        Ok(ExitCode::SUCCESS)
    }
}

impl Retry {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let client = self.server.client()?;
        let subtask = self.subtask_id(&client).await?;
        let task = client.retry(self.id, subtask, self.say.as_deref()).await?;
        println!("{}", render::task(&task));
        Ok(ExitCode::SUCCESS)
    }

    async fn subtask_id(&self, client: &Client) -> anyhow::Result<SubtaskId> {
        if let Ok(id) = self.subtask.parse() {
            return Ok(id);
        }
        let progress = client.progress(&self.id.to_string()).await?;
        let subtasks = progress.phases.iter().flat_map(|phase| &phase.subtasks);
        let mut named = subtasks.filter(|subtask| subtask.title == self.subtask);
        let found = named.next().with_context(|| format!("the task has no subtask {:?}", self.subtask))?;
        anyhow::ensure!(named.next().is_none(), "several subtasks are called so: name one by its id");
        Ok(found.id)
    }
}
