use super::budget::{Limits, Resume};
use super::steer::{Fork, Retry, Rewind};
use crate::client::{Client, ServerOptions};
use crate::render;
use crate::watch::{Answers, confirm, follow, show_end};
use clap::{Args, Subcommand};
use cowork_domain::approval::Decision;
use cowork_domain::{TaskId, TaskState};
use serde_json::json;
use std::process::ExitCode;

#[derive(Subcommand)]
pub(crate) enum Task {
    /// State an outcome; a plan is made at once.
    Create(Create),
    /// Show a task as it stands.
    Show(One),
    /// List the newest tasks.
    List(List),
    /// Follow a task live until it is over.
    Watch(Watch),
    /// Approve what the task waits for: its plan, or changes of files. Also goes on with a stopped task.
    Approve(Approve),
    /// Show who worked on it and when, and what they said to each other.
    Agents(One),
    /// Stop a task for a while. What it has done and asked stays.
    Pause(One),
    /// Go on with a task that was paused, or that ran out of its budget.
    Resume(Resume),
    /// Show what a task may use, and what it has used, request by request.
    Costs(One),
    /// List the turns of a task, to find one to go back to.
    Turns(One),
    /// Go back to the end of a turn: files, what the agents know, and how far everything was. The task is paused then.
    Rewind(Rewind),
    /// Make another task that goes on from a turn of this one.
    Fork(Fork),
    /// Have a subtask that failed tried again, by an agent that reads what was learned.
    Retry(Retry),
    /// End a task for good. What it has done stays, and `cowork undo` takes it back.
    Cancel(One),
}

#[derive(Args)]
pub(crate) struct Create {
    /// What you want, in your words.
    outcome: String,
    /// Slug of the coworkspace to work in.
    #[arg(long, short)]
    coworkspace: String,
    /// Ask before anything is deleted, not before files are changed.
    #[arg(long)]
    act_autonomously: bool,
    /// Start without a review of the plan.
    #[arg(long)]
    auto_approve_plan: bool,
    /// When a host starts, it goes on with tasks of more before those of less.
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    priority: i32,
    /// Follow the task, and answer its questions here.
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    budget: Limits,
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Args)]
pub(crate) struct One {
    id: TaskId,
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Args)]
pub(crate) struct List {
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Args)]
pub(crate) struct Watch {
    id: TaskId,
    /// Answer the task's questions here.
    #[arg(long)]
    answer: bool,
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Args)]
pub(crate) struct Approve {
    id: TaskId,
    /// Approve without asking back.
    #[arg(long, short, conflicts_with = "deny")]
    yes: bool,
    /// Deny the calls instead, with a word to the agent.
    #[arg(long, value_name = "WORD")]
    deny: Option<String>,
    #[command(flatten)]
    server: ServerOptions,
}

impl Task {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Create(create) => create.run().await,
            Self::Show(one) => {
                let progress = one.server.client()?.progress(&one.id.to_string()).await?;
                print!("{}", render::progress(&progress));
                Ok(ExitCode::SUCCESS)
            }
            Self::List(list) => {
                for task in list.server.client()?.tasks().await? {
                    println!("{}", render::task(&task));
                }
                Ok(ExitCode::SUCCESS)
            }
            Self::Watch(watch) => {
                let answers = if watch.answer { Answers::Person } else { Answers::elsewhere() };
                watch_to_end(&watch.server.client()?, watch.id, answers).await
            }
            Self::Approve(approve) => approve.run().await,
            Self::Agents(one) => one.agents().await,
            Self::Pause(one) => one.steer("pause").await,
            Self::Resume(resume) => resume.run().await,
            Self::Costs(one) => one.costs().await,
            Self::Turns(one) => {
                for turn in one.server.client()?.turns(one.id).await? {
                    println!("{}", render::turn(&turn));
                }
                Ok(ExitCode::SUCCESS)
            }
            Self::Rewind(rewind) => rewind.run().await,
            Self::Fork(fork) => fork.run().await,
            Self::Retry(retry) => retry.run().await,
            Self::Cancel(one) => one.steer("cancel").await,
        }
    }
}

impl One {
    async fn agents(self) -> anyhow::Result<ExitCode> {
        let client = self.server.client()?;
        print!("{}", render::timeline(&client.agents(self.id).await?));
        print!("{}", render::messages(&client.messages(self.id).await?));
        Ok(ExitCode::SUCCESS)
    }

    async fn steer(self, action: &str) -> anyhow::Result<ExitCode> {
        let task = self.server.client()?.steer(&self.id.to_string(), action).await?;
        println!("{}", render::task(&task));
        Ok(ExitCode::SUCCESS)
    }

    async fn costs(self) -> anyhow::Result<ExitCode> {
        let (client, id) = (self.server.client()?, self.id.to_string());
        let (progress, requests) = (client.progress(&id).await?, client.costs(&id).await?);
        print!("{}", render::costs(&progress, &requests));
        Ok(ExitCode::SUCCESS)
    }
}

impl Create {
    async fn run(self) -> anyhow::Result<ExitCode> {
        let client = self.server.client()?;
        let task = client
            .create_task(&json!({
                "outcome": self.outcome,
                "coworkspace_slug": self.coworkspace,
                "permission_mode": if self.act_autonomously { "act_autonomously" } else { "ask_before" },
                "priority": self.priority,
                "auto_approve_plan": self.auto_approve_plan,
                "budget": self.budget.budget()?,
            }))
            .await?;
        if self.watch {
            return watch_to_end(&client, task.id, Answers::Person).await;
        }
        println!("{}", task.id);
        eprintln!("The plan is being made. Follow it with: cowork task watch {} --answer", task.id);
        Ok(ExitCode::SUCCESS)
    }
}

async fn watch_to_end(client: &Client, id: TaskId, mut answers: Answers) -> anyhow::Result<ExitCode> {
    let progress = follow(client, &id.to_string(), &mut answers).await?;
    Ok(if show_end(&progress) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Approve {
    async fn run(self) -> anyhow::Result<ExitCode> {
        let client = self.server.client()?;
        let progress = client.progress(&self.id.to_string()).await?;
        match &progress.task.state {
            TaskState::PlanReady
            | TaskState::Failed { .. }
            | TaskState::OverBudget { .. }
            | TaskState::Paused { .. } => self.start(&client, &progress.task.state).await,
            TaskState::Waiting => self.answer_calls(&client).await,
            other => anyhow::bail!("the task is {} and waits for nothing", other.name()),
        }
    }

    async fn start(&self, client: &Client, state: &TaskState) -> anyhow::Result<ExitCode> {
        if self.deny.is_some() {
            anyhow::bail!(
                "a plan is not denied but revised: cowork plan revise {} \"what to change\"",
                self.id
            );
        }
        let (text, question) = match state {
            TaskState::Failed { reason, .. } | TaskState::OverBudget { reason, .. } => {
                (format!("The task stopped: {reason}"), "Go on with it?")
            }
            TaskState::Paused { .. } => ("The task is paused.".to_owned(), "Go on with it?"),
            _ => {
                let plan = render::plan(&client.plan(&self.id.to_string()).await?);
                (
                    format!("{plan}{}", render::preflight(&client.preflight(self.id).await?)),
                    "Start with this plan?",
                )
            }
        };
        if confirm(&text, question, self.yes)? != Decision::Approve {
            return Ok(ExitCode::FAILURE);
        }
        client.start(&self.id.to_string()).await?;
        println!("started; follow it with: cowork task watch {}", self.id);
        Ok(ExitCode::SUCCESS)
    }

    async fn answer_calls(&self, client: &Client) -> anyhow::Result<ExitCode> {
        let mut open = client.approvals(&self.id.to_string()).await?;
        for asked in open.extract_if(.., |approval| approval.question.is_some()) {
            println!("{}answer with: cowork answer {} \"…\"", render::approval(&asked), asked.id);
        }
        if open.is_empty() {
            return Ok(ExitCode::SUCCESS);
        }
        let text: String = open.iter().map(render::approval).collect();
        let decision = match &self.deny {
            Some(word) => Decision::Deny { word: Some(word.clone()) },
            None => confirm(&text, "Make these changes?", self.yes)?,
        };
        for approval in &open {
            client.answer(approval, &decision).await?;
        }
        let what = if decision == Decision::Approve { "approved" } else { "denied" };
        println!("{what}: {} calls", open.len());
        Ok(ExitCode::SUCCESS)
    }
}
