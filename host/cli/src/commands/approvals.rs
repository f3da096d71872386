use crate::client::{Client, ServerOptions};
use crate::render;
use clap::Args;
use cowork_domain::approval::Decision;
use cowork_domain::{ApprovalId, TaskId};
use std::process::ExitCode;

#[derive(Args)]
pub(crate) struct Approvals {
    /// As JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Args)]
pub(crate) struct Approve {
    /// The question, from `cowork approvals`. What it is about can be seen with `cowork task approve TASK`.
    #[arg(required_unless_present = "all")]
    id: Option<ApprovalId>,
    /// All that calls of this task ask for, in one go. Its questions in words stay open.
    #[arg(long, value_name = "TASK", conflicts_with_all = ["id", "only"])]
    all: Option<TaskId>,
    /// Allow the same kind for the rest of the task, as the question shows it. Never covers a deletion.
    #[arg(long, conflicts_with = "only")]
    kind: bool,
    /// Only these paths, as the question shows them. The model is told what was left out.
    #[arg(long, num_args = 1.., value_name = "PATH")]
    only: Vec<String>,
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Args)]
pub(crate) struct Answer {
    /// The question, from `cowork approvals`.
    id: ApprovalId,
    /// The answer, in your words or as one of the options.
    text: String,
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Args)]
pub(crate) struct Deny {
    /// The question, from `cowork approvals`.
    id: ApprovalId,
    /// What the model is told about it.
    word: Option<String>,
    #[command(flatten)]
    server: ServerOptions,
}

impl Approvals {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let open = self.server.client()?.all_approvals().await?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&open)?);
            return Ok(ExitCode::SUCCESS);
        }
        for approval in &open {
            println!("{} of task {}", approval.id, approval.task_id);
            print!("{}", render::approval(approval));
        }
        if open.is_empty() {
            println!("nothing waits for an answer");
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Approve {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let decision = match (self.kind, self.only.is_empty()) {
            (true, _) => Decision::ApproveKind,
            (false, true) => Decision::Approve,
            (false, false) => Decision::ApprovePart { paths: self.only.into_iter().collect() },
        };
        let client = self.server.client()?;
        match (self.id, self.all) {
            (Some(id), _) => answer(&client, id, &decision).await,
            (None, Some(task)) => approve_all(&client, task, &decision).await,
            (None, None) => anyhow::bail!("name a question, or a task with --all"),
        }
    }
}

impl Answer {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let client = self.server.client()?;
        client.answer_by_id(self.id, &Decision::Answer { text: self.text }).await?;
        println!("answered");
        Ok(ExitCode::SUCCESS)
    }
}

async fn approve_all(client: &Client, task: TaskId, decision: &Decision) -> anyhow::Result<ExitCode> {
    let open = client.approvals(&task.to_string()).await?;
    print!("{}", render::summary(&open));
    let approved = client.answer_all(task, decision).await?;
    println!("approved: {approved} calls");
    Ok(ExitCode::SUCCESS)
}

impl Deny {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        answer(&self.server.client()?, self.id, &Decision::Deny { word: self.word }).await
    }
}

async fn answer(client: &Client, id: ApprovalId, decision: &Decision) -> anyhow::Result<ExitCode> {
    client.answer_by_id(id, decision).await?;
    println!("{}", if matches!(decision, Decision::Deny { .. }) { "denied" } else { "approved" });
    Ok(ExitCode::SUCCESS)
}
