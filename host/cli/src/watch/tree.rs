//! The plan as a tree with progress bars; plain lines where there is no terminal.

use crate::render;
use console::style;
use cowork_domain::event::EventKind;
use cowork_domain::progress::{PhaseProgress, TaskProgress};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::HashMap;

pub(super) struct Tree {
    bars: MultiProgress,
    phases: HashMap<String, ProgressBar>,
    lines: HashMap<String, ProgressBar>,
    live: bool,
}

impl Tree {
    pub(super) fn new() -> Self {
        let live = console::Term::stderr().is_term();
        let target = if live { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bars = MultiProgress::with_draw_target(target);
        Self { bars, phases: HashMap::new(), lines: HashMap::new(), live }
    }

    /// One line for what just happened, above the tree.
    pub(super) fn tell(&self, event: &EventKind) {
        let line = match event {
            EventKind::StateChanged { state } if !state.is_over() => format!("task is {}", state.name()),
            EventKind::PlanProposed { version, .. } => format!("version {version} of the plan is proposed"),
            EventKind::AgentStarted { agent } => format!("{} {agent}", style("agent").cyan()),
            EventKind::ModelAnswered { text, .. } if !text.is_empty() => format!("  {}", first_line(text)),
            EventKind::CallProgressed { tool, done, total, what, .. } => {
                format!("  {} {tool} {done} of {total} {what}", style("…").dim())
            }
            EventKind::CallFinished { tool, summary, is_error, .. } => {
                let icon = if *is_error { style("✗").red() } else { style("✓").green() };
                format!("  {icon} {tool} {}", style(first_line(summary)).dim())
            }
            EventKind::Warned { warning } => format!("  {} {}", style("warning").yellow(), warning.detail),
            EventKind::StandingApprovalUsed { allows, .. } => {
                format!("  {} {allows}", style("allowed for the schedule").yellow())
            }
            EventKind::AgentTold { agent, .. } => {
                format!("  {} {agent} repeats itself and was told so", style("!").yellow())
            }
            EventKind::Rewound { to_turn } => format!("rewound to turn {to_turn}"),
            EventKind::Delivered { path, title, .. } => {
                format!("  {} {path} ({title})", style("deliverable").green())
            }
            _ => return,
        };
        // One line each: what it cuts off can be read with `cowork changes` and in the files themselves.
        let width = usize::from(console::Term::stdout().size().1).max(60);
        self.print(&console::truncate_str(&line, width, "…"));
    }

    /// Brings the bars to where the task is.
    pub(super) fn update(&mut self, progress: &TaskProgress) {
        for phase in &progress.phases {
            self.update_phase(phase);
        }
    }

    fn update_phase(&mut self, phase: &PhaseProgress) {
        let bar = self.phases.entry(phase.id.to_string()).or_insert_with(|| {
            let bar = self.bars.add(ProgressBar::new(phase.subtasks.len() as u64));
            bar.set_style(template("{prefix} [{bar:16.green}] {pos}/{len}"));
            bar.set_prefix(phase.name.clone());
            bar
        });
        bar.set_position((phase.progress * phase.subtasks.len() as f64).round() as u64);
        for subtask in &phase.subtasks {
            let line = self.lines.entry(subtask.id.to_string()).or_insert_with(|| {
                let line = self.bars.add(ProgressBar::new_spinner());
                line.set_style(template("  {msg}"));
                line
            });
            line.set_message(format!("{} {}", render::subtask_icon(subtask.status), subtask.title));
        }
    }

    /// Prints where bars and other output may not mix.
    pub(super) fn print(&self, line: &str) {
        if self.live {
            // Fails only where the terminal is gone; then nobody reads it.
            let _ = self.bars.println(line);
        } else {
            println!("{line}");
        }
    }

    /// Takes the tree away while `ask` has the terminal.
    pub(super) fn suspend<T>(&self, ask: impl FnOnce() -> T) -> T {
        self.bars.suspend(ask)
    }

    /// The last picture; the end of the task is shown apart.
    pub(super) fn finish(&mut self, progress: &TaskProgress) {
        self.update(progress);
        // Nothing is lost if a terminal is gone.
        let _ = self.bars.clear();
    }
}

fn template(text: &str) -> ProgressStyle {
    ProgressStyle::with_template(text).unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let short: String = line.chars().take(100).collect();
    if short.len() < line.len() { format!("{short}…") } else { short }
}
