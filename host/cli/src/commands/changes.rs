use crate::client::ServerOptions;
use crate::render;
use clap::Args;
use cowork_domain::TaskId;
use std::process::ExitCode;

#[derive(Args)]
pub(crate) struct Changes {
    /// The task.
    id: TaskId,
    /// As JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerOptions,
}

impl Changes {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let all = self.server.client()?.changes(self.id).await?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&all)?);
            return Ok(ExitCode::SUCCESS);
        }
        for done in &all {
            print!("{}", render::call_changes(done));
        }
        if all.is_empty() {
            println!("no call of this task has changed files");
        }
        Ok(ExitCode::SUCCESS)
    }
}
