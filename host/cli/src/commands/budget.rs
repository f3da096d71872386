//! What a task may use, as options.

use crate::client::ServerOptions;
use crate::render;
use anyhow::Context as _;
use clap::Args;
use cowork_domain::budget::{Budget, TaskBudget};
use cowork_domain::{Money, TaskId};
use std::process::ExitCode;

#[derive(Args)]
pub(crate) struct Limits {
    /// Turns of all agents together.
    #[arg(long, value_name = "N")]
    turns: Option<u32>,
    /// Tokens that models read and write.
    #[arg(long, value_name = "N")]
    tokens: Option<u64>,
    /// Money for models, in US dollars. The model's price must be configured.
    #[arg(long, value_name = "DOLLARS")]
    usd: Option<f64>,
    /// Minutes at work, without those in which it waits for you.
    #[arg(long, value_name = "N")]
    minutes: Option<u32>,
}

#[derive(Args)]
pub(crate) struct Resume {
    id: TaskId,
    /// Turns that it may take beyond its budget.
    #[arg(long, value_name = "N")]
    add_turns: Option<u32>,
    /// Tokens that it may use beyond its budget.
    #[arg(long, value_name = "N")]
    add_tokens: Option<u64>,
    /// US dollars that it may cost beyond its budget.
    #[arg(long, value_name = "DOLLARS")]
    add_usd: Option<f64>,
    /// Minutes that it may work beyond its budget.
    #[arg(long, value_name = "N")]
    add_minutes: Option<u32>,
    /// Add to what each agent may use, not to what the task may.
    #[arg(long)]
    each_agent: bool,
    #[command(flatten)]
    server: ServerOptions,
}

impl Limits {
    pub(crate) fn budget(&self) -> anyhow::Result<TaskBudget> {
        let task = budget(self.turns, self.tokens, self.usd, self.minutes)?;
        Ok(TaskBudget { task, ..TaskBudget::default() })
    }
}

impl Resume {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let (client, id) = (self.server.client()?, self.id.to_string());
        let more = budget(self.add_turns, self.add_tokens, self.add_usd, self.add_minutes)?;
        if more != Budget::default() {
            let none = Budget::default();
            let (task, agent) = if self.each_agent { (none, more) } else { (more, none) };
            client.add_budget(&id, &TaskBudget { task, agent }).await?;
        }
        println!("{}", render::task(&client.steer(&id, "resume").await?));
        Ok(ExitCode::SUCCESS)
    }
}

fn budget(
    turns: Option<u32>,
    tokens: Option<u64>,
    usd: Option<f64>,
    minutes: Option<u32>,
) -> anyhow::Result<Budget> {
    let money = |usd| Money::from_usd(usd).with_context(|| format!("{usd} is no amount of dollars"));
    Ok(Budget { turns, tokens, usd: usd.map(money).transpose()?, minutes })
}
