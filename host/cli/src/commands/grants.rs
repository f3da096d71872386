use crate::client::ServerOptions;
use crate::powers::PowersOptions;
use crate::render;
use clap::Args;
use std::process::ExitCode;

#[derive(Args)]
pub(crate) struct Grants {
    /// Show what was given and taken, newest first, instead of what plugins have.
    #[arg(long)]
    log: bool,
    /// Only this plugin.
    plugin: Option<String>,
    /// As JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Args)]
pub(crate) struct Grant {
    /// The plugin, from `cowork grants`.
    plugin: String,
    /// With no power named: all that it asks for.
    #[command(flatten)]
    powers: PowersOptions,
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Args)]
pub(crate) struct Revoke {
    /// The plugin, from `cowork grants`.
    plugin: String,
    /// With no power named: all that it has.
    #[command(flatten)]
    powers: PowersOptions,
    #[command(flatten)]
    server: ServerOptions,
}

impl Grants {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let client = self.server.client()?;
        if self.log {
            let log = client.grant_log(self.plugin.as_deref()).await?;
            return self.print(&log, |event| print!("{}", render::grant_event(event)));
        }
        let mut grants = client.grants().await?;
        grants.retain(|entry| self.plugin.as_ref().is_none_or(|plugin| entry.plugin == *plugin));
        self.print(&grants, |entry| print!("{}", render::grant(entry)))
    }

    fn print<T: serde::Serialize>(&self, all: &[T], show: impl Fn(&T)) -> anyhow::Result<ExitCode> {
        if self.json {
            println!("{}", serde_json::to_string_pretty(all)?);
        } else {
            all.iter().for_each(show);
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Grant {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let entry =
            self.server.client()?.change_grant(&self.plugin, "", self.powers.read()?.as_ref()).await?;
        print!("{}", render::grant(&entry));
        Ok(ExitCode::SUCCESS)
    }
}

impl Revoke {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let powers = self.powers.read()?;
        let entry = self.server.client()?.change_grant(&self.plugin, "/revoke", powers.as_ref()).await?;
        print!("{}", render::grant(&entry));
        Ok(ExitCode::SUCCESS)
    }
}
