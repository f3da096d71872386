//! One file for each command.

mod approvals;
mod budget;
mod changes;
mod coworkspace;
mod demo;
mod grants;
mod memory;
mod plan;
mod plugin;
mod schedule;
mod serve;
mod steer;
mod task;
mod tools;
mod undo;

use clap::Subcommand;
use std::process::ExitCode;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Run the host: the HTTP API and the agents behind it.
    Serve(serve::Serve),
    /// Organise a folder of sample files, from outcome to deliverables, to see how it works.
    Demo(demo::Demo),
    /// Create tasks, watch them, approve their plans and calls.
    #[command(subcommand)]
    Task(task::Task),
    /// Look at plans, edit them, have them revised in your words.
    #[command(subcommand)]
    Plan(plan::Plan),
    /// Take outcomes on again and again, by the clock.
    #[command(subcommand)]
    Schedule(schedule::Schedule),
    /// Create coworkspaces and move files in and out.
    #[command(subcommand)]
    Coworkspace(coworkspace::Coworkspace),
    /// See and change what the agents of a coworkspace remember.
    #[command(subcommand)]
    Memory(memory::Memory),
    /// List what waits for an answer, over all tasks.
    Approvals(approvals::Approvals),
    /// Let changes be made that a call waits to make.
    Approve(approvals::Approve),
    /// Answer what an agent asks in words.
    Answer(approvals::Answer),
    /// Refuse them, with a word to the model.
    Deny(approvals::Deny),
    /// Show what a task's calls did to files.
    Changes(changes::Changes),
    /// Take back what calls did to files.
    Undo(undo::Undo),
    /// List what plugins ask for and what they have, or the log of it.
    Grants(grants::Grants),
    /// Give a plugin what it asks for, or these powers. It counts at once.
    Grant(grants::Grant),
    /// Take powers from a plugin. Calls that run are refused at their next use of them.
    Revoke(grants::Revoke),
    /// List the tools, call one by hand, look into a plugin.
    #[command(subcommand)]
    Tools(tools::Tools),
}

impl Command {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Serve(command) => command.run().await,
            Self::Demo(command) => command.run().await,
            Self::Task(command) => command.run().await,
            Self::Plan(command) => command.run().await,
            Self::Schedule(command) => command.run().await,
            Self::Coworkspace(command) => command.run().await,
            Self::Memory(command) => command.run().await,
            Self::Approvals(command) => command.run().await,
            Self::Approve(command) => command.run().await,
            Self::Answer(command) => command.run().await,
            Self::Deny(command) => command.run().await,
            Self::Changes(command) => command.run().await,
            Self::Undo(command) => command.run().await,
            Self::Grants(command) => command.run().await,
            Self::Grant(command) => command.run().await,
            Self::Revoke(command) => command.run().await,
            Self::Tools(command) => command.run().await,
        }
    }

    pub(crate) fn is_server(&self) -> bool {
        matches!(self, Self::Serve(_))
    }
}
