use crate::client::{Client, ServerOptions};
use crate::render;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use cowork_domain::TaskId;
use cowork_domain::plan_version::{PlanStatus, PlanVersion};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// How often it is looked whether the model has written what it was asked for.
const LOOK: Duration = Duration::from_millis(300);

#[derive(Subcommand)]
pub(crate) enum Plan {
    /// Show the plan of a task, with what it will ask, lack and take.
    Show(One),
    /// List the versions of a plan: who wrote each, when, and what became of it.
    Versions(One),
    /// Show what one version changes in another. Without more: what the newest changes in the plan in force.
    Diff(Diff),
    /// Replace the plan by one from a file. What has begun must stay as it is.
    Edit(Edit),
    /// Say in words what is to change. The model writes another plan; nothing changes before you approve it.
    Revise(Revise),
    /// Go by the plan that was proposed.
    Approve(Version),
    /// Drop the plan that was proposed.
    Drop(Version),
}

#[derive(Args)]
pub(crate) struct One {
    /// The task.
    id: TaskId,
    /// As JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Args)]
pub(crate) struct Diff {
    /// The task.
    id: TaskId,
    /// The older version.
    #[arg(long)]
    from: Option<u32>,
    /// The newer version.
    #[arg(long)]
    to: Option<u32>,
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Args)]
pub(crate) struct Edit {
    /// The task.
    id: TaskId,
    /// The whole plan as JSON, as `cowork plan show --json` prints it.
    file: PathBuf,
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Args)]
pub(crate) struct Revise {
    /// The task.
    id: TaskId,
    /// What is to change: "leave the archives alone, and make the report a PDF".
    words: String,
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Args)]
pub(crate) struct Version {
    /// The task.
    id: TaskId,
    /// The version. Without it, the one that waits.
    version: Option<u32>,
    #[command(flatten)]
    server: ServerOptions,
}

impl Plan {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Show(one) => one.show().await?,
            Self::Versions(one) => one.versions().await?,
            Self::Diff(diff) => diff.run().await?,
            Self::Edit(edit) => edit.run().await?,
            Self::Revise(revise) => return revise.run().await,
            Self::Approve(version) => version.approve().await?,
            Self::Drop(version) => version.drop().await?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl One {
    async fn show(self) -> anyhow::Result<()> {
        let client = self.server.client()?;
        let plan = client.plan(&self.id.to_string()).await?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&plan)?);
        } else {
            print!("{}{}", render::plan(&plan), render::preflight(&client.preflight(self.id).await?));
        }
        Ok(())
    }

    async fn versions(self) -> anyhow::Result<()> {
        let versions = self.server.client()?.plan_versions(self.id).await?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&versions)?);
            return Ok(());
        }
        for version in &versions {
            print!("{}", render::plan_version(version));
        }
        Ok(())
    }
}

impl Diff {
    async fn run(self) -> anyhow::Result<()> {
        let client = self.server.client()?;
        let versions = client.plan_versions(self.id).await?;
        let in_force = versions.iter().find(|version| version.in_force).map(|version| version.version);
        let newest =
            versions.iter().rev().find(|version| version.plan.is_some()).map(|version| version.version);
        let from = self.from.or(in_force).context("the task has no plan yet")?;
        let to = self.to.or(newest).context("the task has no plan yet")?;
        print!("{}", render::plan_diff(&client.plan_diff(self.id, from, to).await?));
        Ok(())
    }
}

impl Edit {
    async fn run(self) -> anyhow::Result<()> {
        let text = std::fs::read_to_string(&self.file)
            .with_context(|| format!("cannot read {}", self.file.display()))?;
        let plan = serde_json::from_str(&text)
            .with_context(|| format!("{} is not the JSON of a plan", self.file.display()))?;
        let task = self.server.client()?.edit_plan(self.id, &plan).await?;
        println!("{}", render::task(&task));
        Ok(())
    }
}

impl Revise {
    async fn run(self) -> anyhow::Result<ExitCode> {
        let client = self.server.client()?;
        let mut version = client.revise_plan(self.id, &self.words).await?;
        eprintln!("The model writes version {}.", version.version);
        while version.status == PlanStatus::Writing {
            tokio::time::sleep(LOOK).await;
            version = client.plan_version(self.id, version.version).await?;
        }
        let (PlanStatus::Proposed, Some(old)) = (version.status, version.based_on) else {
            print!("{}", render::plan_version(&version));
            return Ok(ExitCode::FAILURE);
        };
        print!("{}", render::plan_diff(&client.plan_diff(self.id, old, version.version).await?));
        eprintln!("Go by it with: cowork plan approve {}", self.id);
        Ok(ExitCode::SUCCESS)
    }
}

impl Version {
    async fn approve(self) -> anyhow::Result<()> {
        let client = self.server.client()?;
        let version = self.number(&client).await?;
        let task = client.approve_plan(self.id, version).await?;
        println!("version {version} is in force\n{}", render::task(&task));
        Ok(())
    }

    async fn drop(self) -> anyhow::Result<()> {
        let client = self.server.client()?;
        let version = self.number(&client).await?;
        client.drop_plan(self.id, version).await?;
        println!("version {version} is dropped");
        Ok(())
    }

    async fn number(&self, client: &Client) -> anyhow::Result<u32> {
        let waits = |version: &PlanVersion| version.status == PlanStatus::Proposed;
        match self.version {
            Some(version) => Ok(version),
            None => {
                let versions = client.plan_versions(self.id).await?;
                let found = versions.into_iter().rev().find(waits);
                Ok(found.context("no version of the plan waits for an answer")?.version)
            }
        }
    }
}
