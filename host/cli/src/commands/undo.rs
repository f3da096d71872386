use crate::client::ServerOptions;
use crate::render;
use crate::watch::confirm;
use clap::Args;
use cowork_domain::approval::Decision;
use cowork_domain::change_set::UndoReport;
use cowork_domain::{CallId, TaskId};
use serde_json::json;
use std::process::ExitCode;

#[derive(Args)]
pub(crate) struct Undo {
    /// The task. Without more, everything that it did to files is taken back, newest call first.
    id: TaskId,
    /// One call only, from `cowork changes`.
    #[arg(long, conflicts_with = "turn")]
    call: Option<CallId>,
    /// The calls of one turn only.
    #[arg(long)]
    turn: Option<u32>,
    /// Only say what would happen, to the newest of the calls.
    #[arg(long)]
    dry_run: bool,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    server: ServerOptions,
}

impl Undo {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let client = self.server.client()?;
        let wish = |dry_run| json!({"call": self.call, "turn": self.turn, "dry_run": dry_run});
        let first = client.undo(self.id, &wish(true)).await?;
        print!("{}", shown(&first));
        if self.dry_run || first.stopped_at.is_some() {
            return Ok(code(&first));
        }
        let question = match self.call {
            Some(_) => "Take this back?",
            None => "Take this back, and what came before it?",
        };
        if !self.yes && confirm("", question, false)? != Decision::Approve {
            return Ok(ExitCode::FAILURE);
        }
        let report = client.undo(self.id, &wish(false)).await?;
        println!(
            "undone: {}",
            if report.undone.len() == 1 {
                "1 call".to_owned()
            } else {
                format!("{} calls", report.undone.len())
            }
        );
        if report.stopped_at.is_some() {
            print!("{}", shown(&UndoReport { undone: Vec::new(), ..report.clone() }));
        }
        Ok(code(&report))
    }
}

fn shown(report: &UndoReport) -> String {
    let mut text: String = report.undone.iter().map(|done| render::changes(&done.changes)).collect();
    if let Some(call) = report.stopped_at {
        text.push_str(&format!("the call {call} cannot be undone: changed since\n"));
        text.extend(report.conflicts.iter().map(|path| format!("  {path}\n")));
    }
    text
}

fn code(report: &UndoReport) -> ExitCode {
    if report.stopped_at.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
