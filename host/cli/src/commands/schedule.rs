use crate::client::ServerOptions;
use crate::render;
use clap::{Args, Subcommand, ValueEnum};
use cowork_domain::{ScheduleId, StandingApprovalId, Timestamp};
use serde_json::{Value, json};
use std::process::ExitCode;

#[derive(Subcommand)]
pub(crate) enum Schedule {
    /// Take an outcome on again and again.
    Create(Create),
    /// List the schedules, with what they allow and when they fire next.
    List(List),
    /// Show one.
    Show(One),
    /// Change one. What is not named stays as it is.
    Change(Change),
    /// Stop one from firing.
    Pause(One),
    /// Let it fire again, from the next time on.
    Resume(One),
    /// Fire it now.
    Trigger(One),
    /// Tell what would be in the way at its next time, or at another. Nothing is done.
    DryRun(DryRun),
    /// Show what became of its latest firings.
    Fires(One),
    /// Let its tasks make a kind of changes without asking, for a time. Never a deletion.
    Allow(Allow),
    /// Take back what was allowed.
    Disallow(Disallow),
    /// Take a schedule away. Its tasks stay.
    Delete(One),
}

#[derive(Args)]
pub(crate) struct Create {
    /// What you want each time, in your words.
    outcome: String,
    /// Slug of the coworkspace to work in.
    #[arg(long, short)]
    coworkspace: String,
    /// When: minute, hour, day of the month, month, day of the week. "0 7 * * 1-5" is seven o'clock on working days.
    #[arg(long)]
    cron: String,
    /// The place whose clock counts.
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    time_zone: String,
    /// Ask before anything is deleted, not before files are changed.
    #[arg(long)]
    act_autonomously: bool,
    /// Wait for a review of each plan.
    #[arg(long)]
    review_plan: bool,
    /// What becomes of firings while the host is down.
    #[arg(long, value_enum, default_value = "run-once")]
    missed: Missed,
    /// What becomes of a firing while an earlier one's task is not over.
    #[arg(long, value_enum, default_value = "skip")]
    overlap: Overlap,
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Args)]
pub(crate) struct Change {
    id: ScheduleId,
    /// What you want each time.
    #[arg(long)]
    outcome: Option<String>,
    /// When.
    #[arg(long)]
    cron: Option<String>,
    /// The place whose clock counts.
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    /// When its tasks ask.
    #[arg(long, value_enum)]
    permission_mode: Option<Mode>,
    /// What becomes of firings while the host is down.
    #[arg(long, value_enum)]
    missed: Option<Missed>,
    /// What becomes of a firing while an earlier one's task is not over.
    #[arg(long, value_enum)]
    overlap: Option<Overlap>,
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Args)]
pub(crate) struct One {
    id: ScheduleId,
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Args)]
pub(crate) struct List {
    /// As JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Args)]
pub(crate) struct DryRun {
    id: ScheduleId,
    /// Another time: 2027-03-28T02:30:00+01:00
    #[arg(long)]
    at: Option<Timestamp>,
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Args)]
pub(crate) struct Allow {
    id: ScheduleId,
    /// The tool.
    tool: String,
    /// Below this folder, which ends with a slash. Left out: everywhere.
    #[arg(default_value = "")]
    folder: String,
    /// What it may do.
    #[arg(long, value_enum, num_args = 1.., default_value = "modify")]
    effect: Vec<Effect>,
    /// For how many days.
    #[arg(long, default_value = "90")]
    days: u32,
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Args)]
pub(crate) struct Disallow {
    id: ScheduleId,
    /// What was allowed, from `cowork schedule show`.
    approval: StandingApprovalId,
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(ValueEnum, Clone, Copy)]
enum Mode {
    /// Before files are changed that were there, and before anything is deleted.
    AskBefore,
    /// Before anything is deleted.
    ActAutonomously,
}

#[derive(ValueEnum, Clone, Copy)]
enum Missed {
    /// Nothing.
    Skip,
    /// One task for all of them.
    RunOnce,
    /// A task for each, at most 24, the latest.
    RunAll,
}

#[derive(ValueEnum, Clone, Copy)]
enum Overlap {
    /// Nothing.
    Skip,
    /// Its task begins when the others are over.
    Queue,
    /// Its task begins beside them.
    Allow,
}

#[derive(ValueEnum, Clone, Copy)]
enum Effect {
    /// Make files.
    Create,
    /// Change and move files that were there before the task.
    Modify,
    /// Change and move what the task made.
    ModifyOwn,
}

impl Schedule {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Create(create) => create.run().await?,
            Self::List(list) => list.run().await?,
            Self::Show(one) => print!("{}", render::schedule(&one.server.client()?.schedule(one.id).await?)),
            Self::Change(change) => change.run().await?,
            Self::Pause(one) => one.steer("pause").await?,
            Self::Resume(one) => one.steer("resume").await?,
            Self::Trigger(one) => {
                print!("{}", render::fire(&one.server.client()?.trigger_schedule(one.id).await?));
            }
            Self::DryRun(run) => {
                let report = run.server.client()?.dry_run_schedule(run.id, run.at).await?;
                print!("{}", render::dry_run(&report));
            }
            Self::Fires(one) => {
                let fires = one.server.client()?.fires(one.id).await?;
                fires.iter().for_each(|fire| print!("{}", render::fire(fire)));
            }
            Self::Allow(allow) => allow.run().await?,
            Self::Disallow(disallow) => {
                disallow.server.client()?.disallow(disallow.id, disallow.approval).await?;
                println!("taken back");
            }
            Self::Delete(one) => {
                one.server.client()?.delete_schedule(one.id).await?;
                println!("deleted; its tasks stay");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Create {
    async fn run(self) -> anyhow::Result<()> {
        let body = json!({
            "outcome": self.outcome,
            "coworkspace_slug": self.coworkspace,
            "cron": self.cron,
            "time_zone": self.time_zone,
            "permission_mode": if self.act_autonomously { "act_autonomously" } else { "ask_before" },
            "auto_approve_plan": !self.review_plan,
            "missed": name(self.missed),
            "overlap": name(self.overlap),
        });
        let schedule = self.server.client()?.create_schedule(&body).await?;
        print!("{}", render::schedule(&schedule));
        eprintln!("See what would be in its way with: cowork schedule dry-run {}", schedule.schedule.id);
        Ok(())
    }
}

impl Change {
    async fn run(self) -> anyhow::Result<()> {
        let mut body = serde_json::Map::new();
        let mut put = |key: &str, value: Option<String>| {
            if let Some(value) = value {
                body.insert(key.to_owned(), Value::String(value));
            }
        };
        put("outcome", self.outcome);
        put("cron", self.cron);
        put("time_zone", self.time_zone);
        put("permission_mode", self.permission_mode.map(name));
        put("missed", self.missed.map(name));
        put("overlap", self.overlap.map(name));
        let changed = self.server.client()?.change_schedule(self.id, &body.into()).await?;
        print!("{}", render::schedule(&changed));
        Ok(())
    }
}

impl List {
    async fn run(self) -> anyhow::Result<()> {
        let schedules = self.server.client()?.schedules().await?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&schedules)?);
            return Ok(());
        }
        schedules.iter().for_each(|schedule| print!("{}", render::schedule(schedule)));
        Ok(())
    }
}

impl One {
    async fn steer(self, action: &str) -> anyhow::Result<()> {
        print!("{}", render::schedule(&self.server.client()?.steer_schedule(self.id, action).await?));
        Ok(())
    }
}

impl Allow {
    async fn run(self) -> anyhow::Result<()> {
        let effects: Vec<String> = self.effect.into_iter().map(name).collect();
        let body = json!({"tool": self.tool, "effects": effects, "folder": self.folder, "days": self.days});
        let given = self.server.client()?.allow(self.id, &body).await?;
        print!("{}", render::standing_approval(&given));
        Ok(())
    }
}

/// As the API names it.
fn name(value: impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().replace('-', "_")).unwrap_or_default()
}
